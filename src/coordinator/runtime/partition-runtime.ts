import type { Clock } from '../../platform/clock.ts'
import { invariant } from '../../platform/invariant.ts'
import { withinTime } from '../../platform/within-time.ts'
import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import { encodeBatch } from '../../record/batch-encoder.ts'
import { ControlRecordType, encodeEndTransactionMarker } from '../../record/control-record.ts'
import { coordinatorError } from './coordinator-error.ts'
import { NO_PRODUCER_ID } from './coordinator-shard.ts'
import type {
  CoordinatorShard,
  Decision,
  RecordSerde,
  RecordWriter,
  TransactionalProducer,
} from './coordinator-shard.ts'
import type { InternalPartition } from './internal-partition.ts'
import type { Outcome } from './outcome.ts'
import { replayLog } from './replay-log.ts'

/** The error if the partition is lost before the response. */
const notCoordinator = ApiError.of(ErrorCode.NotCoordinator)

/** The error if the in-sync replicas do not copy the records in time. */
const timedOut = ApiError.of(ErrorCode.RequestTimedOut)

/** The marker that ends a transaction. */
export interface EndMarker {
  readonly isCommitted: boolean
  /** The leader epoch of the transaction coordinator, which fences older coordinators. */
  readonly coordinatorEpoch: number
  /** The level of `transaction.version`, which decides how the epoch is checked; default 0. */
  readonly transactionVersion?: number
}

/** Options of a {@link PartitionRuntime}. */
export interface PartitionRuntimeOptions<R, S extends CoordinatorShard<R>> {
  readonly clock: Clock
  readonly serde: RecordSerde<R>
  /** The base sequence in the batches that Kafka's coordinator writes; they have no producer. */
  readonly baseSequence: number
  /** How long a response waits until its records are committed, in milliseconds. */
  readonly commitTimeoutMs: number
  /** Creates the empty state of a partition; `writer` appends to that partition. */
  readonly createShard: (writer: RecordWriter<R>, partition: InternalPartition) => S
}

/**
 * A coordinator's state in one partition of its topic, and the only way to change it: handlers
 * decide, their records are appended, the shard replays them, and the response is released when
 * they are committed (Kafka's `CoordinatorContext`).
 */
export class PartitionRuntime<R, S extends CoordinatorShard<R>> implements RecordWriter<R> {
  readonly state: S
  readonly #partition: InternalPartition
  readonly #options: PartitionRuntimeOptions<R, S>
  /** The offset after the last record in the state. */
  #lastWrittenOffset = 0

  constructor(partition: InternalPartition, options: PartitionRuntimeOptions<R, S>) {
    this.#partition = partition
    this.#options = options
    this.state = options.createShard(this, partition)
  }

  /**
   * Replays the partition.
   *
   * @throws CorruptRecordError or DecodeError if the log contains something that cannot be read
   */
  load(): void {
    this.#lastWrittenOffset = replayLog(this.state, this.#options.serde, this.#partition.read())
    this.state.onLoaded()
  }

  /** Takes the state out of service. */
  unload(): void {
    this.state.onUnloaded()
  }

  /**
   * Runs a handler, which only reads the state, and writes its records. If they cannot be appended,
   * the state does not change. A handler may return an error, which is the response.
   */
  write<T>(handler: (state: S) => Decision<R, T> | ApiError): Outcome<T> {
    const decision = handler(this.state)
    if (decision instanceof ApiError) return decision
    return this.#answer(decision, undefined)
  }

  /**
   * Like {@link write}, for records that take effect when the producer's transaction is committed.
   */
  writeTransactional<T>(
    producer: TransactionalProducer,
    handler: (state: S) => Decision<R, T> | ApiError,
  ): Outcome<T> {
    const decision = handler(this.state)
    if (decision instanceof ApiError) return decision
    return this.#answer(decision, producer)
  }

  /**
   * Ends the open transaction of a producer in this partition (WriteTxnMarkers). Returns the log's
   * error if the marker cannot be appended.
   */
  endTransaction<T>(
    { producerId, producerEpoch }: TransactionalProducer,
    { isCommitted, coordinatorEpoch, transactionVersion = 0 }: EndMarker,
    response: T,
  ): Outcome<T> {
    const type = isCommitted ? ControlRecordType.Commit : ControlRecordType.Abort
    const timestamp = this.#options.clock.now()
    const batch = encodeEndTransactionMarker(
      { type, coordinatorEpoch },
      { timestamp, producerId, producerEpoch },
    )
    const endOffset = this.#partition.append(batch, { transactionVersion })
    if (endOffset instanceof ApiError) return endOffset
    this.#advance(endOffset, 1)
    this.state.replayEndTransaction(producerId, isCommitted)
    this.state.onAppended?.()
    return this.whenCommitted(response)
  }

  /** Returns a result from the state, when everything that it depends on is committed. */
  read<T>(query: (state: S) => T | ApiError): Outcome<T> {
    const result = query(this.state)
    return result instanceof ApiError ? result : this.whenCommitted(result)
  }

  append(records: readonly R[]): ApiError | undefined {
    return forClient(this.#append(records, undefined))
  }

  appendSeparately(records: readonly R[]): ApiError | undefined {
    const error = this.#append(records, undefined)
    if (error?.errorCode !== ErrorCode.MessageTooLarge || records.length < 2) {
      return forClient(error)
    }
    const middle = records.length >> 1
    return (
      this.appendSeparately(records.slice(0, middle)) ??
      this.appendSeparately(records.slice(middle))
    )
  }

  whenCommitted<T>(response: T): Outcome<T> {
    const committed = this.#partition.committed(this.#lastWrittenOffset)
    if (committed === undefined) return response
    const { clock, commitTimeoutMs } = this.#options
    return withinTime(committed, commitTimeoutMs, clock).then((isCommitted) => {
      if (isCommitted === undefined) return coordinatorError(timedOut)
      return isCommitted ? response : notCoordinator
    })
  }

  #answer<T>(
    { records, response }: Decision<R, T>,
    producer: TransactionalProducer | undefined,
  ): Outcome<T> {
    const error = this.#append(records, producer)
    return error === undefined ? this.whenCommitted(response) : coordinatorError(error)
  }

  /** Returns the log's error if nothing was appended and nothing has changed. */
  #append(
    records: readonly R[],
    producer: TransactionalProducer | undefined,
  ): ApiError | undefined {
    if (records.length === 0) return undefined
    const options = producer && { verificationGuard: producer.verificationGuard }
    const endOffset = this.#partition.append(this.#encode(records, producer), options)
    if (endOffset instanceof ApiError) return endOffset
    const producerId = producer?.producerId ?? NO_PRODUCER_ID
    let offset = endOffset - records.length
    this.#advance(endOffset, records.length)
    for (const record of records) this.state.replay(record, offset++, producerId)
    this.state.onAppended?.()
    return undefined
  }

  /** Notes that records were appended. Only this runtime appends to its partition. */
  #advance(endOffset: number, recordCount: number): void {
    invariant(
      endOffset >= this.#lastWrittenOffset + recordCount,
      'offsets of a coordinator only grow, by one for each record',
    )
    this.#lastWrittenOffset = endOffset
  }

  #encode(records: readonly R[], producer: TransactionalProducer | undefined): Uint8Array {
    const timestamp = this.#options.clock.now()
    const { serde, baseSequence } = this.#options
    const inputs = records.map((record) => {
      const { key, value } = serde.encode(record)
      return { key, value, timestamp }
    })
    return encodeBatch(inputs, {
      baseSequence,
      isTransactional: producer !== undefined,
      producerId: producer?.producerId ?? -1,
      producerEpoch: producer?.producerEpoch ?? -1,
    })
  }
}

function forClient(error: ApiError | undefined): ApiError | undefined {
  return error === undefined ? undefined : coordinatorError(error)
}
