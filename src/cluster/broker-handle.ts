import type { BrokerInfo } from './broker-info.ts'
import type { BrokerState, ClusterBroker } from './cluster-broker.ts'
import type { WaitOptions } from './wait-options.ts'
import type { Fault } from './network-faults.ts'
import type { NetworkHandle } from './network-handle.ts'
import type { Nodes } from './nodes.ts'
import { checkOptions, delayRules, invalidOption } from './option-rules.ts'

/** A broker by its id, as users of the cluster get it. */
export class BrokerHandle implements ClusterBroker {
  readonly id: number
  readonly #nodes: Nodes
  readonly #network: NetworkHandle

  /** @throws OdradekError `UNKNOWN_BROKER` */
  constructor(nodes: Nodes, network: NetworkHandle, brokerId: number) {
    this.id = nodes.get(brokerId).id
    this.#nodes = nodes
    this.#network = network
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

  get listeners(): BrokerInfo['listeners'] {
    return this.#info.listeners
  }

  get isRunning(): boolean {
    return this.#nodes.isRunning(this.id)
  }

  get isPaused(): boolean {
    return this.#nodes.get(this.id).isPaused
  }

  get state(): BrokerState {
    return this.#nodes.image.isAlive(this.id) ? 'active' : 'fenced'
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

  pause(): Promise<void> {
    return this.#nodes.pause(this.id)
  }

  resume(): Promise<void> {
    return this.#nodes.resume(this.id)
  }

  isolate(): Fault {
    return this.#network.around(this.id, Infinity)
  }

  slowNetwork(options: { readonly ms: number }): Fault {
    checkOptions(options, delayRules, 'slowNetwork')
    return this.#network.around(this.id, options.ms)
  }

  async waitFor(state: BrokerState, options?: WaitOptions): Promise<void> {
    if (state !== 'active' && state !== 'fenced') {
      throw invalidOption(
        () => `waitFor accepts 'active' or 'fenced', not ${JSON.stringify(state)}`,
      )
    }
    const missing = () => (this.state === state ? undefined : `it is ${this.state}`)
    await this.#nodes.waits.until({ text: `broker ${this.id} ${state}`, missing }, options)
  }

  get #info(): BrokerInfo {
    return this.#nodes.get(this.id).info!
  }
}
