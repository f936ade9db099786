import type { Clock } from '../platform/clock.ts'
import type { FileSystem } from '../platform/file-system.ts'
import type { Random } from '../platform/random.ts'
import type { Turn } from '../platform/turn.ts'
import type { Uuid } from '../platform/uuid.ts'
import type { StoredPartition } from './directory/stored-partitions.ts'
import type { Log } from './log.ts'
import type { LogManagerConfig } from './log-manager-config.ts'

export interface LogManagerOptions {
  /**
   * At least one. Missing directories are created. An unusable directory is offline, unless it is
   * the only one.
   */
  readonly logDirs: readonly string[]
  /** The directory of the metadata log: without it, the manager does not open. Default none. */
  readonly metadataLogDir?: string
  readonly fileSystem: FileSystem
  readonly clock: Clock
  readonly random: Random
  readonly turn: Turn
  readonly brokerId: number
  /**
   * The cluster id for new directories. Formatted directories keep theirs: see
   * `LogManager.clusterId`.
   */
  readonly clusterId: Uuid
  /**
   * True if the directories are deleted on close: nothing is forced to the disk, and checkpoints
   * are written at close only. Default false.
   */
  readonly temporary?: boolean
  /**
   * `fsync`: appends are forced to the disk before they are acknowledged. Default `pageCache`,
   * which survives a crash of the process.
   */
  readonly durability?: 'pageCache' | 'fsync'
  /** Default `defaultLogManagerConfig`. */
  readonly config?: LogManagerConfig
  /** Called for each log directory that cannot be opened and is offline. */
  readonly onUnusable?: (path: string, reason: string) => void
  /** Called with a description of each repair. */
  readonly onWarning?: (message: string) => void
  /** Called with messages for operators, such as the deletion of old segments. */
  readonly onInfo?: (message: string) => void
}

/** One of the broker's log directories, for DescribeLogDirs. */
export interface LogDirDescription {
  readonly path: string
  /** Undefined if the directory could not be read. */
  readonly directoryId: Uuid | undefined
  /** Whether a storage error took it offline. */
  readonly isOffline: boolean
  /** Whether it gets no new logs. */
  readonly isCordoned: boolean
  /** The size of the volume; -1 if the directory is offline. */
  readonly totalBytes: number
  readonly usableBytes: number
  readonly logs: readonly Log[]
}

/** The partitions found in one log directory. */
export interface StoredPartitions {
  readonly directoryId: Uuid
  /** Whether the directory had another id before. */
  readonly hasNewId: boolean
  readonly partitions: readonly StoredPartition[]
}

/** A log directory went offline, with its open logs. */
export interface LogDirFailure {
  readonly path: string
  readonly directoryId: Uuid
  /** The message of the operating system. */
  readonly reason: string
  readonly logs: readonly Log[]
  /** Whether no other directory is online. */
  readonly wasLast: boolean
}
