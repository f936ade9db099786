import type { Fault, Network } from './network-faults.ts'
import {
  faultAround,
  faultBetween,
  faultTowards,
  partitionOf,
  type LinkFault,
  type NetworkEnd,
} from './links/links.ts'
import { checkOptions, delayRules, invalidOption } from './option-rules.ts'

/** The parts of a cluster that {@link NetworkHandle} uses. */
export interface FaultyNetwork {
  /** Adds a fault. Returns the function that ends it. */
  add(fault: LinkFault): () => void
  /** Resolves when all reachable brokers are in service. */
  settled(): Promise<void>
  /** @throws OdradekError `UNKNOWN_BROKER` */
  checkBroker(brokerId: number): void
}

/** The network of a cluster, as its users get it. */
export class NetworkHandle implements Network {
  readonly #network: FaultyNetwork
  readonly #faults = new Set<Fault>()

  constructor(network: FaultyNetwork) {
    this.#network = network
  }

  partition(groups: readonly (readonly NetworkEnd[])[]): Fault {
    if (!Array.isArray(groups) || groups.length < 2 || !groups.every(Array.isArray)) {
      throw invalidOption(
        () => 'partition accepts a list of at least two groups, for example [[1], [2, 3]]',
      )
    }
    const ends = groups.flat() as NetworkEnd[]
    for (const end of ends) this.#checkEnd(end)
    const twice = ends.find((end, index) => ends.indexOf(end) !== index)
    if (twice === undefined) return this.#cause(partitionOf(groups))
    throw invalidOption(
      () => `${String(twice)} is named twice in a network partition: name it once`,
    )
  }

  cut(one: NetworkEnd, other: NetworkEnd): Fault {
    this.#checkLink(one, other)
    return this.#cause(faultBetween(one, other, Infinity))
  }

  cutOneWay(from: NetworkEnd, to: NetworkEnd): Fault {
    this.#checkLink(from, to)
    return this.#cause(faultTowards(from, to, Infinity))
  }

  delay(one: NetworkEnd, other: NetworkEnd, options: { readonly ms: number }): Fault {
    this.#checkLink(one, other)
    checkOptions(options, delayRules, 'delay')
    return this.#cause(faultBetween(one, other, options.ms))
  }

  /** Delays or cuts all links of a broker. */
  around(brokerId: number, delayMs: number): Fault {
    return this.#cause(faultAround(brokerId, delayMs))
  }

  async heal(): Promise<void> {
    await Promise.all(Array.from(this.#faults, (fault) => fault.heal()))
  }

  #cause(linkFault: LinkFault): Fault {
    const end = this.#network.add(linkFault)
    const heal = async (): Promise<void> => {
      this.#faults.delete(fault)
      end()
      await this.#network.settled()
    }
    const fault = { heal, [Symbol.asyncDispose]: heal }
    this.#faults.add(fault)
    return fault
  }

  #checkLink(one: NetworkEnd, other: NetworkEnd): void {
    this.#checkEnd(one)
    this.#checkEnd(other)
    if (one !== other && (typeof one === 'number' || typeof other === 'number')) return
    throw invalidOption(
      () =>
        `there is no link between ${String(one)} and ${String(other)}: name a broker and another end`,
    )
  }

  #checkEnd(end: NetworkEnd): void {
    if (end === 'clients' || end === 'controller') return
    if (typeof end === 'number') return this.#network.checkBroker(end)
    throw invalidOption(
      () =>
        `an end of the network must be the id of a broker, 'clients' or 'controller', not ${JSON.stringify(end)}`,
    )
  }
}
