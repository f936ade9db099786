import { batchesOf } from '../../record/batch-view.ts'
import type { BatchView } from '../../record/batch-view.ts'
import { ControlRecordType, endTransactionMarkerOf } from '../../record/control-record.ts'
import { recordsOf } from '../../record/records.ts'
import type { CoordinatorShard, RecordSerde } from './coordinator-shard.ts'

/**
 * Replays the log of a partition into a shard (Kafka's `CoordinatorLoaderImpl`). Returns the offset
 * after its last record.
 *
 * @throws CorruptRecordError or DecodeError if the log contains something that cannot be read
 */
export function replayLog<R>(
  shard: CoordinatorShard<R>,
  serde: RecordSerde<R>,
  log: Iterable<Uint8Array>,
): number {
  let endOffset = 0
  for (const slice of log) {
    for (const batch of batchesOf(slice)) {
      if (batch.isControl) replayMarker(shard, batch)
      else replayRecords(shard, serde, batch)
      endOffset = batch.nextOffset
    }
  }
  return endOffset
}

function replayRecords<R>(
  shard: CoordinatorShard<R>,
  serde: RecordSerde<R>,
  batch: BatchView,
): void {
  const { producerId } = batch
  for (const { key, value, offset } of recordsOf(batch)) {
    const record = key === null ? undefined : serde.decode(key, value)
    if (record !== undefined) shard.replay(record, offset, producerId)
  }
}

/** Other control batches do not affect the state. */
function replayMarker<R>(shard: CoordinatorShard<R>, batch: BatchView): void {
  const marker = endTransactionMarkerOf(batch)
  if (marker === undefined) return
  shard.replayEndTransaction(batch.producerId, marker.type === ControlRecordType.Commit)
}
