import type { BackgroundTasks } from './background-tasks.ts'
import type { LogEnvironment } from './log-environment.ts'
import type { LogSegment } from './segment/segment.ts'

/**
 * The segments that left a log and wait for the deletion of their files (`file.delete.delay.ms`).
 * Until then, reads that have begun can still use them.
 */
export class DeletedSegments {
  readonly #environment: LogEnvironment
  readonly #tasks: BackgroundTasks
  readonly #markSnapshotForDeletion: (baseOffset: number) => string | undefined
  readonly #waiting = new Map<number, LogSegment>()

  /**
   * @param markSnapshotForDeletion renames the producer snapshot at a base offset, and returns its
   * new path, or undefined if there is none
   */
  constructor(
    environment: LogEnvironment,
    tasks: BackgroundTasks,
    markSnapshotForDeletion: (baseOffset: number) => string | undefined,
  ) {
    this.#environment = environment
    this.#tasks = tasks
    this.#markSnapshotForDeletion = markSnapshotForDeletion
  }

  /** Adds segments whose files have the suffix `.deleted` already. */
  add(segments: readonly LogSegment[], delayMs: number): void {
    for (const segment of segments) this.#waiting.set(segment.baseOffset, segment)
    if (segments.length > 0) this.#deleteFilesLater(segments, [], delayMs)
  }

  /**
   * Renames the files of segments, and deletes them after the delay.
   *
   * @param withSnapshots whether their producer snapshots are deleted too
   */
  delete(segments: readonly LogSegment[], withSnapshots: boolean, delayMs: number): void {
    for (const segment of segments) {
      segment.close()
      segment.renameTo('.deleted')
      // An earlier segment with the same base offset had these file names.
      this.#waiting.get(segment.baseOffset)?.abandon()
      this.#waiting.set(segment.baseOffset, segment)
    }
    const snapshots = withSnapshots
      ? segments.map(({ baseOffset }) => this.#markSnapshotForDeletion(baseOffset))
      : []
    this.#deleteFilesLater(segments, snapshots, delayMs)
  }

  #deleteFilesLater(
    segments: readonly LogSegment[],
    snapshots: readonly (string | undefined)[],
    delayMs: number,
  ): void {
    this.#tasks.schedule(delayMs, 'remove files of', () => {
      for (const segment of segments) {
        segment.abandon()
        if (this.#waiting.get(segment.baseOffset) !== segment) continue
        this.#waiting.delete(segment.baseOffset)
        segment.deleteFiles()
      }
      for (const path of snapshots) {
        if (path !== undefined) this.#environment.fileSystem.remove(path)
      }
    })
  }
}
