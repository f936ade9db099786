import type { Api } from '../../protocol/schema/index.ts'
import type { PipelineRequest } from './pipeline-request.ts'
import type { Step } from './step.ts'

/** A step for selected requests, before the broker's own steps. All given conditions must hold. */
export interface Interceptor<A extends Api = Api> {
  /** The APIs of its requests; default all. */
  readonly apis?: readonly A[]
  /** The client id of its requests. */
  readonly clientId?: string
  /** The connection of its requests, as Kafka's connection id. */
  readonly connectionId?: string
  /** Any other condition. */
  readonly when?: (request: PipelineRequest<A>) => boolean
  readonly step: Step<A>
}

/** Returns the step of an interceptor. It passes on requests that are not selected. */
export function selecting({ apis, clientId, connectionId, when, step }: Interceptor): Step {
  const keys = apis && new Set(apis.map(({ key }) => key))
  return (request, next) => {
    const isSelected =
      (keys === undefined || keys.has(request.apiKey)) &&
      (clientId === undefined || clientId === request.clientId) &&
      (connectionId === undefined || connectionId === request.connection.id) &&
      (when === undefined || when(request))
    return isSelected ? step(request, next) : next(request)
  }
}
