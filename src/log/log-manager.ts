import type { Timer } from '../platform/clock.ts'
import { afterThisCall } from '../platform/turn.ts'
import type { Uuid } from '../platform/uuid.ts'
import { LogCleaner } from './cleaner/log-cleaner.ts'
import { checkpointKey } from './files/checkpoint-file.ts'
import type { Log } from './log.ts'
import type { LogConfig } from './log-config.ts'
import { OpenFiles } from './segment/open-files.ts'
import type { BrokerLogEnvironment, LogDirectory } from './directory/log-directory.ts'
import { openLogDirectories } from './directory/open-log-directories.ts'
import type { StoredPartition } from './directory/stored-partitions.ts'
import type { OffsetCheckpointKind } from './log-environment.ts'
import { LogHousekeeping } from './log-housekeeping.ts'
import { defaultLogManagerConfig, type LogManagerConfig } from './log-manager-config.ts'
import type {
  LogDirDescription,
  LogDirFailure,
  LogManagerOptions,
  StoredPartitions,
} from './log-manager-types.ts'
import { isStorageError } from './storage-guard.ts'

/**
 * The logs of one broker and their log directories (Kafka's `LogManager`). A directory goes offline
 * after a storage error: its logs answer `KafkaStorageError` at once. They are dropped in the next
 * turn of the event loop, when the listener is notified.
 */
export class LogManager {
  /** Compacts the logs of compacted topics. */
  readonly cleaner: LogCleaner
  readonly #options: LogManagerOptions
  readonly #config: LogManagerConfig
  readonly #environment: BrokerLogEnvironment
  /** The directories that could be opened, in the order of the options. Some may be offline now. */
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
      get verifiesTransactions() {
        return config.verifiesTransactions ?? false
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

  /** The cluster id of the directories, once they are open. */
  get clusterId(): Uuid {
    return this.#directories[0]?.clusterId ?? this.#options.clusterId
  }

  /** Locks and reads the directories. Throws as {@link openLogDirectories} does. */
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

  /** Whether every directory with content was closed cleanly. */
  get hadCleanShutdown(): boolean {
    return this.#directories.every(({ hadCleanShutdown }) => hadCleanShutdown)
  }

  /** Sets the listener for directories that go offline. It is called in a turn of its own. */
  onDirectoryFailure(listener: (failure: LogDirFailure) => void): void {
    this.#onDirectoryFailure = listener
  }

  /**
   * Returns the partitions found by {@link open} that were neither opened nor deleted since; {@link
   * getOrCreate} opens them.
   */
  storedPartitions(): StoredPartition[] {
    return this.#online().flatMap(({ stored }) => stored)
  }

  /** As {@link storedPartitions}, grouped by online directory. */
  storedByDirectory(): StoredPartitions[] {
    return this.#online().map(({ directoryId, hasNewId, stored }) => {
      return { directoryId: directoryId!, hasNewId, partitions: stored }
    })
  }

  /** Renames the directories of stored partitions that do not belong to this broker. */
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

  /** Returns the id of the directory of an open log. */
  directoryIdOf({ topic, partition }: Log): Uuid | undefined {
    return this.#find(checkpointKey(topic, partition))?.directoryId
  }

  /**
   * Returns the log of a partition: open, loaded from the disk, or new and without files. Renames
   * the directory of an earlier topic with the same name.
   *
   * @param directoryId the directory for a new log; default, or if unknown: the one with the fewest
   * logs
   * @throws the error of the operating system if the disk fails, after which the directory is
   * offline, or if all directories are offline already
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

  /**
   * Deletes a log, and its files after `log.segment.delete.delay.ms`. Does nothing if there is
   * none.
   */
  delete(topic: string, partition: number): void {
    const { fileDeleteDelayMs } = this.#config
    const log = this.get(topic, partition)
    if (log !== undefined) this.cleaner.forget(log)
    for (const directory of this.#online()) {
      const stored = directory.findStored(topic, partition)
      if (stored !== undefined) this.cleaner.forgetStored(stored)
      directory.deletePartition(topic, partition, fileDeleteDelayMs)
    }
    // A later partition of the same name must not inherit the checkpointed offsets.
    const { clock, temporary } = this.#options
    if (!temporary) this.#deletion ??= clock.schedule(0, () => this.checkpoint())
  }

  *logs(): Generator<Log, void, undefined> {
    for (const { logs } of this.#directories) yield* logs.values()
  }

  /** Describes all directories, in the order of the options. */
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

  /** Returns the ids of the online directories. */
  onlineDirectoryIds(): Uuid[] {
    return this.#online().map(({ directoryId }) => directoryId!)
  }

  /** Whether a directory that has failed, or cannot be used, may be the one with this id. */
  mayBeOffline(directoryId: Uuid): boolean {
    const online = this.onlineDirectoryIds()
    return online.length < this.#options.logDirs.length && !online.includes(directoryId)
  }

  /** Writes recovery points, log start offsets and high watermarks. */
  checkpoint(): void {
    this.#housekeeping.onCheckpointsWritten()
    this.#deletion?.cancel()
    this.#deletion = undefined
    for (const kind of checkpointKinds) this.#writeCheckpoint(kind)
  }

  /**
   * Closes every log as {@link close} does, but without blocking the event loop, and syncs several
   * files at a time. Leaves little work to {@link close}.
   */
  async closeLogs(): Promise<void> {
    this.cleaner.close()
    // After a crash, a new partition must not inherit the offsets of a deleted one.
    if (this.#deletion !== undefined) this.checkpoint()
    // A recovery point must not be written before the records below it are on the disk.
    this.#housekeeping.close()
    await Promise.all(this.#online().map((directory) => directory.closeLogs()))
  }

  /**
   * Closes every log, writes the checkpoints and the clean shutdown markers, and unlocks the
   * directories. Does not touch offline directories. A second call does nothing.
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

  /**
   * Releases files and locks without writing anything: for directories that are removed, or after
   * the death of the process.
   */
  discard(): void {
    this.#housekeeping.close()
    this.#deletion?.cancel()
    for (const directory of this.#directories) directory.release()
    this.cleaner.close()
    this.#directories = []
  }

  /** Returns the directory that has the log, or the one for a new log. */
  #directoryFor(
    topic: string,
    partition: number,
    topicId: Uuid,
    directoryId: Uuid | undefined,
  ): LogDirectory {
    const online = this.#online()
    if (online.length === 0) {
      throw this.#directories[0]?.failure ?? new Error('the log manager is not open')
    }
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
      `${stored.directory} is not a partition of this broker: renamed it to ${renamed}`,
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
