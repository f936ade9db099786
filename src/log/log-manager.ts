import type { Clock } from '../platform/clock.ts'
import type { FileSystem } from '../platform/file-system.ts'
import type { Random } from '../platform/random.ts'
import type { Uuid } from '../platform/uuid.ts'
import type { Log } from './log.ts'
import type { LogConfig } from './log-config.ts'

export interface LogManagerOptions {
  /** At least one; made when they are not there. */
  readonly logDirs: readonly string[]
  readonly fileSystem: FileSystem
  readonly clock: Clock
  readonly random: Random
  readonly brokerId: number
  readonly clusterId: Uuid
  /** The directories go away with the cluster: nothing is forced to the disk. Default false. */
  readonly temporary?: boolean
  /** Bytes of appended records kept in memory for readers near the end, over all logs; default 32 MiB. */
  readonly recentBytes?: number
  /** Time without a batch after which a producer is forgotten (`producer.id.expiration.ms`); default a day. */
  readonly producerIdExpirationMs?: number
  /** Told about what had to be repaired; default nobody. */
  readonly onWarning?: (message: string) => void
}

/** A partition's directory as it was found when the broker started. */
export interface StoredPartition {
  readonly topic: string
  readonly partition: number
  /** From `partition.metadata`; undefined when that file is not there. */
  readonly topicId: Uuid | undefined
  readonly directory: string
}

export interface LogDirDescription {
  readonly path: string
  readonly directoryId: Uuid
  readonly totalBytes: number
  readonly usableBytes: number
  readonly logs: readonly Log[]
}

/** The logs of one broker and the directories they lie in (Kafka's `LogManager`). */
export declare class LogManager {
  constructor(options: LogManagerOptions)
  /**
   * Locks and reads the directories. Throws `ELOCKED` when another cluster holds one, and an `Error` when one belongs to another
   * cluster or broker. On a throw nothing stays locked.
   */
  open(): void
  /** What was on disk at `open()` and has neither been asked for nor deleted since; logs are loaded by `getOrCreate`. */
  storedPartitions(): StoredPartition[]
  get(topic: string, partition: number): Log | undefined
  /** The log, loaded from disk when it is there, else a new and empty one without files. */
  getOrCreate(topic: string, partition: number, topicId: Uuid, config: LogConfig): Log
  /** Forgets the log and removes its files; nothing happens when there is none. */
  delete(topic: string, partition: number): void
  logs(): Iterable<Log>
  logDirs(): LogDirDescription[]
  /** Writes recovery points, log start offsets and high watermarks. */
  checkpoint(): void
  /** Closes every log, writes the checkpoints and the clean shutdown marker, unlocks. */
  close(): void
}
