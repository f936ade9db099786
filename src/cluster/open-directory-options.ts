import type { ClusterOptions } from './options.ts'

type Shared =
  | 'host'
  | 'port'
  | 'advertisedHost'
  | 'advertisedPort'
  | 'clusterId'
  | 'config'
  | 'createTopicPolicy'
  | 'alterConfigPolicy'
  | 'profile'
  | 'clock'
  | 'logLevel'
  | 'keepAlive'
  | 'onBrokerFailure'

/** How directories are opened: there is one broker, and the topics are those in the directories. */
export interface OpenDirectoryOptions extends Pick<ClusterOptions, Shared> {
  /** Topics that are to be called otherwise, by the names that their directories have. Default none. */
  readonly names?: Readonly<Record<string, string>>
  /**
   * Serves the sound batches after a damaged one, too. Offsets stay as they are in the files; consumers pass over the gap as they
   * do after compaction. Implies `verify: 'records'`. Default false: a log ends, or a consumer stops, at the first damaged batch.
   */
  readonly skipCorruptBatches?: boolean
  /**
   * How thoroughly the files are looked through first. `batches`: the header and checksum of every batch, which reads all of the
   * files once. `records`: every record too, after decompression. `tail`: only what Kafka checks at a start, for large directories;
   * damage elsewhere is then met by consumers. Default `batches`.
   */
  readonly verify?: 'tail' | 'batches' | 'records'
}
