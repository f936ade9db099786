/**
 * What one cleaning of a log read, kept and dropped (Kafka's `CleanerStats`). Sizes are in bytes, as they lie in the log.
 */
export interface CleanerStats {
  /** From here the keys were collected. */
  readonly firstDirtyOffset: number
  /** Below, the log is clean now. */
  readonly endOffset: number
  /** Read to collect the keys. */
  readonly mapRecordsRead: number
  readonly mapBytesRead: number
  /** How full the key map was, from 0 to 1. */
  readonly bufferUtilization: number
  /** Read to be copied. */
  readonly segmentsRead: number
  readonly recordsRead: number
  readonly bytesRead: number
  /** What is in the log instead. */
  readonly segmentsWritten: number
  readonly recordsWritten: number
  readonly bytesWritten: number
  /** Among what was dropped: records without a key. */
  readonly invalidRecords: number
}

/** The same while it is counted. */
export type MutableCleanerStats = { -readonly [name in keyof CleanerStats]: CleanerStats[name] }

/** Nothing read, nothing changed. */
export function noCleaning(firstDirtyOffset: number): MutableCleanerStats {
  return {
    firstDirtyOffset,
    endOffset: firstDirtyOffset,
    mapRecordsRead: 0,
    mapBytesRead: 0,
    bufferUtilization: 0,
    segmentsRead: 0,
    recordsRead: 0,
    bytesRead: 0,
    segmentsWritten: 0,
    recordsWritten: 0,
    bytesWritten: 0,
    invalidRecords: 0,
  }
}

/** One cleaning after the other, as one. What the later one copied again counts once more. */
export function sumOfCleanings(earlier: CleanerStats, later: CleanerStats): CleanerStats {
  return {
    firstDirtyOffset: earlier.firstDirtyOffset,
    endOffset: later.endOffset,
    mapRecordsRead: earlier.mapRecordsRead + later.mapRecordsRead,
    mapBytesRead: earlier.mapBytesRead + later.mapBytesRead,
    bufferUtilization: Math.max(earlier.bufferUtilization, later.bufferUtilization),
    segmentsRead: earlier.segmentsRead + later.segmentsRead,
    recordsRead: earlier.recordsRead + later.recordsRead,
    bytesRead: earlier.bytesRead + later.bytesRead,
    segmentsWritten: earlier.segmentsWritten + later.segmentsWritten,
    recordsWritten: earlier.recordsWritten + later.recordsWritten,
    bytesWritten: earlier.bytesWritten + later.bytesWritten,
    invalidRecords: earlier.invalidRecords + later.invalidRecords,
  }
}
