import { TransactionalId } from './transactional-id.ts'

/** The transactions of all transactional ids. */
export class TransactionsModel {
  readonly ids = new Map<string, TransactionalId>()
  /** Whether a client ever asked for level 0 of `transaction.version`. */
  #mayBeVersion0 = false

  /** Returns the transactional id with this name. */
  id(name: string): TransactionalId {
    let id = this.ids.get(name)
    if (id === undefined) this.ids.set(name, (id = new TransactionalId(name)))
    return id
  }

  /** Notes that a client asks for a level of `transaction.version`. */
  beginVersion(level: number): void {
    if (level === 0) this.#mayBeVersion0 = true
  }

  /**
   * Whether nothing may succeed for a transactional id until its coordinator loads it again. With
   * level 2 of `transaction.version` the coordinator stores its own aborts, also those of old
   * producers, as transactions v2. As in Kafka, level 0 has no records for them. Then the next
   * transition fails with UNSUPPORTED_VERSION, and the id stays pending.
   */
  mayBeBlocked(id: TransactionalId, nowMs: number): boolean {
    return this.#mayBeVersion0 && id.mayBeAbortedByCoordinator(nowMs)
  }
}
