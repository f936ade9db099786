import { OdradekError } from '../platform/odradek-error.ts'
import { clusterClosed } from './cluster-closed.ts'
import type {
  HeldTransactionState,
  TransactionDescription,
  TransactionHold,
  TransactionState,
} from './transaction.ts'

/** A transaction whose markers its coordinator does not send yet. */
interface HeldTransaction {
  readonly description: TransactionDescription
  /** Lets the coordinator send the markers. */
  readonly resume: () => void
}

/**
 * The holds of a cluster. They belong to transactional ids and not to brokers, so they survive a
 * move of the coordinator.
 */
export class TransactionHolds {
  readonly #holds = new Map<string, Set<Hold>>()
  readonly #held = new Map<string, HeldTransaction>()
  #isClosed = false

  /**
   * See `Transaction.hold`.
   *
   * @throws OdradekError `CLUSTER_CLOSED`
   */
  add(transactionalId: string, states: readonly HeldTransactionState[]): TransactionHold {
    if (this.#isClosed) throw clusterClosed()
    const hold: Hold = new Hold(transactionalId, states, () => this.#remove(hold))
    const holds = this.#holds.get(transactionalId) ?? new Set()
    this.#holds.set(transactionalId, holds.add(hold))
    const held = this.#held.get(transactionalId)
    if (held !== undefined && hold.appliesTo(held.description)) hold.reach(held.description)
    return hold
  }

  /** Whether an id has holds. Usually none has. */
  has(transactionalId: string): boolean {
    return this.#holds.has(transactionalId)
  }

  /**
   * Called when a coordinator is about to send the markers of a transaction. Returns whether the
   * transaction is held; then `resume` is called when it is released.
   */
  holdsMarkers(description: TransactionDescription, resume: () => void): boolean {
    const holds = this.#holdsOf(description)
    if (holds.length === 0) return false
    this.#held.set(description.transactionalId, { description, resume })
    for (const hold of holds) hold.reach(description)
    return true
  }

  /** Called when the state of an id has changed: then it is not held, or not any more. */
  onTransition(transactionalId: string): void {
    this.#held.delete(transactionalId)
  }

  /** Drops all holds. Held transactions stay prepared. */
  close(): void {
    this.#isClosed = true
    for (const holds of this.#holds.values()) for (const hold of holds) hold.fail(clusterClosed())
    this.#holds.clear()
    this.#held.clear()
  }

  #remove(hold: Hold): void {
    const { transactionalId } = hold
    const holds = this.#holds.get(transactionalId)
    if (holds?.delete(hold) === true && holds.size === 0) this.#holds.delete(transactionalId)
    const held = this.#held.get(transactionalId)
    if (held === undefined || this.#holdsOf(held.description).length > 0) return
    this.#held.delete(transactionalId)
    held.resume()
  }

  #holdsOf(description: TransactionDescription): readonly Hold[] {
    const holds = [...(this.#holds.get(description.transactionalId) ?? [])]
    return holds.filter((hold) => hold.appliesTo(description))
  }
}

/** One hold of a transactional id. */
class Hold implements TransactionHold {
  readonly transactionalId: string
  readonly reached: Promise<TransactionDescription>
  readonly #states: readonly TransactionState[]
  readonly #onRelease: () => void
  #resolve!: (description: TransactionDescription) => void
  #reject!: (error: OdradekError) => void

  constructor(
    transactionalId: string,
    states: readonly HeldTransactionState[],
    onRelease: () => void,
  ) {
    this.transactionalId = transactionalId
    this.#states = states
    this.#onRelease = onRelease
    this.reached = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // A test need not wait for it.
    this.reached.catch(() => {})
  }

  appliesTo({ state }: TransactionDescription): boolean {
    return this.#states.includes(state)
  }

  reach(description: TransactionDescription): void {
    this.#resolve(description)
  }

  fail(error: OdradekError): void {
    this.#reject(error)
  }

  release(): void {
    this.#onRelease()
    this.fail(
      new OdradekError(
        'ABORTED',
        `The hold of transaction '${this.transactionalId}' in ${this.#states.join(' or ')} was released before it was reached: release it after 'reached' has resolved`,
      ),
    )
  }

  [Symbol.dispose](): void {
    this.release()
  }
}
