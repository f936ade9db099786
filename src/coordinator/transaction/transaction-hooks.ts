import type { TransactionMetadata } from './transaction-metadata.ts'

/** Observes the transactions of a coordinator, and holds them, for tests. */
export interface TransactionHooks {
  /**
   * Called when a transition is committed, in order.
   *
   * @param before `undefined` if the transactional id is new
   * @param after `undefined` if it was removed
   */
  onTransition(
    transactionalId: string,
    before: TransactionMetadata | undefined,
    after: TransactionMetadata | undefined,
  ): void
  /** Called for each transactional id that the coordinator has loaded. */
  onLoaded(transactionalId: string, metadata: TransactionMetadata): void
  /**
   * Called before the markers of a prepared transaction are sent. Returns whether it is held. Then
   * it stays prepared until `release` is called.
   */
  holdsMarkers(transactionalId: string, metadata: TransactionMetadata, release: () => void): boolean
}
