import type { Clock } from '../platform/clock.ts'

/**
 * The time for which a client may still have a deleted topic in its metadata, in milliseconds: the
 * default of `metadata.max.age.ms`.
 */
const REMEMBERED_MS = 5 * 60_000

/** The maximum number of remembered names. Beyond it the oldest is dropped. */
const MAX_NAMES = 1000

/** The names of recently deleted topics. */
export class DeletedTopics {
  readonly #clock: Clock
  /** The time of each deletion, in milliseconds since the epoch; oldest first. */
  readonly #deletedAtMs = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(names: Iterable<string>): void {
    const nowMs = this.#clock.now()
    for (const name of names) {
      this.#deletedAtMs.delete(name)
      this.#deletedAtMs.set(name, nowMs)
    }
    for (const [name, deletedAtMs] of this.#deletedAtMs) {
      if (this.#deletedAtMs.size <= MAX_NAMES && nowMs - deletedAtMs < REMEMBERED_MS) break
      this.#deletedAtMs.delete(name)
    }
  }

  /** Returns whether a topic of this name was deleted recently. */
  has(name: string): boolean {
    const deletedAtMs = this.#deletedAtMs.get(name)
    return deletedAtMs !== undefined && this.#clock.now() - deletedAtMs < REMEMBERED_MS
  }
}
