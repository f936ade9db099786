import type { Clock } from '../platform/clock.ts'
import type { TransactionHooks } from '../coordinator/transaction/transaction-hooks.ts'
import type { TransactionMetadata } from '../coordinator/transaction/transaction-metadata.ts'
import { describeTransaction, shownState } from './describe-transaction.ts'
import { TransactionEvents } from './transaction-events.ts'
import { TransactionHolds } from './transaction-holds.ts'
import type { TransactionDescription } from './transaction.ts'

/** The watches and holds that users of a cluster have in the coordinators of its brokers. */
export class ClusterTransactions {
  readonly events = new TransactionEvents()
  readonly holds = new TransactionHolds()
  readonly #clock: Clock
  #isClosed = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether the cluster is closed, or being closed. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Returns the hooks for the coordinator of one broker. */
  hooksOf(coordinatorId: number): TransactionHooks {
    const describe = (transactionalId: string, metadata: TransactionMetadata) =>
      this.describe(transactionalId, metadata, coordinatorId)
    return {
      onTransition: (transactionalId, before, after) => {
        this.holds.onTransition(transactionalId)
        if (!this.events.isWatched(transactionalId)) return
        const previousState = before && shownState(before.state)
        const description: TransactionDescription =
          after === undefined
            ? { ...describe(transactionalId, before!), state: 'Dead' }
            : describe(transactionalId, after)
        this.events.onTransition({ ...description, previousState })
      },
      onLoaded: (transactionalId, metadata) => {
        if (!this.events.isWatched(transactionalId)) return
        this.events.onLoaded(describe(transactionalId, metadata))
      },
      holdsMarkers: (transactionalId, metadata, release) =>
        this.holds.has(transactionalId) &&
        this.holds.holdsMarkers(describe(transactionalId, metadata), release),
    }
  }

  /** Returns what a coordinator knows about a transactional id now. */
  describe(
    transactionalId: string,
    metadata: TransactionMetadata,
    coordinatorId: number,
  ): TransactionDescription {
    const nowMs = this.#clock.now()
    return describeTransaction(transactionalId, metadata, { coordinatorId, nowMs })
  }

  /** Ends all waits and holds. */
  close(): void {
    this.#isClosed = true
    this.events.close()
    this.holds.close()
  }
}
