import { batchesOf, type BatchView } from '../record/batch-view.ts'
import type { MetadataLogReader, MetadataReplica } from './metadata-log.ts'

/**
 * Makes a copy of the metadata log equal to the leader's: removes what diverges from it, then appends what is missing
 * (KRaft's `DivergingEpoch`). Returns false when the disk of the copy fails.
 */
export function catchUp(replica: MetadataReplica, leader: MetadataLogReader): boolean {
  truncateDiverged(replica, leader)
  for (const bytes of leader.read(replica.endOffset)) {
    for (const batch of batchesOf(bytes)) {
      if (batch.baseOffset < replica.endOffset) continue
      if (!replica.append(batch.bytes)) return false
    }
  }
  return true
}

function truncateDiverged(replica: MetadataReplica, leader: MetadataLogReader): void {
  while (replica.endOffset > 0) {
    const { epoch, endOffset } = leader.endOffsetForEpoch(replica.lastEpoch)
    if (epoch === replica.lastEpoch && endOffset >= replica.endOffset) break
    const end = Math.min(endOffset, replica.endOffsetForEpoch(epoch).endOffset)
    // The epoch is one that the leader never had: what the replica has of it ends before.
    replica.truncateTo(Math.min(end, replica.endOffset - 1))
  }
  if (replica.endOffset > 0 && !hasSameEnd(replica, leader)) {
    replica.truncateTo(commonEndOffset(replica, leader))
  }
}

/**
 * Whether the last batch of the replica is the leader's, and so is everything before it. Two leaders that did not know of
 * each other may have used the same epoch, where a data directory was left out of a start.
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
