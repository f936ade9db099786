import type { ResponseOf } from '../../../../src/protocol/schema/index.ts'
import type { Fetch } from '../../../../src/protocol/messages/01-fetch.ts'
import { batchesOf, type BatchView } from '../../../../src/record/batch-view.ts'
import { ControlRecordType, endTransactionMarkerOf } from '../../../../src/record/control-record.ts'
import { recordsOf } from '../../../../src/record/records.ts'
import type { LogEntry } from '../model/partition-model.ts'

type PartitionResponse = Pick<
  ResponseOf<typeof Fetch>['responses'][number]['partitions'][number],
  'records' | 'abortedTransactions'
>

/** The content of a response to a Fetch or a ShareFetch. */
export interface ReadLog {
  readonly entries: readonly LogEntry[]
  readonly nextOffset: number
}

/**
 * Returns the records and the markers from the offset on. The first batch may start before it. A
 * record is aborted if a consumer with `read_committed` drops it because of the aborted
 * transactions in the response (Kafka's `CompletedFetch`).
 */
export function readLog(response: PartitionResponse, fetchOffset: number): ReadLog {
  const entries: LogEntry[] = []
  const pending = [...(response.abortedTransactions ?? [])].sort(
    (a, b) => a.firstOffset - b.firstOffset,
  )
  const aborted = new Set<number>()
  let nextOffset = fetchOffset
  for (const batch of batchesOf((response.records ?? Buffer.alloc(0)) as Uint8Array)) {
    if (batch.computeChecksum() !== batch.checksum) throw new Error('a batch has a wrong checksum')
    while (pending.length > 0 && pending[0]!.firstOffset <= batch.lastOffset) {
      aborted.add(pending.shift()!.producerId)
    }
    for (const entry of entriesOf(batch, aborted)) {
      if (entry.offset >= fetchOffset) entries.push(entry)
    }
    nextOffset = Math.max(nextOffset, batch.nextOffset)
  }
  return { entries, nextOffset }
}

/** @param aborted the producers with an aborted transaction; a marker removes its producer */
function* entriesOf(batch: BatchView, aborted: Set<number>): Generator<LogEntry> {
  const { producerId, producerEpoch, partitionLeaderEpoch: leaderEpoch } = batch
  const origin = { producerId, producerEpoch, leaderEpoch }
  if (batch.isControl) {
    const marker = endTransactionMarkerOf(batch)
    // The cleaner may leave a batch without its marker.
    if (marker === undefined) return
    const isAbort = marker.type === ControlRecordType.Abort
    if (isAbort) aborted.delete(producerId)
    const ending = isAbort ? 'aborted' : 'committed'
    const value = `${ending} by ${producerId} in epoch ${producerEpoch}`
    yield { ...origin, offset: batch.baseOffset, value, ending, isAborted: false }
    return
  }
  const isAborted = batch.isTransactional && aborted.has(producerId)
  for (const { offset, key } of recordsOf(batch)) {
    const value = Buffer.from(key ?? []).toString()
    yield { ...origin, offset, value, ending: undefined, isAborted }
  }
}
