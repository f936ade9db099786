import { disagree } from '../../agree.ts'
import type { Transaction } from './transaction.ts'
import { Floor } from './floor.ts'

/** The longest that a request may be on its way after its client gave it up, in milliseconds. */
const MAX_LATE_MS = 15_000

/** The producer id and the epoch that a coordinator gives to a producer. */
export interface Identity {
  readonly producerId: number
  readonly producerEpoch: number
}

/** A producer with a transactional id, from its InitProducerId until another producer fences it. */
export class Session {
  producerId = -1
  producerEpoch = -1
  /** Whether another producer has certainly fenced it. */
  isFenced = false
  /** Whether another producer may have fenced it. */
  mayBeFenced = false
}

/** A transactional id: the producers that use it, and its transactions. */
export class TransactionalId {
  readonly name: string
  readonly transactions: Transaction[] = []
  readonly #sessions = new Set<Session>()
  /** Sessions without a response to InitProducerId. */
  readonly #initializing = new Set<Session>()
  /** Until then, a late copy of an InitProducerId may fence any producer. */
  #disturbedUntilMs = -Infinity
  #hasContinued = false
  #producerId: number | undefined
  /** The least epoch of the next producer. */
  readonly #nextEpoch = new Floor()

  constructor(name: string) {
    this.name = name
  }

  /** Whether a request from the given time on must find the transactional id. */
  isKnownAt(sentAtMs: number): boolean {
    return this.#nextEpoch.at(sentAtMs) > 0
  }

  /** Returns the transaction that is certainly open from one time to the other. */
  openAt(sentAtMs: number, nowMs: number): Transaction | undefined {
    const last = this.transactions.findLast((each) => each.addedAt(sentAtMs).length > 0)
    return last?.isOpen(nowMs) === true ? last : undefined
  }

  /** Notes that a session sends InitProducerId. It may fence all other sessions. */
  beginInit(session: Session): void {
    this.#sessions.add(session)
    for (const other of this.#sessions) if (other !== session) other.mayBeFenced = true
    if (this.#initializing.size > 0 || this.#hasContinued) session.mayBeFenced = true
    this.#initializing.add(session)
  }

  /**
   * Notes that a session sends InitProducerId again, with its id and epoch. It may abort an open
   * transaction: as in Kafka also that of the next producer, if it has the last epoch.
   */
  continueSession(): void {
    this.#hasContinued = true
    for (const session of this.#sessions) session.mayBeFenced = true
  }

  /** Whether the coordinator itself may have aborted a transaction by now. */
  mayBeAbortedByCoordinator(nowMs: number): boolean {
    return this.#hasContinued || this.transactions.some((each) => each.mayBeEndedByOthers(nowMs))
  }

  /** Notes that a client gave up an InitProducerId. Copies of it may arrive later. */
  loseInit(nowMs: number): void {
    this.#disturbedUntilMs = nowMs + MAX_LATE_MS
    for (const each of this.#sessions) each.mayBeFenced = true
  }

  /** Checks the response to InitProducerId. All sessions with an earlier epoch are fenced. */
  initialized(
    session: Session,
    { producerId, producerEpoch }: Identity,
    { sentAtMs, nowMs, isNew }: { sentAtMs: number; nowMs: number; isNew: boolean },
  ): void {
    this.learn({ producerId, producerEpoch }, sentAtMs, nowMs, isNew)
    this.#initializing.delete(session)
    if (nowMs < this.#disturbedUntilMs) session.mayBeFenced = true
    session.producerId = producerId
    session.producerEpoch = producerEpoch
    for (const other of this.#sessions) {
      if (other.producerId !== producerId || other === session) continue
      if (other.producerEpoch < producerEpoch) other.isFenced = true
      else session.isFenced = true
    }
  }

  /**
   * Checks an identity in a response. The id stays the same, and the epoch never decreases.
   *
   * @param isNew whether the epoch is that of a new producer, which is larger than all before
   */
  learn(
    { producerId, producerEpoch }: Identity,
    sentAtMs: number,
    nowMs: number,
    isNew = false,
  ): void {
    this.#producerId ??= producerId
    if (this.#producerId !== producerId) {
      disagree(`${this.name} has producer id ${producerId}, and had ${this.#producerId} before`)
    }
    const least = this.#nextEpoch.at(sentAtMs) - (isNew ? 0 : 1)
    if (producerEpoch < least) {
      disagree(`${this.name} is in producer epoch ${producerEpoch} instead of at least ${least}`)
    }
    this.#nextEpoch.raise(producerEpoch + 1, nowMs)
  }
}
