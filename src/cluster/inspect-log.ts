import type { Log } from '../log/log.ts'
import { segmentBytesIn, type FoundPartition } from './find-partitions.ts'
import type { FileSystem } from '../platform/file-system.ts'
import type { OpenProblem } from './open-problem.ts'

/** Returns what consumers do not get of a log that was opened, although its files are sound. */
export function inspectLog(disk: FileSystem, found: FoundPartition, log: Log): OpenProblem[] {
  const { topic, partition, lastStableOffset, highWatermark, logEndOffset } = log
  const place = { path: found.directory, topic, partition }
  if (lastStableOffset < highWatermark) {
    const message = `${found.directory}: a transaction that begins at offset ${lastStableOffset} has no end. Consumers with read_committed get nothing from there on; those with read_uncommitted get everything.`
    const offset = lastStableOffset
    return [{ kind: 'openTransaction', ...place, offset, bytesNotServed: 0, message }]
  }
  const bytesNotServed = segmentBytesIn(disk, found.directory)
  if (found.logStartOffset !== logEndOffset || log.sizeInBytes > 0 || bytesNotServed === 0)
    return []
  const message = `${found.directory}: nothing of it is served, since the log-start-offset-checkpoint beside it says that the log begins at offset ${logEndOffset}, after its last record. To serve it, copy it to a directory of its own.`
  return [{ kind: 'belowLogStart', ...place, offset: logEndOffset, bytesNotServed, message }]
}
