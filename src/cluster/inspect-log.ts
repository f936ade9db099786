import type { Log } from '../log/log.ts'
import { segmentBytesIn, type FoundPartition } from './find-partitions.ts'
import type { FileSystem } from '../platform/file-system.ts'
import type { OpenProblem } from './open-problem.ts'

/** Returns what consumers do not get from an opened log, although its files are valid. */
export function inspectLog(disk: FileSystem, found: FoundPartition, log: Log): OpenProblem[] {
  const { topic, partition, lastStableOffset, highWatermark, logEndOffset } = log
  const place = { path: found.directory, topic, partition }
  if (lastStableOffset < highWatermark) {
    const message = `${found.directory}: the transaction that starts at offset ${lastStableOffset} has no end. read_committed consumers get no records from there on; read_uncommitted consumers get all records.`
    const offset = lastStableOffset
    return [{ kind: 'openTransaction', ...place, offset, bytesNotServed: 0, message }]
  }
  const bytesNotServed = segmentBytesIn(disk, found.directory)
  if (found.logStartOffset !== logEndOffset || log.files.sizeInBytes > 0 || bytesNotServed === 0)
    return []
  const message = `${found.directory}: no record is served, because log-start-offset-checkpoint in the parent directory says that the log starts at offset ${logEndOffset}, after its last record. To serve it, copy it to another directory.`
  return [{ kind: 'belowLogStart', ...place, offset: logEndOffset, bytesNotServed, message }]
}
