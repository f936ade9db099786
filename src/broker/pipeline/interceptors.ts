import type { Api } from '../../protocol/schema/index.ts'
import type { PipelineRequest } from './pipeline-request.ts'
import type { Step } from './step.ts'

/**
 * A step for some of the requests, such as a fault or a trace. It runs before the broker's own
 * steps. A request is selected when all conditions that are given hold.
 */
export interface Interceptor<A extends Api = Api> {
  /** The APIs of the selected requests; default all. */
  readonly apis?: readonly A[]
  /** The broker that received the request; default any. */
  readonly brokerId?: number
  readonly clientId?: string
  /** Kafka's connection id (`ConnectionInfo.id`). */
  readonly connectionId?: string
  /** Any other condition. */
  readonly when?: (request: PipelineRequest<A>) => boolean
  readonly step: Step<A>
}

/** The interceptors of all brokers of a cluster, in the order in which they were added. */
export class Interceptors {
  readonly #listeners = new Set<() => void>()
  #all: readonly Interceptor[] = []

  /**
   * Adds an interceptor for requests that arrive from now on. Returns a function that removes it.
   */
  add<A extends Api>(interceptor: Interceptor<A>): () => void {
    // A copy, so that one that is added twice can be removed once.
    const added: Interceptor = { ...interceptor }
    this.#change([...this.#all, added])
    return () => this.#change(this.#all.filter((each) => each !== added))
  }

  /** Returns the interceptors as steps, which pass on the requests that they do not select. */
  steps(): Step[] {
    return this.#all.map(selectingStep)
  }

  /** Calls back after every change. Returns a function that removes the callback. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #change(interceptors: readonly Interceptor[]): void {
    this.#all = interceptors
    for (const listener of this.#listeners) listener()
  }
}

function selectingStep({ apis, brokerId, clientId, connectionId, when, step }: Interceptor): Step {
  const keys = apis && new Set(apis.map(({ key }) => key))
  return (request, next) => {
    const isSelected =
      (keys === undefined || keys.has(request.apiKey)) &&
      (brokerId === undefined || brokerId === request.services.brokerId) &&
      (clientId === undefined || clientId === request.clientId) &&
      (connectionId === undefined || connectionId === request.connection.id) &&
      (when === undefined || when(request))
    return isSelected ? step(request, next) : next(request)
  }
}
