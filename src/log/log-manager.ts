import type { Clock, Timer } from '../platform/clock.ts'
import type { FileSystem } from '../platform/file-system.ts'
import type { Random } from '../platform/random.ts'
import { afterThisCall, type Turn } from '../platform/turn.ts'
import type { Uuid } from '../platform/uuid.ts'
import { LogCleaner } from './cleaner/log-cleaner.ts'
import { checkpointKey } from './files/checkpoint-file.ts'
import type { Log } from './log.ts'
import type { LogConfig } from './log-config.ts'
import { OpenFiles } from './segment/open-files.ts'
import type {
  BrokerLogEnvironment,
  LogDirectory,
  StoredPartition,
} from './directory/log-directory.ts'
import { openLogDirectories } from './directory/open-log-directories.ts'
import type { OffsetCheckpointKind } from './log-environment.ts'
import { LogHousekeeping } from './log-housekeeping.ts'
import { defaultLogManagerConfig, type LogManagerConfig } from './log-manager-config.ts'
import { isStorageError } from './storage-guard.ts'

export interface LogManagerOptions {
  /** At least one; made when they are not there. One that cannot be used is offline, unless it is the only one. */
  readonly logDirs: readonly string[]
  /** The directory without which the manager does not open, since it holds the metadata log. Default none. */
  readonly metadataLogDir?: string
  readonly fileSystem: FileSystem
  readonly clock: Clock
  readonly random: Random
  readonly turn: Turn
  readonly brokerId: number
  /** What new directories are formatted with. A formatted one keeps its own: see {@link LogManager.clusterId}. */
  readonly clusterId: Uuid
  /** The directories go away with the cluster: nothing is forced to the disk, and checkpoints are written at close only. Default false. */
  readonly temporary?: boolean
  /** `fsync`: appends are forced to the disk before anybody is told of them. Default `pageCache`, which outlives the process. */
  readonly durability?: 'pageCache' | 'fsync'
  /** Default {@link defaultLogManagerConfig}. */
  readonly config?: LogManagerConfig
  /** Told of log directories that could not be opened, and are offline; default nobody. */
  readonly onUnusable?: (path: string, reason: string) => void
  /** Told about what had to be repaired; default nobody. */
  readonly onWarning?: (message: string) => void
  /** Told about what was done to logs that an operator may look for, such as old segments deleted; default nobody. */
  readonly onInfo?: (message: string) => void
}

/** One of the broker's log directories, for DescribeLogDirs. */
export interface LogDirDescription {
  readonly path: string
  /** Undefined when the directory could not even be read. */
  readonly directoryId: Uuid | undefined
  /** Whether the disk has failed it. */
  readonly isOffline: boolean
  /** Whether it gets no new logs. */
  readonly isCordoned: boolean
  /** Of the volume; -1 when it is offline. */
  readonly totalBytes: number
  readonly usableBytes: number
  readonly logs: readonly Log[]
}

/** What was found in one of the broker's log directories. */
export interface StoredPartitions {
  readonly directoryId: Uuid
  /** Whether the directory was known by another id before. */
  readonly hasNewId: boolean
  readonly partitions: readonly StoredPartition[]
}

/** A directory has gone offline, and with it the logs that were open in it. */
export interface LogDirFailure {
  readonly path: string
  readonly directoryId: Uuid
  /** What the operating system said. */
  readonly reason: string
  readonly logs: readonly Log[]
  /** No other directory is left. */
  readonly wasLast: boolean
}

/**
 * The logs of one broker and the directories they lie in (Kafka's `LogManager`). A directory whose disk fails goes offline: its logs answer
 * `KafkaStorageError` from that moment on, and are forgotten in the next turn, when the listener is told.
 */
export class LogManager {
  /** Compacts the logs of compacted topics. */
  readonly cleaner: LogCleaner
  readonly #options: LogManagerOptions
  readonly #config: LogManagerConfig
  readonly #environment: BrokerLogEnvironment
  /** Those that could be opened, in the order of the options; some may have gone offline since. */
  #directories: LogDirectory[] = []
  readonly #housekeeping: LogHousekeeping
  /** Writes the checkpoints after partitions were deleted. */
  #deletion: Timer | undefined
  #onDirectoryFailure: (failure: LogDirFailure) => void = () => {}

  constructor(options: LogManagerOptions) {
    if (options.logDirs.length === 0)
      throw new RangeError('a broker has at least one log directory')
    this.#options = options
    const { fileSystem, clock, random, turn, temporary = false } = options
    const config = options.config ?? defaultLogManagerConfig
    this.#config = config
    this.#housekeeping = new LogHousekeeping({
      clock,
      config,
      logs: () => this.logs(),
      writeCheckpoint: (kind) => this.#writeCheckpoint(kind),
      temporary,
      onWarning: options.onWarning ?? (() => {}),
    })
    this.#environment = {
      fileSystem,
      clock,
      openFiles: new OpenFiles(),
      random,
      turn,
      durability: temporary ? 'pageCache' : 'synced',
      syncsAppends: options.durability === 'fsync',
      get producerIdExpirationMs() {
        return config.producerIdExpirationMs
      },
      onOffsetsMoved: (kind) => {
        this.#housekeeping.onOffsetsMoved(kind)
        this.cleaner.wake()
      },
      onTruncated: () => this.#onTruncated(),
      onWarning: options.onWarning ?? (() => {}),
      onInfo: options.onInfo ?? (() => {}),
    }
    const { durability, onWarning } = this.#environment
    this.cleaner = new LogCleaner({
      logs: () => this.logs(),
      clock,
      fileSystem,
      random,
      turn,
      durability,
      config: config.cleaner,
      onWarning,
    })
  }

  /** The id that the directories are formatted with; known once they are open. */
  get clusterId(): Uuid {
    return this.#directories[0]?.clusterId ?? this.#options.clusterId
  }

  /** Locks and reads the directories; throws as {@link openLogDirectories} does. */
  open(): void {
    const { logDirs, metadataLogDir, brokerId, clusterId, onUnusable = () => {} } = this.#options
    this.#directories = openLogDirectories({
      paths: logDirs,
      metadataLogDir,
      nodeId: brokerId,
      clusterId,
      environment: this.#environment,
      onFailure: (directory) => afterThisCall(() => this.#handleFailure(directory)),
      onUnusable,
    })
    this.#housekeeping.start()
    this.cleaner.start()
  }

  /** Whether all directories were closed cleanly before, as far as there was something in them. */
  get hadCleanShutdown(): boolean {
    return this.#directories.every(({ hadCleanShutdown }) => hadCleanShutdown)
  }

  /** What is to happen when a directory goes offline; it is told in a turn of its own. */
  onDirectoryFailure(listener: (failure: LogDirFailure) => void): void {
    this.#onDirectoryFailure = listener
  }

  /** What was on disk at {@link open} and has neither been asked for nor deleted since; {@link getOrCreate} opens it. */
  storedPartitions(): StoredPartition[] {
    return this.#online().flatMap(({ stored }) => stored)
  }

  /** As {@link storedPartitions}, for each directory that can be used. */
  storedByDirectory(): StoredPartitions[] {
    return this.#online().map(({ directoryId, hasNewId, stored }) => {
      return { directoryId: directoryId!, hasNewId, partitions: stored }
    })
  }

  /** Renames the directories of stored partitions that are none of this broker's (any more), which ends them here. */
  setAsideStrays(isStray: (stored: StoredPartition) => boolean): void {
    for (const directory of this.#online()) {
      for (const stored of directory.stored) {
        if (isStray(stored)) this.#setAside(directory, stored)
      }
    }
  }

  get(topic: string, partition: number): Log | undefined {
    return this.#find(checkpointKey(topic, partition))?.logs.get(checkpointKey(topic, partition))
  }

  /** The id of the directory that an open log lies in. */
  directoryIdOf({ topic, partition }: Log): Uuid | undefined {
    return this.#find(checkpointKey(topic, partition))?.directoryId
  }

  /**
   * The log, opened from disk when it is there, else a new and empty one without files. Files of an earlier topic of the same name are
   * set aside.
   *
   * @param directoryId where a new log is to lie; default, or when that is not there: the directory with the fewest logs
   * @throws the operating system's error when the disk fails, and with it the directory
   */
  getOrCreate(
    topic: string,
    partition: number,
    topicId: Uuid,
    config: LogConfig,
    directoryId?: Uuid,
  ): Log {
    const found = this.get(topic, partition)
    if (found !== undefined) return found
    const directory = this.#directoryFor(topic, partition, topicId, directoryId)
    return directory.openLog({ topic, partition, topicId }, config)
  }

  /** Forgets the log, and removes its files after `log.segment.delete.delay.ms`; nothing happens when there is none. */
  delete(topic: string, partition: number): void {
    const { fileDeleteDelayMs } = this.#config
    const log = this.get(topic, partition)
    if (log !== undefined) this.cleaner.forget(log)
    for (const directory of this.#online()) {
      const stored = directory.findStored(topic, partition)
      if (stored !== undefined) this.cleaner.forgetStored(stored)
      directory.deletePartition(topic, partition, fileDeleteDelayMs)
    }
    // What is written of its offsets must not be taken for those of a later partition of the same name.
    const { clock, temporary } = this.#options
    if (!temporary) this.#deletion ??= clock.schedule(0, () => this.checkpoint())
  }

  *logs(): Generator<Log, void, undefined> {
    for (const { logs } of this.#directories) yield* logs.values()
  }

  /** All of them, in the order of the options. */
  logDirs(): LogDirDescription[] {
    return this.#options.logDirs.map((path) => {
      const directory = this.#directories.find((each) => each.path === path)
      const directoryId = directory?.directoryId
      const space = directory?.isOffline === false ? this.#spaceOf(path) : undefined
      const isCordoned = this.#isCordoned(path)
      if (directory === undefined || space === undefined) {
        const unknown = { totalBytes: -1, usableBytes: -1, logs: [] }
        return { path, directoryId, isOffline: true, isCordoned, ...unknown }
      }
      const logs = [...directory.logs.values()]
      return { path, directoryId, isOffline: false, isCordoned, ...space, logs }
    })
  }

  /** Of the directories that can be used. */
  onlineDirectoryIds(): Uuid[] {
    return this.#online().map(({ directoryId }) => directoryId!)
  }

  /** Writes recovery points, log start offsets and high watermarks. */
  checkpoint(): void {
    this.#housekeeping.onCheckpointsWritten()
    this.#deletion?.cancel()
    this.#deletion = undefined
    for (const kind of checkpointKinds) this.#writeCheckpoint(kind)
  }

  /**
   * Closes every log as {@link close} does, but lets the event loop go on while the disk works, and lets it work on several files at a
   * time. What is left to {@link close} is quick.
   */
  async closeLogs(): Promise<void> {
    this.cleaner.close()
    // The offsets of a deleted partition must not outlive a crash from here on.
    if (this.#deletion !== undefined) this.checkpoint()
    // Recovery points must not be written down before what is below them is on the disk.
    this.#housekeeping.close()
    await Promise.all(this.#online().map((directory) => directory.closeLogs()))
  }

  /**
   * Closes every log, writes the checkpoints and the clean shutdown markers, unlocks. Directories that are offline are left as they are.
   * Closing twice does nothing.
   */
  close(): void {
    this.cleaner.close()
    try {
      for (const log of this.logs()) log.close()
      this.checkpoint()
      for (const directory of this.#directories) directory.markCleanShutdown()
    } finally {
      this.discard()
    }
  }

  /** Lets go of files and locks and writes nothing, as for directories that are removed, or after the death of the process. */
  discard(): void {
    this.#housekeeping.close()
    this.#deletion?.cancel()
    for (const directory of this.#directories) directory.release()
    this.cleaner.close()
    this.#directories = []
  }

  /** Where the log lies, or is to lie. */
  #directoryFor(
    topic: string,
    partition: number,
    topicId: Uuid,
    directoryId: Uuid | undefined,
  ): LogDirectory {
    const online = this.#online()
    if (online.length === 0) throw new Error('the log manager is not open')
    for (const directory of online) {
      const stored = directory.findStored(topic, partition)
      if (stored === undefined) continue
      if (stored.topicId === undefined || stored.topicId === topicId) return directory
      this.#setAside(directory, stored)
    }
    const assigned = online.find((directory) => directory.directoryId === directoryId)
    if (assigned !== undefined) return assigned
    const open = online.filter(({ path }) => !this.#isCordoned(path))
    const candidates = open.length > 0 ? open : online
    const counts = candidates.map(({ partitionCount }) => partitionCount)
    return candidates[counts.indexOf(Math.min(...counts))]!
  }

  #setAside(directory: LogDirectory, stored: StoredPartition): void {
    this.cleaner.forgetStored(stored)
    const renamed = directory.markStray(stored)
    if (renamed === undefined) return
    this.#environment.onWarning(
      `${stored.directory} is no partition of this broker and was renamed to ${renamed}`,
    )
  }

  #isCordoned(path: string): boolean {
    const { cordonedLogDirs } = this.#config
    return cordonedLogDirs.includes(path) || cordonedLogDirs.includes('*')
  }

  #online(): LogDirectory[] {
    return this.#directories.filter(({ isOffline }) => !isOffline)
  }

  #find(key: string): LogDirectory | undefined {
    return this.#directories.find(({ logs }) => logs.has(key))
  }

  #handleFailure(directory: LogDirectory): void {
    if (!this.#directories.includes(directory)) return
    const { path, directoryId, failure } = directory
    const logs = [...directory.logs.values()]
    directory.release()
    directory.logs.clear()
    const wasLast = this.#online().length === 0
    if (directoryId === undefined) return
    const reason = failure!.message
    this.#onDirectoryFailure({ path, directoryId, reason, logs, wasLast })
  }

  #spaceOf(path: string): { totalBytes: number; usableBytes: number } | undefined {
    try {
      return this.#options.fileSystem.space(path)
    } catch (error) {
      if (isStorageError(error)) return undefined
      throw error
    }
  }

  #onTruncated(): void {
    this.cleaner.onTruncated()
    if (this.#options.temporary) return
    this.#writeCheckpoint('recoveryPoint')
    this.#housekeeping.onOffsetsMoved('highWatermark')
    this.#housekeeping.onOffsetsMoved('logStartOffset')
  }

  #writeCheckpoint(kind: OffsetCheckpointKind): void {
    for (const directory of this.#directories) directory.checkpoint(kind)
  }
}

const checkpointKinds: readonly OffsetCheckpointKind[] = [
  'recoveryPoint',
  'logStartOffset',
  'highWatermark',
]
