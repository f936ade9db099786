import { disagree } from '../../agree.ts'
import type { Session } from './transactional-id.ts'

/** How a transaction ends, on all partitions. */
export type Ending = 'committed' | 'aborted'

/** One transaction, as far as clients know it. */
export class Transaction {
  readonly name: string
  readonly session: Session
  readonly timeoutMs: number
  /** The id and epoch of its batches. */
  readonly producerId: number
  readonly producerEpoch: number
  /** The partitions that the coordinator certainly has, such as `t0-1`, and since when. */
  readonly #added = new Map<string, number>()
  /** Whether the coordinator certainly has the partition of a group's offsets. */
  hasOffsets = false
  readonly #numbers = new Map<object, number>()
  #startedAtMs = Infinity
  /** The time from which on a client has asked for each ending. */
  readonly #askedAtMs: Record<Ending, number> = { committed: Infinity, aborted: Infinity }
  #ending: Ending | undefined
  readonly #onEnd: ((ending: Ending) => void)[] = []

  constructor(session: Session, name: string, timeoutMs: number) {
    this.session = session
    this.name = name
    this.timeoutMs = timeoutMs
    this.producerId = session.producerId
    this.producerEpoch = session.producerEpoch
  }

  /** Whether the coordinator has certainly begun it. */
  get isStarted(): boolean {
    return this.hasOffsets || this.#added.size > 0
  }

  /** Notes that the coordinator has a partition. */
  add(partition: string, nowMs: number): void {
    if (!this.#added.has(partition)) this.#added.set(partition, nowMs)
  }

  /** Returns the partitions that the coordinator certainly had at the given time. */
  addedAt(sentAtMs: number): string[] {
    return [...this.#added].filter(([, atMs]) => atMs <= sentAtMs).map(([partition]) => partition)
  }

  /** Returns the number of the next record for a partition. */
  nextNumber(partition: object): number {
    const number = this.#numbers.get(partition) ?? 0
    this.#numbers.set(partition, number + 1)
    return number
  }

  /** The ending that a client has learned of. */
  get ending(): Ending | undefined {
    return this.#ending
  }

  /** Notes that a request is sent that may start it. Only the first one counts. */
  start(nowMs: number): void {
    this.#startedAtMs = Math.min(this.#startedAtMs, nowMs)
  }

  /** Notes that its producer asks for an ending. A fenced producer has no effect. */
  ask(ending: Ending, nowMs: number): void {
    if (this.session.isFenced) return
    this.#askedAtMs[ending] = Math.min(this.#askedAtMs[ending], nowMs)
  }

  /** Calls back when a client learns of the ending, or immediately. */
  onEnd(callback: (ending: Ending) => void): void {
    if (this.#ending === undefined) this.#onEnd.push(callback)
    else callback(this.#ending)
  }

  /**
   * Checks what a client learns about the ending: it is the same for all clients and partitions,
   * nothing is committed without a request, and nothing is aborted without a reason.
   */
  endsAs(ending: Ending, where: string, nowMs: number): void {
    if (this.#ending === ending) return
    if (this.#ending !== undefined) {
      disagree(`${this.name} is ${ending} at ${where}, and ${this.#ending} elsewhere`)
    }
    if (ending === 'committed' && this.#askedAtMs.committed === Infinity) {
      disagree(`${this.name} is committed at ${where}, and nobody asked for it`)
    }
    if (ending === 'aborted' && !this.#mayBeAborted(nowMs)) {
      disagree(`${this.name} is aborted at ${where}, and nobody asked for it`)
    }
    this.#ending = ending
    for (const callback of this.#onEnd.splice(0)) callback(ending)
  }

  /** Whether it can be committed: a client asked for it, and no client knows that it is aborted. */
  get canBeCommitted(): boolean {
    return this.#ending !== 'aborted' && this.#askedAtMs.committed < Infinity
  }

  /** Whether nothing may have ended it by now. */
  isOpen(nowMs: number): boolean {
    return (
      this.#ending === undefined &&
      this.#askedAtMs.committed === Infinity &&
      !this.#mayBeAborted(nowMs)
    )
  }

  /** Whether its timeout, or another producer with its id, may have ended it. */
  mayBeEndedByOthers(nowMs: number): boolean {
    return this.session.mayBeFenced || nowMs >= this.#startedAtMs + this.timeoutMs
  }

  #mayBeAborted(nowMs: number): boolean {
    return this.#askedAtMs.aborted < Infinity || this.mayBeEndedByOthers(nowMs)
  }
}
