import type { AcquisitionLock } from './acquisition-lock.ts'
import type { DeliveryRules } from './delivery-rules.ts'

/** The operations on in-flight records that need the clock or the configs of the group. */
export interface ShareContext {
  readonly rules: DeliveryRules
  readonly maxInFlightRecords: number
  /** Whether members may renew their locks. */
  readonly canRenewLocks: boolean
  /** Locks records for a member, for the time that the group configures. */
  lock(memberId: string, firstOffset: number, lastOffset: number): AcquisitionLock
}
