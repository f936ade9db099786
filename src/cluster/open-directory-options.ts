import type { ClusterOptions } from './options.ts'

type Shared =
  | 'host'
  | 'port'
  | 'advertisedHost'
  | 'advertisedPort'
  | 'listeners'
  | 'clusterId'
  | 'config'
  | 'createTopicPolicy'
  | 'alterConfigPolicy'
  | 'profile'
  | 'clock'
  | 'logLevel'
  | 'keepAlive'
  | 'onBrokerFailure'

/** Options of `openDirectory`. There is one broker, and the topics are those in the directories. */
export interface OpenDirectoryOptions extends Pick<ClusterOptions, Shared> {
  /** New names of topics, by their names in the directories. Default: none. */
  readonly names?: Readonly<Record<string, string>>
  /**
   * Also serves the valid batches after a damaged one. Offsets do not change; consumers skip the
   * gap, as they do after compaction. Implies `verify: 'records'`. Default: false. A log then ends,
   * or a consumer stops, at the first damaged batch.
   */
  readonly skipCorruptBatches?: boolean
  /**
   * How much of the files is checked before they are served. `batches`: the header and checksum of
   * every batch, which reads all files once. `records`: also every record, after decompression.
   * `tail`: only what Kafka checks at a start, for large directories; consumers may then meet other
   * damage. Default: `batches`.
   */
  readonly verify?: 'tail' | 'batches' | 'records'
}
