import type { AcquiredRecords } from '../model/shares-model.ts'
import type { Client } from './client.ts'

/** Kafka's acknowledge types. */
export const ACCEPT = 1
export const RELEASE = 2
export const REJECT = 3
export const RENEW = 4

/** Acknowledgements of consecutive records of a partition, which is `<topic id>-<index>`. */
export interface Acknowledgement {
  readonly partition: string
  readonly firstOffset: number
  /** One per offset. */
  readonly types: readonly number[]
}

type Offsets = Pick<AcquiredRecords, 'firstOffset' | 'lastOffset'>

interface Held {
  readonly partition: string
  readonly records: Offsets
  readonly untilMs: number
}

/** The records that a member has acquired, and what it is going to do with them. */
export class ShareDecisions {
  readonly #client: Client
  #decided: Acknowledgement[] = []
  /** Records with renewed locks, which the member keeps for a while. */
  #held: Held[] = []

  constructor(client: Client) {
    this.#client = client
  }

  /** Called when the member has acquired records, perhaps again, because it has lost them. */
  acquired(partition: string, records: Offsets): void {
    const isOther = (other: { partition: string }, { firstOffset, lastOffset }: Offsets): boolean =>
      other.partition !== partition ||
      lastOffset < records.firstOffset ||
      firstOffset > records.lastOffset
    this.#held = this.#held.filter((held) => isOther(held, held.records))
    this.#decided = this.#decided.filter((each) => isOther(each, offsetsOf(each)))
    this.#decide(partition, records)
  }

  /** Chooses what becomes of acquired records: mostly they are accepted. */
  #decide(partition: string, { firstOffset, lastOffset }: Offsets): void {
    const { dice, world } = this.#client
    // The lock of the records expires.
    if (!world.isSettling && dice.chance(0.1)) return
    const choose = (): number => dice.pick([ACCEPT, ACCEPT, ACCEPT, RELEASE, RELEASE, REJECT])
    const isMixed = !world.isSettling && dice.chance(0.2)
    const one = world.isSettling ? ACCEPT : dice.chance(0.2) ? RENEW : choose()
    const types = Array.from({ length: lastOffset - firstOffset + 1 }, () =>
      isMixed ? choose() : one,
    )
    this.#decided.push({ partition, firstOffset, types })
  }

  /** Keeps records after their locks are renewed. */
  hold(renewal: Acknowledgement): void {
    const { partition } = renewal
    const forMs = this.#client.dice.pick([0, 600, 1200])
    const untilMs = this.#client.nowMs + forMs
    this.#held.push({ partition, records: offsetsOf(renewal), untilMs })
  }

  /** Whether {@link take} returns acknowledgements that renew locks. */
  get hasRenewals(): boolean {
    return this.#decided.some(isRenewal)
  }

  /** Returns the acknowledgements that are to be sent now, and forgets them. */
  take(options: { readonly withRenewals: boolean }): Acknowledgement[] {
    const { world, nowMs } = this.#client
    const isDue = ({ untilMs }: Held): boolean => world.isSettling || untilMs <= nowMs
    const due = this.#held.filter(isDue)
    this.#held = this.#held.filter((held) => !isDue(held))
    const kept = options.withRenewals ? [] : this.#decided.filter(isRenewal)
    const taken = this.#decided.filter((each) => !kept.includes(each))
    this.#decided = kept
    for (const { partition, records } of due) this.#decide(partition, records)
    return taken
  }

  /** Forgets everything: the records are not acquired any more. */
  clear(): void {
    this.#decided = []
    this.#held = []
  }
}

/** Whether an acknowledgement renews the locks of its records. */
export function isRenewal({ types }: Acknowledgement): boolean {
  return types[0] === RENEW
}

function offsetsOf({ firstOffset, types }: Acknowledgement): Offsets {
  return { firstOffset, lastOffset: firstOffset + types.length - 1 }
}
