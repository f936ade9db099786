import type { RequestConnection } from '../../network/request-connection.ts'
import { CLOSE_CONNECTION, type FrameAnswer } from '../../network/frame-handler.ts'
import { decodeRequestHeader, type DecodedRequestHeader } from '../../protocol/frame.ts'
import { ApiVersions } from '../../protocol/messages/18-api-versions.ts'
import { DecodeError, type Api } from '../../protocol/schema/index.ts'
import type { BrokerServices } from '../broker-services.ts'
import { unsupportedApiVersions } from '../handlers/18-api-versions.ts'
import { encodeResponse } from './encode.ts'
import { PipelineRequest } from './pipeline-request.ts'
import { reportRefusedRequest, reportUnreadableRequest } from './refused-request.ts'
import type { ServedApi } from './served-api.ts'

/** Turns the frames of one broker into requests. */
export class RequestDecoder {
  readonly #services: BrokerServices
  readonly #served: ReadonlyMap<number, ServedApi>

  constructor(services: BrokerServices, apis: readonly ServedApi[]) {
    this.#services = services
    this.#served = new Map(apis.map((served) => [served.api.key, served]))
  }

  /**
   * Returns the request, or the answer to one that is refused. As in Kafka, a request closes its
   * connection when its bytes cannot be decoded, or when its key or version is not served.
   */
  decode(frame: Uint8Array, connection: RequestConnection): PipelineRequest | FrameAnswer {
    try {
      const header = decodeRequestHeader(frame, this.#apiOf)
      const served = this.#served.get(header.apiKey)
      if (served === undefined || !this.#isServed(served.api, header.apiVersion)) {
        return this.#refuse(header, served?.api, connection)
      }
      const body = served.api.request.decode(header.apiVersion, frame, header.bodyStart)
      return new PipelineRequest(served, this.#services, connection, header, frame, body)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      const { logger } = this.#services
      reportUnreadableRequest(frame, error.message, this.#apiOf, connection, logger)
      return CLOSE_CONNECTION
    }
  }

  #isServed(api: Api, version: number): boolean {
    if (api.isCurrent(version)) return true
    return (
      api.latestVersionUnstable &&
      version === api.versions.max &&
      this.#services.config.boolean('unstable.api.versions.enable')
    )
  }

  readonly #apiOf = (key: number): Api | undefined => this.#served.get(key)?.api

  #refuse(
    header: DecodedRequestHeader,
    api: Api | undefined,
    connection: RequestConnection,
  ): FrameAnswer {
    if (header.apiKey === ApiVersions.key) {
      return encodeResponse(ApiVersions, 0, header.correlationId, unsupportedApiVersions(), 0)
    }
    reportRefusedRequest(header, api, connection, this.#services.logger)
    return CLOSE_CONNECTION
  }
}
