import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import { acknowledgedState, AcknowledgeType, type AcknowledgementBatch } from './acknowledgement.ts'
import type { InFlightBatch } from './in-flight-batch.ts'
import type { InFlightRecords } from './in-flight-records.ts'
import { NO_MEMBER, type InFlightState } from './in-flight-state.ts'
import { isTerminal, RecordState } from './record-state.ts'
import type { ShareContext } from './share-context.ts'
import { transitionOf, type Transition } from './transition.ts'

/** One acknowledgement request of a member. */
interface Acknowledgement {
  readonly memberId: string
  readonly inFlight: InFlightRecords
  readonly context: ShareContext
  /** The transitions that have started. */
  readonly transitions: Transition[]
}

/**
 * Starts the transitions of acknowledged records (Kafka's `SharePartition.acknowledge`). They are
 * appended to `transitions`, also those before an error, which the caller then rolls back.
 */
export function acknowledge(
  inFlight: InFlightRecords,
  memberId: string,
  batches: readonly AcknowledgementBatch[],
  context: ShareContext,
  transitions: Transition[],
): ApiError | undefined {
  const acknowledgement = { memberId, inFlight, context, transitions }
  for (const batch of batches) {
    // These records were archived when the log start offset moved.
    if (batch.lastOffset < inFlight.startOffset) continue
    const found = findBatches(inFlight, batch)
    if (found instanceof ApiError) return found
    for (const acquired of found) {
      if (acquired.lastOffset < inFlight.startOffset) continue
      const error = acknowledgeOne(acknowledgement, batch, acquired)
      if (error !== undefined) return error
    }
  }
  return undefined
}

/** Returns the in-flight batches that contain the acknowledged offsets. */
function findBatches(
  { batches, startOffset }: InFlightRecords,
  { firstOffset, lastOffset }: AcknowledgementBatch,
): readonly InFlightBatch[] | ApiError {
  let first = batches.floor(firstOffset)
  if (first === undefined && firstOffset < startOffset) first = batches.floor(startOffset)
  if (first === undefined) {
    return invalidState(
      'Batch record not found. The request batch offsets are not found in the cache.',
    )
  }
  const found = batches.beginningIn(first.firstOffset, lastOffset)
  const end = found.at(-1)!.lastOffset
  if (end < firstOffset) {
    return invalidRequest(
      'Batch record not found. The first offset in request is past acquired records.',
    )
  }
  if (lastOffset > end) {
    return invalidRequest(
      'Batch record not found. The last offset in request is past acquired records.',
    )
  }
  return found
}

function acknowledgeOne(
  acknowledgement: Acknowledgement,
  batch: AcknowledgementBatch,
  acquired: InFlightBatch,
): ApiError | undefined {
  const { inFlight, memberId } = acknowledgement
  const { state } = acquired
  if (state !== undefined) {
    const error = checkBatch(state, memberId)
    if (error !== undefined) return error
    const isWhole =
      acquired.isWithin(batch.firstOffset, batch.lastOffset) &&
      batch.acknowledgeTypes.length === 1 &&
      !acquired.isSplitBy(inFlight.startOffset)
    if (state.state !== RecordState.Acquired) {
      return invalidState(
        isWhole
          ? 'The batch cannot be acknowledged. The batch is not in the acquired state.'
          : 'The batch cannot be acknowledged. The subset batch is not in the acquired state.',
      )
    }
    if (isWhole) {
      const { firstOffset, lastOffset } = acquired
      const range = { firstOffset, lastOffset }
      return change(acknowledgement, state, batch.acknowledgeTypes[0]!, range)
    }
  }
  return acknowledgeOffsets(acknowledgement, batch, acquired)
}

function checkBatch(state: InFlightState, memberId: string): ApiError | undefined {
  if (state.memberId === NO_MEMBER) {
    return invalidState('The batch cannot be acknowledged. The batch is not in the acquired state.')
  }
  if (state.memberId !== memberId) return invalidState('Member is not the owner of batch record')
  return state.isChanging ? changing() : undefined
}

function acknowledgeOffsets(
  acknowledgement: Acknowledgement,
  { acknowledgeTypes, ...batch }: AcknowledgementBatch,
  acquired: InFlightBatch,
): ApiError | undefined {
  const { inFlight, memberId } = acknowledgement
  const states = acquired.split()
  const first = Math.max(batch.firstOffset, inFlight.startOffset, acquired.firstOffset)
  const last = Math.min(batch.lastOffset, acquired.lastOffset)
  for (let offset = first; offset <= last; offset++) {
    const state = states[offset - acquired.firstOffset]!
    if (state.state !== RecordState.Acquired) {
      return invalidState('The offset cannot be acknowledged. The offset is not acquired.')
    }
    if (state.isChanging) return changing()
    if (state.memberId !== memberId) return invalidState('Member is not the owner of offset')
    const type = acknowledgeTypes[acknowledgeTypes.length > 1 ? offset - batch.firstOffset : 0]!
    const error = change(acknowledgement, state, type, { firstOffset: offset, lastOffset: offset })
    if (error !== undefined) return error
  }
  return undefined
}

function change(
  { memberId, inFlight, context, transitions }: Acknowledgement,
  state: InFlightState,
  type: AcknowledgeType,
  { firstOffset, lastOffset }: { firstOffset: number; lastOffset: number },
): ApiError | undefined {
  if (type === AcknowledgeType.Renew) {
    if (!context.canRenewLocks) {
      return invalidState('Renewing acquisition locks is not enabled for the group.')
    }
    state.replaceLock(context.lock(memberId, firstOffset, lastOffset))
    return undefined
  }
  const { rules } = context
  if (!state.startChange(acknowledgedState(type, rules.hasDeadLetterTopic), rules)) {
    return invalidState('Unable to acknowledge records for the batch')
  }
  const wasRejected = type === AcknowledgeType.Reject
  transitions.push(transitionOf(state, firstOffset, lastOffset, wasRejected))
  if (isTerminal(state.state)) inFlight.deliveryCompleteCount += lastOffset - firstOffset + 1
  return undefined
}

function changing(): ApiError {
  return invalidState(
    'The record state is invalid. The acknowledgement of delivery could not be completed.',
  )
}

function invalidState(message: string): ApiError {
  return new ApiError(ErrorCode.InvalidRecordState, message)
}

function invalidRequest(message: string): ApiError {
  return new ApiError(ErrorCode.InvalidRequest, message)
}
