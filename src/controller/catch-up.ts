import { batchesOf, type BatchView } from '../record/batch-view.ts'
import type { MetadataLogReader, MetadataReplica } from './metadata-log.ts'

/**
 * Makes a copy of the metadata log equal to the leader's: removes diverging batches, then appends
 * missing ones (KRaft's `DivergingEpoch`). Returns false if the disk of the copy fails.
 */
export function catchUp(replica: MetadataReplica, leader: MetadataLogReader): boolean {
  truncateDiverged(replica, leader)
  for (const bytes of leader.read(replica.endOffset)) {
    if (!replica.append(bytes)) return false
  }
  return true
}

function truncateDiverged(replica: MetadataReplica, leader: MetadataLogReader): void {
  while (replica.endOffset > 0) {
    const { epoch, endOffset } = leader.endOffsetForEpoch(replica.lastEpoch)
    if (epoch === replica.lastEpoch && endOffset >= replica.endOffset) break
    const end = Math.min(endOffset, replica.endOffsetForEpoch(epoch).endOffset)
    // The leader never had this epoch: the common part ends before it.
    replica.truncateTo(Math.min(end, replica.endOffset - 1))
  }
  if (replica.endOffset > 0 && !hasSameEnd(replica, leader)) {
    replica.truncateTo(commonEndOffset(replica, leader))
  }
}

/**
 * Whether the last batch of the replica is also in the leader's log, and so everything before it.
 * Two leaders may have used the same epoch without knowing of each other, if a data directory was
 * missing in a start.
 */
function hasSameEnd(replica: MetadataReplica, leader: MetadataLogReader): boolean {
  const last = lastBatch(replica.read(replica.endOffset - 1))
  const same = firstBatch(leader.read(replica.endOffset - 1))
  return last !== undefined && same !== undefined && isSame(last, same)
}

function commonEndOffset(replica: MetadataReplica, leader: MetadataLogReader): number {
  const others = allBatches(leader)
  let offset = 0
  for (const batch of allBatches(replica)) {
    const { value: other } = others.next()
    if (!other || !isSame(batch, other)) return offset
    offset = batch.nextOffset
  }
  return offset
}

function* allBatches(log: MetadataLogReader): Generator<BatchView, void, undefined> {
  for (const bytes of log.read(0)) yield* batchesOf(bytes)
}

function firstBatch(slices: Iterable<Uint8Array>): BatchView | undefined {
  for (const bytes of slices) for (const batch of batchesOf(bytes)) return batch
  return undefined
}

function lastBatch(slices: Iterable<Uint8Array>): BatchView | undefined {
  let last: BatchView | undefined
  for (const bytes of slices) for (const batch of batchesOf(bytes)) last = batch
  return last
}

function isSame(one: BatchView, other: BatchView): boolean {
  return one.baseOffset === other.baseOffset && Buffer.compare(one.bytes, other.bytes) === 0
}
