import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import type { Clock } from '../platform/clock.ts'
import type { Random } from '../platform/random.ts'
import { FetchSession, NO_SESSION_ID } from './fetch-session.ts'

/**
 * A session that was used within this time is not evicted (Kafka's
 * `MIN_INCREMENTAL_FETCH_SESSION_EVICTION_MS`).
 */
const MIN_EVICTION_MS = 120_000

/**
 * The fetch sessions of one broker, at most `slots` (`max.incremental.fetch.session.cache.slots`).
 */
export class FetchSessionCache {
  readonly #clock: Clock
  readonly #random: Random
  readonly #slots: number
  /** Least recently used first. */
  readonly #sessions = new Map<number, FetchSession>()

  constructor(clock: Clock, random: Random, slots: number) {
    this.#clock = clock
    this.#random = random
    this.#slots = slots
  }

  get size(): number {
    return this.#sessions.size
  }

  /**
   * Returns a new session, or `undefined` if all slots have sessions in use. The fetch then has no
   * session.
   */
  create(usesTopicIds: boolean): FetchSession | undefined {
    if (this.#sessions.size >= this.#slots && !this.#evictOldest()) return undefined
    const session = new FetchSession(this.#freeId(), usesTopicIds, this.#clock.now())
    this.#sessions.set(session.id, session)
    return session
  }

  /** Returns the session with which a request continues, or the error. */
  resume(id: number, epoch: number, usesTopicIds: boolean): FetchSession | ApiError {
    const session = this.#sessions.get(id)
    if (session === undefined) return ApiError.of(ErrorCode.FetchSessionIdNotFound)
    if (session.epoch !== epoch) return ApiError.of(ErrorCode.InvalidFetchSessionEpoch)
    if (session.usesTopicIds !== usesTopicIds) {
      return ApiError.of(ErrorCode.FetchSessionTopicIdError)
    }
    session.lastUsedMs = this.#clock.now()
    this.#sessions.delete(id)
    this.#sessions.set(id, session)
    return session
  }

  remove(id: number): void {
    this.#sessions.delete(id)
  }

  #evictOldest(): boolean {
    const oldest = this.#sessions.values().next().value
    if (oldest === undefined || this.#clock.now() - oldest.lastUsedMs <= MIN_EVICTION_MS)
      return false
    this.#sessions.delete(oldest.id)
    return true
  }

  #freeId(): number {
    for (;;) {
      const id = this.#random.int(2 ** 31 - 1) + 1
      if (id !== NO_SESSION_ID && !this.#sessions.has(id)) return id
    }
  }
}
