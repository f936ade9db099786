import type { NewRecord } from '../controller/records.ts'
import type { Log } from '../log/log.ts'
import type { OpenProblem } from './open-problem.ts'
import type { Storage } from './storage.ts'

/** Topics whose files are served unchanged. The cluster starts with these topics. */
export interface OpenedTopics {
  readonly storage: Storage
  /** The names of the topics. */
  readonly names: ReadonlySet<string>
  /** The parts of the directories that are not served, and the reasons. */
  readonly problems: readonly OpenProblem[]
  /** Adds problems that only the opened logs show to {@link problems}. */
  inspectLogs(logs: Iterable<Log>): void
  /**
   * Replaces paths in a log message by the real paths of the files. Then it adds that the files are
   * unchanged.
   */
  withRealPaths(message: string): string
  /** Returns the metadata records of the topics, one batch for each topic. */
  metadata(): NewRecord[][]
}
