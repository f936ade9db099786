import type { NewRecord } from '../controller/records.ts'
import type { Log } from '../log/log.ts'
import type { OpenProblem } from './open-problem.ts'
import type { Storage } from './storage.ts'

/** Topics whose files lie somewhere and are served as they are: in place of an empty cluster, one starts with these. */
export interface OpenedTopics {
  readonly storage: Storage
  /** Their names. */
  readonly names: ReadonlySet<string>
  /** The parts of the directories that are not served, and the reasons. */
  readonly problems: readonly OpenProblem[]
  /** Adds to {@link problems} what only the opened logs know. */
  inspectLogs(logs: Iterable<Log>): void
  /**
   * A message of the log that names their files, with the paths that these really have. Where it does, it says that the files are
   * unchanged.
   */
  withRealPaths(message: string): string
  /** Returns the records that make them known to the controller, one batch for each topic. */
  metadata(): NewRecord[][]
}
