/**
 * The state of a transactional id (Kafka's `TransactionState`). `PrepareEpochFence` is missing: it
 * is never stored, on Kafka either.
 *
 * - `Empty`: a producer has initialized the id; no transaction is open
 * - `Ongoing`: a transaction is open
 * - `PrepareCommit`, `PrepareAbort`: the result is decided and written; the markers that end the
 *   transaction in its partitions are on their way
 * - `CompleteCommit`, `CompleteAbort`: all markers are written
 * - `Dead`: the id was removed, because it was unused for `transactional.id.expiration.ms`. This is
 *   the last transition of the id; afterwards it does not exist
 */
export type TransactionState =
  | 'Empty'
  | 'Ongoing'
  | 'PrepareCommit'
  | 'PrepareAbort'
  | 'CompleteCommit'
  | 'CompleteAbort'
  | 'Dead'

/** A partition that a transaction has written to. */
export interface TransactionPartition {
  /** For offsets that were committed in the transaction: `__consumer_offsets`. */
  readonly topic: string
  readonly partition: number
}

/** A transactional id at one moment. It does not change afterwards. */
export interface TransactionDescription {
  readonly transactionalId: string
  readonly state: TransactionState
  /** The id that the broker gave to the producer. */
  readonly producerId: number
  /**
   * The epoch of the producer. A producer with an older epoch is fenced. With version 2 of the
   * transaction protocol (KIP-890), every end of a transaction increases it.
   */
  readonly producerEpoch: number
  /**
   * The partitions of the open transaction, without those that have their marker; empty if no
   * transaction is open.
   */
  readonly partitions: readonly TransactionPartition[]
  /** The transaction timeout of the producer in milliseconds (`transaction.timeout.ms`). */
  readonly timeoutMs: number
  /**
   * The start of the open transaction, in milliseconds since the epoch by the cluster's clock;
   * `undefined` if no transaction is open. A transaction is open from its first partition until all
   * markers are written.
   */
  readonly startTimeMs: number | undefined
  /**
   * The time since the start of the open transaction, in milliseconds by the cluster's clock;
   * `undefined` if no transaction is open.
   */
  readonly ageMs: number | undefined
  /** The time of the last change, in milliseconds since the epoch by the cluster's clock. */
  readonly lastUpdateTimeMs: number
  /** The id of the broker that coordinates the transactional id. */
  readonly coordinatorId: number
}

/** A change of a transactional id that its coordinator has written. */
export interface TransactionTransition extends TransactionDescription {
  /** The state before. It equals `state` when only partitions or the epoch changed. */
  readonly previousState: TransactionState | undefined
}

/** Options of {@link Transaction.waitFor}. */
export interface TransactionWaitOptions {
  /** Ends the wait. It then rejects with `ABORTED`; `cause` is the reason of the signal. */
  readonly signal?: AbortSignal | undefined
  /**
   * Limits the wait, in milliseconds of real time, also with a `ManualClock`. It then rejects with
   * `TIMEOUT`. Default: no limit.
   */
  readonly timeoutMs?: number | undefined
  /** Whether only a future transition counts, not the current state. Default false. */
  readonly next?: boolean | undefined
}

/** The states in which {@link Transaction.hold} stops a transaction. */
export type HeldTransactionState = 'PrepareCommit' | 'PrepareAbort'

/** A hold of a transactional id, see {@link Transaction.hold}. */
export interface TransactionHold extends Disposable {
  /**
   * Resolves when a transaction is held: its result is written, and no marker is sent. Rejects with
   * `ABORTED` if the hold is released before, and with `CLUSTER_CLOSED`.
   */
  readonly reached: Promise<TransactionDescription>
  /**
   * Ends the hold. When no other hold remains, the markers are sent and the transaction completes.
   * Does nothing the second time. `using hold = …` calls it at the end of the block.
   */
  release(): void
}

/**
 * A transactional id of a running cluster, as its coordinator sees it. It need not exist yet: all
 * properties are looked up when they are read.
 *
 * The properties and {@link expire} throw an OdradekError `PARTITION_UNAVAILABLE` while no broker
 * coordinates the id, because the leader of its partition of `__transaction_state` is not running,
 * and `CLUSTER_CLOSED` after the cluster was closed.
 */
export interface Transaction {
  readonly transactionalId: string
  /** Whether the id exists: a producer has initialized it, and it has not expired. */
  readonly exists: boolean
  /** `undefined` if the id does not exist. */
  readonly state: TransactionState | undefined
  /** The id that the broker gave to the producer; `undefined` if the id does not exist. */
  readonly producerId: number | undefined
  /** The epoch of the producer; `undefined` if the id does not exist. */
  readonly producerEpoch: number | undefined
  /** See {@link TransactionDescription.partitions}; empty if the id does not exist. */
  readonly partitions: readonly TransactionPartition[]
  /** See {@link TransactionDescription.timeoutMs}; `undefined` if the id does not exist. */
  readonly timeoutMs: number | undefined
  /** See {@link TransactionDescription.startTimeMs}. */
  readonly startTimeMs: number | undefined
  /** See {@link TransactionDescription.ageMs}. */
  readonly ageMs: number | undefined
  /** See {@link TransactionDescription.lastUpdateTimeMs}; `undefined` if the id does not exist. */
  readonly lastUpdateTimeMs: number | undefined
  /**
   * The id of the broker that coordinates the transactional id, also if the id does not exist;
   * `undefined` before `__transaction_state` exists and while that broker is not running. Never
   * throws.
   */
  readonly coordinatorId: number | undefined
  /** Returns all properties at one moment; `undefined` if the id does not exist. */
  describe(): TransactionDescription | undefined
  /**
   * Resolves when the id is in one of the states: immediately if it already is, otherwise with the
   * transition. No transition is missed: `waitFor('PrepareCommit')` resolves also if the
   * transaction completes in the same step. Then the description that it resolves to shows
   * `PrepareCommit`, and {@link state} already is `CompleteCommit`.
   *
   * It may be called before the producer exists, and waits while brokers are down.
   *
   * ```ts
   * const committed = cluster.transaction('shipping').waitFor('CompleteCommit')
   * await runProgram()
   * await committed
   * ```
   *
   * @throws OdradekError `CLUSTER_CLOSED` when the cluster is closed, `ABORTED` when the signal is
   * aborted, `TIMEOUT`, or `INVALID_OPTION` for an unknown state
   */
  waitFor(
    state: TransactionState | readonly TransactionState[],
    options?: TransactionWaitOptions,
  ): Promise<TransactionDescription>
  /**
   * Calls the listener with each transition, in order, until the returned function is called. It is
   * called after the transition, before the next request is handled.
   *
   * ```ts
   * const states: string[] = []
   * const stop = transaction.onTransition(({ state }) => states.push(state))
   * ```
   *
   * @throws OdradekError `INVALID_OPTION` if the listener is not a function, `CLUSTER_CLOSED`
   */
  onTransition(listener: (transition: TransactionTransition) => void): () => void
  /**
   * Holds transactions of the id in a state until the hold is released: their result is written,
   * but no marker is sent. Meanwhile clients see what they see when markers are delayed on Kafka:
   * requests of the next transaction get CONCURRENT_TRANSACTIONS, consumers with `read_committed`
   * see nothing of the transaction, and DescribeTransactions returns the state. As on Kafka, the
   * EndTxn of a commit is answered before its markers: `commit()` of a client resolves.
   *
   * The id need not exist yet. A transaction is not held if its markers are already being sent, or
   * if it needs none because it has no partitions. A hold survives a restart of the coordinator and
   * its move to another broker. It ends when the cluster closes; a held transaction then stays
   * prepared, and completes at the next start with its `dataDir`.
   *
   * ```ts
   * const hold = cluster.transaction('shipping').hold('PrepareCommit')
   * await transaction.commit()
   * await hold.reached // consumers do not see the records
   * hold.release()
   * ```
   *
   * @param state default: both
   * @throws OdradekError `INVALID_OPTION` for another state, `CLUSTER_CLOSED`
   */
  hold(state?: HeldTransactionState): TransactionHold
  /**
   * Aborts the open transaction as the coordinator does when `transaction.timeout.ms` has passed.
   * The clock does not move. As on Kafka, the epoch is increased: the producer is fenced and must
   * initialize again. Resolves when the abort is written; wait for `CompleteAbort` to be sure that
   * the markers are, too.
   *
   * @throws OdradekError `NO_OPEN_TRANSACTION` if the state is not `Ongoing`,
   * `PARTITION_UNAVAILABLE` if no broker coordinates the id or the abort cannot be written
   */
  expire(): Promise<void>
}
