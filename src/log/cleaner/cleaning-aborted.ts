/** Ends the cleaning of a log whose segments are no longer those it began with (Kafka's `LogCleaningAbortedException`). */
export class CleaningAborted extends Error {
  override readonly name = 'CleaningAborted'
}
