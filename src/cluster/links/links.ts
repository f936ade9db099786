/**
 * One end of the network of a cluster: a broker by its id; `'clients'`, all clients; or
 * `'controller'`, the traffic of the controllers: registrations, heartbeats, and the metadata log
 * with its quorum. Each broker has a controller. A broker that is cut off from `'controller'` still
 * exchanges records with the others.
 */
export type NetworkEnd = number | 'clients' | 'controller'

/** A part of the network that is slow or cut. */
export interface LinkFault {
  /**
   * Returns the additional time in milliseconds that a message takes; `Infinity` if it is lost.
   *
   * @param from and `to` are different ends
   */
  delayMs(from: NetworkEnd, to: NetworkEnd): number
}

/**
 * The network between the brokers of a cluster, its controllers and its clients: which messages
 * arrive, and how long they take. Usually it has no faults, and messages are calls.
 */
export class Links {
  readonly #faults = new Set<LinkFault>()
  readonly #onChange: () => void

  /** @param onChange called after each change of the faults */
  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  get hasFaults(): boolean {
    return this.#faults.size > 0
  }

  /** Adds a fault. Returns the function that ends it; calling it twice does nothing. */
  add(fault: LinkFault): () => void {
    this.#faults.add(fault)
    this.#onChange()
    return () => {
      if (this.#faults.delete(fault)) this.#onChange()
    }
  }

  /** Returns the time in milliseconds that a message takes; `Infinity` if it is lost. */
  delayMs(from: NetworkEnd, to: NetworkEnd): number {
    if (from === to) return 0
    let sumMs = 0
    for (const fault of this.#faults) sumMs += fault.delayMs(from, to)
    return sumMs
  }

  /** Like {@link delayMs}, for a message of the controllers between two brokers. */
  controllerDelayMs(from: number, to: number): number {
    if (from === to) return 0
    const outMs = this.delayMs(from, 'controller')
    return outMs + this.delayMs(from, to) + this.delayMs('controller', to)
  }

  /** Whether the controllers of two brokers, or a broker and a controller, reach each other. */
  canReach(one: number, other: number): boolean {
    const thereMs = this.controllerDelayMs(one, other)
    return thereMs + this.controllerDelayMs(other, one) < Infinity
  }
}

/** Returns a fault between two ends, in both directions. */
export function faultBetween(one: NetworkEnd, other: NetworkEnd, delayMs: number): LinkFault {
  return faultOf(
    (from, to) => (from === one && to === other) || (from === other && to === one),
    delayMs,
  )
}

/** Returns a fault in one direction. */
export function faultTowards(source: NetworkEnd, target: NetworkEnd, delayMs: number): LinkFault {
  return faultOf((from, to) => from === source && to === target, delayMs)
}

/** Returns a fault of all links of one end. */
export function faultAround(end: NetworkEnd, delayMs: number): LinkFault {
  return faultOf((from, to) => from === end || to === end, delayMs)
}

/** Returns a fault that cuts all links between ends of different groups. */
export function partitionOf(groups: readonly (readonly NetworkEnd[])[]): LinkFault {
  const groupOf = new Map(groups.flatMap((group) => group.map((end) => [end, group] as const)))
  return faultOf((from, to) => {
    const [one, other] = [groupOf.get(from), groupOf.get(to)]
    return one !== undefined && other !== undefined && one !== other
  }, Infinity)
}

function faultOf(
  concerns: (from: NetworkEnd, to: NetworkEnd) => boolean,
  delayMs: number,
): LinkFault {
  return { delayMs: (from, to) => (concerns(from, to) ? delayMs : 0) }
}
