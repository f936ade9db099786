/**
 * Thrown when the segments of a log changed during its cleaning (Kafka's
 * `LogCleaningAbortedException`).
 */
export class CleaningAborted extends Error {
  override readonly name = 'CleaningAborted'
}
