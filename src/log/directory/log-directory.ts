import { join } from 'node:path'
import type { Timer } from '../../platform/clock.ts'
import { randomUuid, type Uuid } from '../../platform/uuid.ts'
import type { LogIdentity } from '../local-log.ts'
import { Log } from '../log.ts'
import type { LogConfig } from '../log-config.ts'
import type { LogEnvironment, OffsetCheckpointKind } from '../log-environment.ts'
import {
  DELETED_DIRECTORY_SUFFIX,
  METADATA_TOPIC,
  partitionDirectoryName,
  renamedDirectoryName,
  STRAY_DIRECTORY_SUFFIX,
} from '../log-file-names.ts'
import { isStorageError, StorageGuard } from '../storage-guard.ts'
import { checkpointKey } from '../files/checkpoint-file.ts'
import { BackgroundSyncs } from '../files/background-syncs.ts'
import { DeferredSyncs } from './deferred-syncs.ts'
import { readMetaProperties, writeMetaProperties } from '../files/meta-properties.ts'
import { OffsetCheckpoints } from './offset-checkpoints.ts'
import { findStoredPartitions, type StoredPartition } from './stored-partitions.ts'
import { replaceFile } from '../files/small-file.ts'

const CLEAN_SHUTDOWN_FILE = '.kafka_cleanshutdown'
/** Closing a log takes a fraction of a millisecond without syncs. */
const LOGS_PER_TURN = 16

/** The environment that the logs of all directories of a broker share. */
export type BrokerLogEnvironment = Omit<
  LogEnvironment,
  'onStorageFailure' | 'backgroundSyncs' | 'onAppendBelowCheckpoint'
>

/** The parts of a broker that a log directory uses. */
export interface LogDirectoryOptions {
  readonly path: string
  readonly nodeId: number
  /** The environment of the broker's logs. The directory adds its handling of storage errors. */
  readonly environment: BrokerLogEnvironment
  /** Called once when the directory goes offline. Its logs perform no I/O then. */
  readonly onFailure: (directory: LogDirectory) => void
}

/**
 * One of a broker's `log.dirs`: its lock, its `meta.properties`, its checkpoints, its open logs,
 * and the stored partitions that were not opened. After a storage error the directory is offline
 * for good, and nothing in it is used.
 */
export class LogDirectory {
  readonly path: string
  /** The open logs, by {@link checkpointKey}. */
  readonly logs = new Map<string, Log>()
  readonly #options: LogDirectoryOptions
  readonly #environment: LogEnvironment
  readonly #syncs: DeferredSyncs
  readonly #backgroundSyncs: BackgroundSyncs
  readonly #guard: StorageGuard
  readonly #checkpoints: OffsetCheckpoints
  /** The stored partitions that were not opened, by {@link checkpointKey}. */
  readonly #stored: Map<string, StoredPartition>
  readonly #hadCleanShutdown: boolean
  readonly #unlock: () => void
  readonly #removals = new Set<Timer>()
  #clusterId: Uuid | undefined
  #directoryId: Uuid | undefined
  #hasNewId = false
  /** Whether the checkpoint file has a recovery point above the end of a log that lost its end. */
  #isRecoveryPointTooHigh = false
  #failure: Error | undefined
  #isReleased = false

  /** Creates, locks and reads the directory. If it throws, the directory is not locked. */
  constructor(options: LogDirectoryOptions) {
    const { path, environment } = options
    this.path = path
    this.#options = options
    this.#syncs = new DeferredSyncs(environment.fileSystem)
    this.#backgroundSyncs = new BackgroundSyncs(this.#syncs, environment.clock, (error) =>
      this.#guard.fail('flush', error),
    )
    // By prototype, because dynamic configs are getters.
    this.#environment = Object.assign(Object.create(environment) as LogEnvironment, {
      fileSystem: this.#syncs,
      backgroundSyncs: this.#backgroundSyncs,
      onStorageFailure: (error: Error) => this.#goOffline(error),
      onAppendBelowCheckpoint: () => {
        if (this.#isRecoveryPointTooHigh) this.checkpoint('recoveryPoint')
      },
    })
    this.#guard = new StorageGuard(path, this.#environment)
    const { fileSystem } = this.#environment
    fileSystem.makeDirectory(path)
    this.#unlock = fileSystem.lock(path)
    try {
      this.#readMetaProperties()
      const isMarked = fileSystem.exists(join(path, CLEAN_SHUTDOWN_FILE))
      this.#stored = findStoredPartitions(this.#environment, path, isMarked)
      const hasPartitions = this.stored.some(({ topic }) => topic !== METADATA_TOPIC)
      this.#checkpoints = new OffsetCheckpoints(environment, path, isMarked && hasPartitions)
      this.#hadCleanShutdown = this.#stored.size === 0 || isMarked
    } catch (error) {
      this.#unlock()
      throw error
    }
  }

  /** Whether a storage error took it offline. */
  get isOffline(): boolean {
    return this.#failure !== undefined
  }

  /** The storage error that took it offline. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** The number of partitions, open or not, without the controller's log. */
  get partitionCount(): number {
    const hasMetadata = this.logs.has(checkpointKey(METADATA_TOPIC, 0))
    return this.logs.size + this.#stored.size - (hasMetadata ? 1 : 0)
  }

  /** Undefined until the directory is formatted. */
  get clusterId(): Uuid | undefined {
    return this.#clusterId
  }

  /** Undefined until the directory is formatted. */
  get directoryId(): Uuid | undefined {
    return this.#directoryId
  }

  /** The partitions found at the start that were neither opened nor removed since. */
  get stored(): readonly StoredPartition[] {
    return [...this.#stored.values()]
  }

  /** Whether the directory lost its id and has a new one. */
  get hasNewId(): boolean {
    return this.#hasNewId
  }

  /** Whether it was closed cleanly, or has no partitions. */
  get hadCleanShutdown(): boolean {
    return this.#hadCleanShutdown
  }

  /** Takes the directory into use. Gives it the cluster id and a directory id if it has none. */
  begin(clusterId: Uuid): void {
    this.#format(clusterId)
    const { fileSystem, durability } = this.#environment
    const marker = join(this.path, CLEAN_SHUTDOWN_FILE)
    const unmark = () => {
      if (!fileSystem.exists(marker)) return
      fileSystem.remove(marker)
      // After a power failure the marker must not be back: the next start would trust truncated
      // records.
      if (durability === 'synced') fileSystem.syncDirectory(this.path)
    }
    this.#guard.run('begin', unmark, undefined)
  }

  #format(clusterId: Uuid): void {
    if (this.#clusterId !== undefined && this.#directoryId !== undefined) return
    const { fileSystem, random, durability } = this.#environment
    this.#clusterId ??= clusterId
    if (this.#directoryId === undefined && this.#stored.size > 0) {
      this.#hasNewId = true
      this.#environment.onWarning(
        `${join(this.path, 'meta.properties')} has no directory.id, but the directory has partitions: assigned a new id`,
      )
    }
    this.#directoryId ??= randomUuid(random)
    const properties = {
      clusterId: this.#clusterId,
      nodeId: this.#options.nodeId,
      directoryId: this.#directoryId,
    }
    const write = () => writeMetaProperties(fileSystem, this.path, properties, durability)
    this.#guard.run('format', write, undefined)
  }

  /** Whether the controller's log was found here. */
  get hasMetadata(): boolean {
    return this.findStored(METADATA_TOPIC, 0) !== undefined
  }

  findStored(topic: string, partition: number): StoredPartition | undefined {
    return this.#stored.get(checkpointKey(topic, partition))
  }

  /**
   * Opens or begins a log.
   *
   * @throws the error of the operating system; the directory is offline then
   */
  openLog(identity: LogIdentity, config: LogConfig): Log {
    const { topic, partition } = identity
    const location = {
      directory: join(this.path, partitionDirectoryName(topic, partition)),
      hadCleanShutdown: this.#hadCleanShutdown,
      ...this.#checkpoints.of(topic, partition),
    }
    try {
      const log = new Log(identity, config, this.#environment, location)
      if (this.findStored(topic, partition)?.topicId === undefined)
        log.files.writePartitionMetadata()
      this.#stored.delete(checkpointKey(topic, partition))
      this.logs.set(checkpointKey(topic, partition), log)
      // Written before the first append: after a power failure there may be thousands of such logs.
      if (log.durability.recoveryPoint < location.recoveryPoint) this.#isRecoveryPointTooHigh = true
      return log
    } catch (error) {
      if (isStorageError(error)) this.#guard.fail(`open ${topic}-${partition} in`, error)
      throw error
    }
  }

  /**
   * Deletes a partition (Kafka's `LogManager.asyncDelete`). Renames its directory at once, so that
   * a crash leaves no half of it under its name, and removes it after the delay.
   */
  deletePartition(topic: string, partition: number, delayMs: number): void {
    const { clock, fileSystem } = this.#environment
    this.logs.get(checkpointKey(topic, partition))?.closeFiles()
    const renamed = this.#takeAway(topic, partition, DELETED_DIRECTORY_SUFFIX)
    if (renamed === undefined) return
    const timer = clock.schedule(delayMs, () => {
      this.#removals.delete(timer)
      this.#guard.run('remove deleted partitions from', () => fileSystem.remove(renamed), undefined)
    })
    this.#removals.add(timer)
  }

  /**
   * Renames the directory of a partition that does not belong to the broker, and keeps its files.
   * Returns the new path.
   */
  markStray({ topic, partition }: StoredPartition): string | undefined {
    return this.#takeAway(topic, partition, STRAY_DIRECTORY_SUFFIX)
  }

  /** Writes one checkpoint file. */
  checkpoint(kind: OffsetCheckpointKind): void {
    const write = () => {
      this.#checkpoints.write(kind, this.logs.values())
      if (kind === 'recoveryPoint') this.#isRecoveryPointTooHigh = false
    }
    this.#guard.run('checkpoint', write, undefined)
  }

  /**
   * Closes the logs, and syncs their files without blocking the event loop, several at a time. If
   * that fails, the directory goes offline. Recovery points must not be written before it resolves.
   * No sync of the directory is under way afterwards.
   */
  async closeLogs(): Promise<void> {
    const lastSyncs = this.#backgroundSyncs.close()
    this.#syncs.defer()
    let closed = 0
    for (const log of this.logs.values()) {
      if (++closed % LOGS_PER_TURN === 0) await this.#environment.turn.next()
      log.close()
    }
    try {
      await this.#syncs.run()
    } catch (error) {
      this.#guard.fail('flush', error)
    }
    await lastSyncs
  }

  /** Writes the clean shutdown marker, unless logs that may need recovery were never opened. */
  markCleanShutdown(): void {
    if (!this.#hadCleanShutdown && this.#stored.size > 0) return
    const { fileSystem, durability } = this.#environment
    const content = JSON.stringify({ version: 0, brokerEpoch: -1 })
    const path = join(this.path, CLEAN_SHUTDOWN_FILE)
    const write = () => replaceFile(fileSystem, path, content, durability)
    this.#guard.run('mark the shutdown of', write, undefined)
  }

  /** Releases all files and the lock, without writing anything. A second call does nothing. */
  release(): void {
    if (this.#isReleased) return
    this.#isReleased = true
    void this.#backgroundSyncs.close()
    for (const timer of this.#removals) timer.cancel()
    this.#removals.clear()
    for (const log of this.logs.values()) this.#attempt(() => log.closeFiles())
    this.#attempt(this.#unlock)
  }

  #goOffline(error: Error): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    this.#guard.markOffline()
    for (const log of this.logs.values()) log.markOffline()
    this.#options.onFailure(this)
  }

  /** Runs an action. Ignores storage errors of a disk that has failed before. */
  #attempt(action: () => void): void {
    try {
      action()
    } catch (error) {
      if (!this.isOffline || !isStorageError(error)) throw error
    }
  }

  /**
   * Removes the partition and renames its directory. Returns the new path, or undefined if there is
   * none.
   */
  #takeAway(topic: string, partition: number, suffix: string): string | undefined {
    const { fileSystem, random } = this.#environment
    const key = checkpointKey(topic, partition)
    this.logs.delete(key)
    this.#stored.delete(key)
    this.#checkpoints.forget(topic, partition)
    const rename = (): string | undefined => {
      const directory = join(this.path, partitionDirectoryName(topic, partition))
      if (!fileSystem.isDirectory(directory)) return undefined
      const id = Buffer.from(random.bytes(16)).toString('hex')
      const renamed = join(this.path, renamedDirectoryName(topic, partition, id, suffix))
      fileSystem.rename(directory, renamed)
      return renamed
    }
    return this.#guard.run(`rename ${topic}-${partition} in`, rename, undefined)
  }

  #readMetaProperties(): void {
    const { nodeId } = this.#options
    const properties = readMetaProperties(this.#environment.fileSystem, this.path)
    if (properties === undefined) return
    if (properties.nodeId !== nodeId) {
      throw new Error(
        `the data directory ${this.path} belongs to broker ${properties.nodeId}, not to broker ${nodeId}`,
      )
    }
    this.#clusterId = properties.clusterId
    this.#directoryId = properties.directoryId
  }
}
