import type { BrokerInfo } from './broker-info.ts'
import type { ClusterBroker } from './cluster-broker.ts'
import type { Nodes } from './nodes.ts'

/** A broker by its id, as users of the cluster get it. */
export class BrokerHandle implements ClusterBroker {
  readonly id: number
  readonly #nodes: Nodes

  /** @throws OdradekError `UNKNOWN_BROKER` */
  constructor(nodes: Nodes, brokerId: number) {
    this.id = nodes.get(brokerId).id
    this.#nodes = nodes
  }

  get host(): string {
    return this.#info.host
  }

  get port(): number {
    return this.#info.port
  }

  get listener(): BrokerInfo['listener'] {
    return this.#info.listener
  }

  get isRunning(): boolean {
    return this.#nodes.isRunning(this.id)
  }

  start(): Promise<void> {
    return this.#nodes.start(this.id)
  }

  stop(): Promise<void> {
    return this.#nodes.stop(this.id)
  }

  kill(): Promise<void> {
    return this.#nodes.kill(this.id)
  }

  get #info(): BrokerInfo {
    return this.#nodes.get(this.id).info!
  }
}
