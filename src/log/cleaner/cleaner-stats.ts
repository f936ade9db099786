/** The numbers of one cleaning of a log (Kafka's `CleanerStats`). Sizes are in bytes in the log. */
export interface CleanerStats {
  /** The offset from which the keys were collected. */
  readonly firstDirtyOffset: number
  /** The log is clean below this offset. */
  readonly endOffset: number
  /** Records read to collect the keys. */
  readonly mapRecordsRead: number
  readonly mapBytesRead: number
  /** The load of the key map, from 0 to 1. */
  readonly bufferUtilization: number
  /** Segments read to be copied. */
  readonly segmentsRead: number
  readonly recordsRead: number
  readonly bytesRead: number
  /** Segments that replaced them. */
  readonly segmentsWritten: number
  readonly recordsWritten: number
  readonly bytesWritten: number
  /** Removed records without a key. */
  readonly invalidRecords: number
}

/** The stats while they are counted. */
export type MutableCleanerStats = { -readonly [name in keyof CleanerStats]: CleanerStats[name] }

/** Returns the stats of a cleaning that did nothing. */
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

/** Returns the sum of two consecutive cleanings. Counts what the second one copied again twice. */
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
