import type { AbortedTransaction } from '../../log/log-types.ts'
import type { BatchView } from '../../record/batch-view.ts'
import { ControlRecordType, endTransactionMarkerOf } from '../../record/control-record.ts'
import { NOTHING_ACQUIRED, type Acquisition, type AcquiredRecords } from './acquired-records.ts'
import { archiveAborted } from './archive.ts'
import type { FetchedBatches } from './fetched-batches.ts'
import type { InFlightRecords } from './in-flight-records.ts'

/**
 * Archives the acquired records of aborted transactions, and returns the others. For groups with
 * `share.isolation.level` read_committed.
 */
export function withoutAborted(
  inFlight: InFlightRecords,
  acquisition: Acquisition,
  fetched: FetchedBatches,
  abortedTransactions: readonly AbortedTransaction[] | null,
): Acquisition {
  if (acquisition.records.length === 0) return acquisition
  if (abortedTransactions === null || abortedTransactions.length === 0) return acquisition
  const aborted = abortedBatches(fetched.batches, abortedTransactions)
  for (const { baseOffset, lastOffset } of aborted) {
    archiveAborted(inFlight, baseOffset, lastOffset)
  }
  const records = subtract(acquisition.records, aborted)
  if (records.length === 0) return NOTHING_ACQUIRED
  const count = records.reduce((sum, range) => sum + range.lastOffset - range.firstOffset + 1, 0)
  return { records, count }
}

/** Returns the batches that belong to aborted transactions. */
function abortedBatches(
  batches: readonly BatchView[],
  abortedTransactions: readonly AbortedTransaction[],
): BatchView[] {
  const upcoming = abortedTransactions.toSorted((a, b) => b.firstOffset - a.firstOffset)
  const aborting = new Set<number>()
  return batches.filter((batch) => {
    if (!batch.hasProducerId) return false
    while (upcoming.length > 0 && upcoming.at(-1)!.firstOffset <= batch.lastOffset) {
      aborting.add(upcoming.pop()!.producerId)
    }
    const { producerId } = batch
    if (batch.isControl && endTransactionMarkerOf(batch)?.type === ControlRecordType.Abort) {
      aborting.delete(producerId)
      return false
    }
    return batch.isTransactional && aborting.has(producerId)
  })
}

/** Returns the acquired records that are not in one of the batches. */
function subtract(
  acquired: readonly AcquiredRecords[],
  batches: readonly BatchView[],
): AcquiredRecords[] {
  const remaining: AcquiredRecords[] = []
  for (const { firstOffset, lastOffset, deliveryCount } of acquired) {
    let first = firstOffset
    for (const batch of batches) {
      if (batch.lastOffset < first) continue
      if (batch.baseOffset > lastOffset) break
      if (batch.baseOffset > first) {
        remaining.push({ firstOffset: first, lastOffset: batch.baseOffset - 1, deliveryCount })
      }
      first = batch.lastOffset + 1
    }
    if (first <= lastOffset) remaining.push({ firstOffset: first, lastOffset, deliveryCount })
  }
  return remaining
}
