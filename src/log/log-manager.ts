import type { Clock } from '../platform/clock.ts'
import type { FileSystem } from '../platform/file-system.ts'
import type { Random } from '../platform/random.ts'
import type { Uuid } from '../platform/uuid.ts'
import { checkpointKey } from './directory/checkpoint-file.ts'
import { Log } from './log.ts'
import type { LogConfig } from './log-config.ts'
import { OpenFiles } from './open-files.ts'
import { LogDirectory, type StoredPartition } from './directory/log-directory.ts'
import type { LogEnvironment, OffsetCheckpointKind } from './log-environment.ts'
import { LogHousekeeping } from './log-housekeeping.ts'
import { defaultLogManagerConfig, type LogManagerConfig } from './log-manager-config.ts'

export interface LogManagerOptions {
  /** At least one; made when they are not there. */
  readonly logDirs: readonly string[]
  readonly fileSystem: FileSystem
  readonly clock: Clock
  readonly random: Random
  readonly brokerId: number
  /** What new directories are formatted with. A formatted one keeps its own: see {@link LogManager.clusterId}. */
  readonly clusterId: Uuid
  /** The directories go away with the cluster: nothing is forced to the disk, and checkpoints are written at close only. Default false. */
  readonly temporary?: boolean
  /** Default {@link defaultLogManagerConfig}. */
  readonly config?: LogManagerConfig
  /** Told about what had to be repaired; default nobody. */
  readonly onWarning?: (message: string) => void
}

/** One of the broker's log directories, for DescribeLogDirs. */
export interface LogDirDescription {
  readonly path: string
  readonly directoryId: Uuid
  readonly totalBytes: number
  readonly usableBytes: number
  readonly logs: readonly Log[]
}

/** The logs of one broker and the directories they lie in (Kafka's `LogManager`). */
export class LogManager {
  readonly #options: LogManagerOptions
  readonly #environment: LogEnvironment
  readonly #logs = new Map<string, { log: Log; directory: LogDirectory }>()
  #directories: LogDirectory[] = []
  readonly #housekeeping: LogHousekeeping

  constructor(options: LogManagerOptions) {
    if (options.logDirs.length === 0)
      throw new RangeError('a broker has at least one log directory')
    this.#options = options
    const { fileSystem, clock, random, temporary = false } = options
    const config = options.config ?? defaultLogManagerConfig
    this.#housekeeping = new LogHousekeeping({
      clock,
      config,
      logs: () => this.logs(),
      writeCheckpoint: (kind) => this.#writeCheckpoint(kind),
      temporary,
    })
    this.#environment = {
      fileSystem,
      clock,
      openFiles: new OpenFiles(),
      random,
      durability: temporary ? 'pageCache' : 'synced',
      get producerIdExpirationMs() {
        return config.producerIdExpirationMs
      },
      onOffsetsMoved: (kind) => this.#housekeeping.onOffsetsMoved(kind),
      onTruncated: temporary ? () => {} : () => this.#onTruncated(),
      onStorageFailure: () => {},
      onWarning: options.onWarning ?? (() => {}),
    }
  }

  /** The id that the directories are formatted with; known once they are open. */
  get clusterId(): Uuid {
    return this.#directories[0]?.clusterId ?? this.#options.clusterId
  }

  /**
   * Locks and reads the directories. Throws `ELOCKED` when another cluster holds one, and an `Error` when one belongs to another
   * broker or they belong to different clusters. On a throw nothing stays locked.
   */
  open(): void {
    const { logDirs, fileSystem, random, brokerId } = this.#options
    const { durability, onWarning } = this.#environment
    try {
      for (const path of logDirs) {
        const options = { path, fileSystem, random, durability, nodeId: brokerId, onWarning }
        this.#directories.push(new LogDirectory(options))
      }
      this.#formatDirectories()
      this.#housekeeping.start()
    } catch (error) {
      for (const directory of this.#directories) directory.unlock()
      this.#directories = []
      throw error
    }
  }

  /** What was on disk at {@link open} and has neither been asked for nor deleted since; {@link getOrCreate} opens it. */
  storedPartitions(): StoredPartition[] {
    return this.#directories.flatMap(({ stored }) => [...stored])
  }

  get(topic: string, partition: number): Log | undefined {
    return this.#logs.get(checkpointKey(topic, partition))?.log
  }

  /**
   * The log, opened from disk when it is there, else a new and empty one without files. Files of an earlier topic of the same name are
   * removed.
   */
  getOrCreate(topic: string, partition: number, topicId: Uuid, config: LogConfig): Log {
    const found = this.get(topic, partition)
    if (found !== undefined) return found
    const directory = this.#directoryFor(topic, partition, topicId)
    const checkpoints = directory.take(topic, partition)
    const log = new Log({ topic, partition, topicId }, config, this.#environment, checkpoints)
    this.#logs.set(checkpointKey(topic, partition), { log, directory })
    return log
  }

  /** Forgets the log and removes its files; nothing happens when there is none. */
  delete(topic: string, partition: number): void {
    const key = checkpointKey(topic, partition)
    this.#logs.get(key)?.log.closeFiles()
    this.#logs.delete(key)
    for (const directory of this.#directories) directory.removePartition(topic, partition)
  }

  *logs(): Generator<Log, void, undefined> {
    for (const { log } of this.#logs.values()) yield log
  }

  logDirs(): LogDirDescription[] {
    return this.#directories.map((directory) => ({
      path: directory.path,
      directoryId: directory.directoryId!,
      ...this.#options.fileSystem.space(directory.path),
      logs: this.#logsIn(directory),
    }))
  }

  /** Writes recovery points, log start offsets and high watermarks. */
  checkpoint(): void {
    this.#housekeeping.onCheckpointsWritten()
    for (const kind of checkpointKinds) this.#writeCheckpoint(kind)
  }

  /** Closes every log, writes the checkpoints and the clean shutdown marker, unlocks. Closing twice does nothing. */
  close(): void {
    const directories = this.#directories
    try {
      for (const { log } of this.#logs.values()) log.close()
      this.checkpoint()
      for (const directory of directories) directory.markCleanShutdown()
    } finally {
      this.discard()
    }
  }

  /** Lets go of files and locks and writes nothing, as for directories that are removed, or after the death of the process. */
  discard(): void {
    this.#housekeeping.close()
    for (const { log } of this.#logs.values()) log.closeFiles()
    for (const directory of this.#directories) directory.unlock()
    this.#logs.clear()
    this.#directories = []
  }

  #formatDirectories(): void {
    const formatted = this.#directories.filter(({ clusterId }) => clusterId !== undefined)
    const clusterId = formatted[0]?.clusterId ?? this.#options.clusterId
    const other = formatted.find((directory) => directory.clusterId !== clusterId)
    if (other !== undefined) {
      throw new Error(
        `the data directory ${other.path} belongs to cluster ${other.clusterId}, not to cluster ${clusterId}`,
      )
    }
    for (const directory of this.#directories) directory.format(clusterId)
  }

  /** Where the log lies, or the directory with the fewest logs. */
  #directoryFor(topic: string, partition: number, topicId: Uuid): LogDirectory {
    if (this.#directories.length === 0) throw new Error('the log manager is not open')
    for (const directory of this.#directories) {
      for (const stored of directory.isStored(topic, partition) ? directory.stored : []) {
        if (stored.topic !== topic || stored.partition !== partition) continue
        if (stored.topicId === undefined || stored.topicId === topicId) return directory
        this.#environment.onWarning(
          `removed ${stored.directory}, which is of the topic ${stored.topicId}, not of ${topicId}`,
        )
        directory.removePartition(topic, partition)
      }
    }
    if (this.#directories.length === 1) return this.#directories[0]!
    const counts = this.#directories.map((directory) => this.#logsIn(directory).length)
    return this.#directories[counts.indexOf(Math.min(...counts))]!
  }

  #logsIn(directory: LogDirectory): Log[] {
    const logs: Log[] = []
    for (const entry of this.#logs.values()) if (entry.directory === directory) logs.push(entry.log)
    return logs
  }

  #onTruncated(): void {
    this.#writeCheckpoint('recoveryPoint')
    this.#housekeeping.onOffsetsMoved('highWatermark')
    this.#housekeeping.onOffsetsMoved('logStartOffset')
  }

  #writeCheckpoint(kind: OffsetCheckpointKind): void {
    for (const directory of this.#directories) directory.checkpoint(kind, this.#logsIn(directory))
  }
}

const checkpointKinds: readonly OffsetCheckpointKind[] = [
  'recoveryPoint',
  'logStartOffset',
  'highWatermark',
]
