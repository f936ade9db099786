import type { ConnectionInfo } from '../../network/request-connection.ts'
import type { NetworkLogger } from '../../network/network-logger.ts'
import { apiKeyInfo } from '../../protocol/api-keys.ts'
import type { DecodedRequestHeader } from '../../protocol/frame.ts'
import type { Api } from '../../protocol/schema/index.ts'

type ApiVersion = Pick<DecodedRequestHeader, 'apiKey' | 'apiVersion'>

/** API keys that Kafka had until 3.9, for its brokers only. */
const removedApis: Readonly<Record<number, string>> = {
  4: 'LeaderAndIsr',
  5: 'StopReplica',
  6: 'UpdateMetadata',
  7: 'ControlledShutdown',
}

const UNKNOWN_SOFTWARE = 'unknown'

/**
 * Logs that a request closes its connection, because of its API or version. Each API and version is
 * an error once for each client software.
 *
 * @param api the API, when it is served
 */
export function reportRefusedRequest(
  header: DecodedRequestHeader,
  api: Api | undefined,
  connection: ConnectionInfo,
  logger: NetworkLogger,
): void {
  const { apiKey, apiVersion, clientId } = header
  const refused = refusal(apiKey, api)
  if (refused === undefined) {
    reportUnknownApi(header, connection, logger)
    return
  }
  const { name, reason } = refused
  const client = clientOf(connection, clientId)
  logger.errorOnce(
    `${apiKey} ${apiVersion} ${client}`,
    { connection: connection.id, apiKey, apiVersion, clientId },
    `${name} v${apiVersion} from ${client}: ${reason}. Closing the connection`,
  )
}

/** Logs that a request closes its connection, because its bytes cannot be read. */
export function reportUnreadableRequest(
  frame: Uint8Array,
  reason: string,
  apiOf: (key: number) => Api | undefined,
  connection: ConnectionInfo,
  logger: NetworkLogger,
): void {
  const request = apiVersionOf(frame)
  const refused = request && refusal(request.apiKey, apiOf(request.apiKey))
  if (request !== undefined && refused === undefined) {
    reportUnknownApi({ ...request, clientId: null }, connection, logger)
    return
  }
  const client = clientOf(connection, null)
  const name = request && refused ? `${refused.name} v${request.apiVersion}` : 'Request'
  logger.errorOnce(
    `unreadable ${name} ${client}`,
    { connection: connection.id, ...request, size: frame.length },
    `${name} from ${client} cannot be read: ${reason}. Closing the connection`,
  )
}

/**
 * Logs that a request closes its connection, because brokers have no API with this key. It is one
 * error for each address: the keys and client ids of a port scanner are random, and each would take
 * the place of another error.
 */
function reportUnknownApi(
  { apiKey, apiVersion, clientId }: ApiVersion & { readonly clientId: string | null },
  connection: ConnectionInfo,
  logger: NetworkLogger,
): void {
  logger.errorOnce(
    `unknown API ${connection.clientHost}`,
    { connection: connection.id, apiKey, apiVersion, clientId },
    `API key ${apiKey} from ${clientOf(connection, clientId)}: Kafka 4.4 brokers do not serve this API. ` +
      'Closing the connection',
  )
}

/**
 * Returns why a broker closes the connection of a request, unless brokers have no API with this
 * key.
 */
function refusal(
  apiKey: number,
  api: Api | undefined,
): { name: string; reason: string } | undefined {
  if (api !== undefined) {
    const { min, max } = api.current
    const versions = min === max ? `version ${min}` : `versions ${min} to ${max}`
    return { name: api.name, reason: `Kafka 4.4 serves ${versions}` }
  }
  const unserved = apiKeyInfo(apiKey)
  if (unserved !== undefined) {
    const { name, part } = unserved
    return { name, reason: `Odradek does not emulate ${part} yet` }
  }
  const removed = removedApis[apiKey]
  return removed === undefined ? undefined : { name: removed, reason: 'Kafka 4.0 removed this API' }
}

/** The software that ApiVersions named, else the client id, else the address. */
function clientOf(connection: ConnectionInfo, clientId: string | null): string {
  const { clientSoftwareName, clientSoftwareVersion, clientHost } = connection
  if (clientSoftwareName !== UNKNOWN_SOFTWARE)
    return `${clientSoftwareName} ${clientSoftwareVersion}`
  if (clientId !== null && clientId !== '') return `client '${clientId}'`
  return `a client on ${clientHost}`
}

function apiVersionOf(frame: Uint8Array): ApiVersion | undefined {
  if (frame.length < 4) return undefined
  const view = new DataView(frame.buffer, frame.byteOffset)
  return { apiKey: view.getInt16(0), apiVersion: view.getInt16(2) }
}
