import type { DeliveryRules } from './delivery-rules.ts'
import type { InFlightBatch } from './in-flight-batch.ts'

/** Deliveries are never limited before this one. */
const MIN_THROTTLED_DELIVERY_COUNT = 2

/**
 * Returns the number of deliveries from which fewer records are delivered at once, so that one bad
 * record does not make good records reach their limit.
 */
export function throttledDeliveryCount({ maxDeliveryCount }: DeliveryRules): number {
  return Math.max(MIN_THROTTLED_DELIVERY_COUNT, Math.ceil(maxDeliveryCount / 2))
}

/** Whether the delivery of acquirable records from `firstOffset` to `lastOffset` is throttled. */
export function isThrottled(
  batch: InFlightBatch,
  firstOffset: number,
  lastOffset: number,
  rules: DeliveryRules,
): boolean {
  const limit = throttledDeliveryCount(rules)
  const { state, offsetStates } = batch
  if (state !== undefined) return state.isAcquirable && state.deliveryCount >= limit
  return offsetStates!.some(
    ({ isAcquirable, deliveryCount }, index) =>
      isAcquirable &&
      deliveryCount >= limit &&
      batch.firstOffset + index >= firstOffset &&
      batch.firstOffset + index <= lastOffset,
  )
}

/**
 * Whether the next delivery of a record is its last one, so that it is delivered alone. Groups with
 * few deliveries do without.
 */
export function isLastDelivery(
  deliveryCount: number,
  { maxDeliveryCount }: DeliveryRules,
): boolean {
  return maxDeliveryCount > MIN_THROTTLED_DELIVERY_COUNT && deliveryCount === maxDeliveryCount - 1
}

/** Returns how many records of a batch may be delivered after `deliveryCount` deliveries. */
export function throttledRecordCount(
  recordCount: number,
  deliveryCount: number,
  rules: DeliveryRules,
): number {
  const excess = deliveryCount - throttledDeliveryCount(rules) + 1
  return Math.max(1, recordCount >> excess)
}
