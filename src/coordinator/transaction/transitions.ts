import { invariant } from '../../platform/invariant.ts'
import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import { PartitionSet } from './partition-set.ts'
import type { TopicPartition } from './partition-set.ts'
import {
  bumpsEpoch,
  changed,
  isEpochExhausted,
  MAX_PRODUCER_EPOCH,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  NO_START,
} from './transaction-metadata.ts'
import type { MetadataChanges, TransactionMetadata } from './transaction-metadata.ts'
import { isValidTransition, isWithoutTransaction, TransactionState } from './transaction-state.ts'

/**
 * Returns the metadata with a new epoch, or PRODUCER_FENCED.
 *
 * @param expectedEpoch the epoch of the producer that continues after an error (KIP-360);
 * `undefined` for a new producer
 */
export function incrementEpoch(
  metadata: TransactionMetadata,
  expectedEpoch: number | undefined,
  timeoutMs: number,
  nowMs: number,
): TransactionMetadata | ApiError {
  const { producerEpoch, lastProducerEpoch } = metadata
  invariant(!isEpochExhausted(producerEpoch), 'an exhausted epoch is not incremented')
  const initialized = { timeoutMs, ...withoutTransaction(nowMs) }
  if (expectedEpoch === undefined) {
    const bumped = { producerEpoch: producerEpoch + 1, lastProducerEpoch: NO_PRODUCER_EPOCH }
    return transition(metadata, { ...initialized, ...bumped })
  }
  if (producerEpoch === NO_PRODUCER_EPOCH || expectedEpoch === producerEpoch) {
    const bumped = { producerEpoch: producerEpoch + 1, lastProducerEpoch: producerEpoch }
    return transition(metadata, { ...initialized, ...bumped })
  }
  // The producer did not get the response to the last bump.
  if (expectedEpoch === lastProducerEpoch) return transition(metadata, initialized)
  return ApiError.of(ErrorCode.ProducerFenced)
}

/**
 * Returns the metadata with a new producer id, because the epochs of the old one are exhausted.
 *
 * @param isKnownProducer whether the producer sent its id and epoch (KIP-360)
 */
export function rotateProducerId(
  metadata: TransactionMetadata,
  producerId: number,
  isKnownProducer: boolean,
  timeoutMs: number,
  nowMs: number,
): TransactionMetadata {
  return transition(metadata, {
    producerId,
    producerEpoch: 0,
    lastProducerEpoch: isKnownProducer ? metadata.producerEpoch : NO_PRODUCER_EPOCH,
    timeoutMs,
    ...withoutTransaction(nowMs),
  })
}

/** Returns the metadata with more partitions. The first ones begin a transaction. */
export function addPartitions(
  metadata: TransactionMetadata,
  added: readonly TopicPartition[],
  clientTransactionVersion: number,
  nowMs: number,
): TransactionMetadata {
  return transition(metadata, {
    state: TransactionState.Ongoing,
    partitions: metadata.partitions.with(added),
    startTimestampMs: isWithoutTransaction(metadata.state) ? nowMs : metadata.startTimestampMs,
    lastUpdateTimestampMs: nowMs,
    clientTransactionVersion,
  })
}

/** How a transaction ends. */
export interface TransactionEnd {
  readonly isCommitted: boolean
  readonly clientTransactionVersion: number
  /** The producer id after the transaction, if the epoch is exhausted; otherwise -1. */
  readonly nextProducerId: number
}

/** Returns the metadata of a transaction that ends. With transactions v2 its epoch is bumped. */
export function prepareEnd(
  metadata: TransactionMetadata,
  { isCommitted, clientTransactionVersion, nextProducerId }: TransactionEnd,
  nowMs: number,
): TransactionMetadata {
  const { producerEpoch, lastProducerEpoch, startTimestampMs } = metadata
  const isBumped = bumpsEpoch(clientTransactionVersion)
  return transition(metadata, {
    state: isCommitted ? TransactionState.PrepareCommit : TransactionState.PrepareAbort,
    // An abort at the largest epoch must succeed too.
    producerEpoch: isBumped ? Math.min(producerEpoch + 1, MAX_PRODUCER_EPOCH) : producerEpoch,
    lastProducerEpoch: isBumped ? producerEpoch : lastProducerEpoch,
    nextProducerId,
    // With transactions v2 a producer may abort without having added a partition.
    startTimestampMs: isWithoutTransaction(metadata.state) ? nowMs : startTimestampMs,
    lastUpdateTimestampMs: nowMs,
    clientTransactionVersion,
  })
}

/** Returns the metadata with the next epoch, which fences the producer (transactions v1). */
export function fenceEpoch(metadata: TransactionMetadata): TransactionMetadata {
  return changed(metadata, {
    producerEpoch: Math.min(metadata.producerEpoch + 1, MAX_PRODUCER_EPOCH),
    lastProducerEpoch: NO_PRODUCER_EPOCH,
  })
}

/** Returns the metadata of a transaction whose markers are all written. */
export function completeEnd(metadata: TransactionMetadata, nowMs: number): TransactionMetadata {
  const { producerId, producerEpoch, nextProducerId, clientTransactionVersion, state } = metadata
  const isRotated = bumpsEpoch(clientTransactionVersion) && nextProducerId !== NO_PRODUCER_ID
  return transition(metadata, {
    state:
      state === TransactionState.PrepareCommit
        ? TransactionState.CompleteCommit
        : TransactionState.CompleteAbort,
    producerId: isRotated ? nextProducerId : producerId,
    producerEpoch: isRotated ? 0 : producerEpoch,
    nextProducerId: NO_PRODUCER_ID,
    partitions: PartitionSet.empty,
    lastUpdateTimestampMs: nowMs,
  })
}

function withoutTransaction(nowMs: number) {
  return {
    state: TransactionState.Empty,
    partitions: PartitionSet.empty,
    startTimestampMs: NO_START,
    lastUpdateTimestampMs: nowMs,
  }
}

function transition(metadata: TransactionMetadata, changes: MetadataChanges): TransactionMetadata {
  const next = changed(metadata, changes, metadata.producerId)
  invariant(isValidTransition(metadata.state, next.state), 'the state of a transaction may follow')
  invariant(next.producerId >= 0 && next.producerEpoch >= 0, 'a transaction has a producer')
  invariant(
    next.producerId !== metadata.producerId || next.producerEpoch >= metadata.producerEpoch,
    'the epoch of a producer id only grows',
  )
  return next
}
