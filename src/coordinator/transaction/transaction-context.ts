import type { Clock } from '../../platform/clock.ts'
import type { MarkerSender } from './marker-sender.ts'
import type { Turn } from '../../platform/turn.ts'
import type { Outcome } from '../runtime/outcome.ts'
import type { ProducerIds } from './producer-ids.ts'
import type { TransactionConfig } from './transaction-config.ts'
import type { TransactionHooks } from './transaction-hooks.ts'
import type { TransactionMetadata } from './transaction-metadata.ts'
import type { Transaction } from './transaction.ts'

/** The parts of the coordinator that do not depend on a partition. */
export interface TransactionEnvironment {
  readonly clock: Clock
  readonly config: TransactionConfig
  /** Returns the level of the feature `transaction.version`, 0 to 2. */
  readonly transactionVersion: () => number
  readonly producerIds: ProducerIds
  readonly markers: MarkerSender
  /** With it, markers are sent in the next turn of the event loop, after the response. */
  readonly turn?: Turn | undefined
  /** Default none. */
  readonly hooks?: TransactionHooks | undefined
}

/** The transactional ids of a partition, and the only way to change them. */
export interface TransactionContext {
  readonly environment: TransactionEnvironment
  readonly transactions: ReadonlyMap<string, Transaction>
  /** The leader epoch of the partition. It fences the markers of an older coordinator. */
  readonly coordinatorEpoch: number
  /** Whether this broker is the coordinator. */
  readonly isLoaded: boolean
  /**
   * Writes a transition.
   *
   * @param afterCommit called when it is committed, which usually is at once; returns the response
   */
  write<T>(
    transactionalId: string,
    metadata: TransactionMetadata,
    afterCommit: (transaction: Transaction) => T,
  ): Outcome<T>
  /** Deletes transactional ids. */
  remove(transactionalIds: readonly string[]): void
}
