import type { Clock } from '../platform/clock.ts'
import type { MetadataStorage } from '../controller/metadata-log.ts'
import type { Storage } from './storage.ts'

/** Topics whose files lie somewhere and are served as they are: in place of an empty cluster, one starts with these. */
export interface OpenedTopics {
  readonly storage: Storage
  /** Their names. */
  readonly names: ReadonlySet<string>
  /** The partitions that had no directory and are there empty, by topic. */
  readonly missing: readonly { readonly topic: string; readonly partitions: readonly number[] }[]
  /** A message of the log that names their files, with the paths that these really have. */
  withRealPaths(message: string): string
  /** Lets the controller know them, before it reads its log for the first time. */
  writeMetadata(storage: MetadataStorage, clock: Clock): void
}
