import type { TransactionMetadata } from './transaction-metadata.ts'

/** Observes the transactions of a coordinator, and holds them, for tests. */
export interface TransactionHooks {
  /**
   * Called when a transition is committed, in order.
   *
   * @param metadata `undefined` if the transactional id was removed
   */
  onTransition(transactionalId: string, metadata: TransactionMetadata | undefined): void
  /**
   * Called before the markers of a prepared transaction are sent. Returns whether it is held. Then
   * it stays prepared until `release` is called.
   */
  holdsMarkers(transactionalId: string, metadata: TransactionMetadata, release: () => void): boolean
}
