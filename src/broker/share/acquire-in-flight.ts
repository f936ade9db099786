import { appendAcquired, type AcquiredRecords } from './acquired-records.ts'
import type { AcquisitionLock } from './acquisition-lock.ts'
import type { InFlightBatch } from './in-flight-batch.ts'
import type { ShareContext } from './share-context.ts'
import {
  isLastDelivery,
  throttledDeliveryCount,
  throttledRecordCount,
} from './throttled-delivery.ts'

/** Acquires a whole batch again. */
export function acquireBatch(
  batch: InFlightBatch,
  memberId: string,
  context: ShareContext,
): AcquiredRecords {
  const { firstOffset, lastOffset } = batch
  const state = batch.state!
  state.acquire(memberId, context.lock(memberId, firstOffset, lastOffset))
  return { firstOffset, lastOffset, deliveryCount: state.deliveryCount }
}

/** The records that may be acquired from a batch. */
export interface OffsetLimits {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly maxRecords: number
}

/**
 * Acquires acquirable records of a batch whose records have their own states. Records that were
 * delivered often are acquired in smaller numbers, and alone when it is their last delivery.
 */
export function acquireOffsets(
  batch: InFlightBatch,
  memberId: string,
  limits: OffsetLimits,
  context: ShareContext,
): { records: AcquiredRecords[]; count: number } {
  const { rules } = context
  const states = batch.offsetStates!
  const records: AcquiredRecords[] = []
  const from = Math.max(0, limits.firstOffset - batch.firstOffset)
  const to = Math.min(states.length - 1, limits.lastOffset - batch.firstOffset)
  let count = 0
  let maxRecords = limits.maxRecords
  let isThrottled = false
  let lock: AcquisitionLock | undefined
  for (let index = from; index <= to; index++) {
    const state = states[index]!
    if (!state.isAcquirable) continue
    const isLast = isLastDelivery(state.deliveryCount, rules)
    if (isLast && count > 0) break
    if (!isThrottled && state.deliveryCount >= throttledDeliveryCount(rules)) {
      isThrottled = true
      const allowed = throttledRecordCount(states.length, state.deliveryCount, rules)
      // Kafka stops only when exactly this number is acquired.
      if (allowed > count) maxRecords = Math.min(maxRecords, allowed)
    }
    if (lock === undefined)
      lock = context.lock(memberId, batch.firstOffset + index, batch.lastOffset)
    else lock.share(1)
    state.acquire(memberId, lock)
    appendAcquired(records, batch.firstOffset + index, state.deliveryCount)
    count++
    if (isLast || count === maxRecords) break
  }
  return { records, count }
}
