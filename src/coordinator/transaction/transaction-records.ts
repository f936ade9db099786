import { recordTypeOf, valueVersionOf } from '../../protocol/internal/coordinator-record.ts'
import { TransactionLogRecord } from '../../protocol/internal/transaction-log.ts'
import { DecodeError } from '../../protocol/schema/index.ts'
import type { EncodedRecord, RecordSerde } from '../runtime/coordinator-shard.ts'
import { PartitionSet } from './partition-set.ts'
import { NO_PRODUCER_EPOCH } from './transaction-metadata.ts'
import type { TransactionMetadata } from './transaction-metadata.ts'
import { stateOfId, TransactionState } from './transaction-state.ts'

/** A record of `__transaction_state`; `null` deletes the transactional id. */
export interface TransactionRecord {
  readonly transactionalId: string
  readonly metadata: TransactionMetadata | null
}

/** The version with tagged fields (KIP-890), which the feature level 1 introduced. */
const FLEXIBLE_VERSION = 1

/**
 * Returns the encoding of the records of `__transaction_state` (Kafka's `TransactionLog`).
 *
 * @param transactionVersion returns the level of the feature `transaction.version`
 */
export function transactionRecords(
  transactionVersion: () => number,
): RecordSerde<TransactionRecord> {
  return {
    encode: (record) => encode(record, transactionVersion() >= 1 ? FLEXIBLE_VERSION : 0),
    decode: (key, value) => (isKnown(key, value) ? decode(key, value) : undefined),
  }
}

/** Whether the records of a level of `transaction.version` can contain this metadata. */
export function isStorable(
  { clientTransactionVersion }: TransactionMetadata,
  transactionVersion: number,
): boolean {
  return clientTransactionVersion === 0 || transactionVersion >= 1
}

/** Later versions are unknown, and are skipped as in Kafka. */
function isKnown(key: Uint8Array, value: Uint8Array | null): boolean {
  if (recordTypeOf(key) !== TransactionLogRecord.type) return false
  return value === null || TransactionLogRecord.value.versions.max >= valueVersionOf(value)
}

function encode({ transactionalId, metadata }: TransactionRecord, version: number): EncodedRecord {
  const key = TransactionLogRecord.encodeKey({ transactionalId })
  if (metadata === null) return { key, value: null }
  const { state, partitions } = metadata
  const value = TransactionLogRecord.encodeValue(version, {
    producerId: metadata.producerId,
    previousProducerId: metadata.previousProducerId,
    nextProducerId: metadata.nextProducerId,
    producerEpoch: metadata.producerEpoch,
    transactionTimeoutMs: metadata.timeoutMs,
    transactionStatus: state,
    transactionPartitions: state === TransactionState.Empty ? null : storedPartitions(partitions),
    transactionLastUpdateTimestampMs: metadata.lastUpdateTimestampMs,
    transactionStartTimestampMs: metadata.startTimestampMs,
    clientTransactionVersion: metadata.clientTransactionVersion,
  })
  return { key, value }
}

function storedPartitions(partitions: PartitionSet) {
  return partitions
    .topicsInRecordOrder()
    .map(({ topic, partitions: partitionIds }) => ({ topic, partitionIds }))
}

function decode(keyBytes: Uint8Array, bytes: Uint8Array | null): TransactionRecord {
  const { transactionalId } = TransactionLogRecord.decodeKey(keyBytes)
  if (bytes === null) return { transactionalId, metadata: null }
  const value = TransactionLogRecord.decodeValue(bytes)
  const state = stateOfId(value.transactionStatus)
  if (state === undefined) {
    throw new DecodeError(`${transactionalId} has the unknown state ${value.transactionStatus}`)
  }
  const stored = state === TransactionState.Empty ? [] : (value.transactionPartitions ?? [])
  const metadata: TransactionMetadata = {
    producerId: value.producerId,
    previousProducerId: value.previousProducerId,
    nextProducerId: value.nextProducerId,
    producerEpoch: value.producerEpoch,
    lastProducerEpoch: NO_PRODUCER_EPOCH,
    timeoutMs: value.transactionTimeoutMs,
    state,
    partitions: PartitionSet.empty.with(
      stored.flatMap(({ topic, partitionIds }) =>
        partitionIds.map((partition) => ({ topic, partition })),
      ),
    ),
    startTimestampMs: value.transactionStartTimestampMs,
    lastUpdateTimestampMs: value.transactionLastUpdateTimestampMs,
    clientTransactionVersion: value.clientTransactionVersion,
  }
  return { transactionalId, metadata }
}
