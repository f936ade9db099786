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
  partitionOfDirectoryName,
  renamedDirectoryName,
  STRAY_DIRECTORY_SUFFIX,
} from '../log-file-names.ts'
import { isStorageError, StorageGuard } from '../storage-guard.ts'
import { checkpointKey } from '../files/checkpoint-file.ts'
import { BackgroundSyncs } from '../files/background-syncs.ts'
import { DeferredSyncs } from './deferred-syncs.ts'
import { readMetaProperties, writeMetaProperties } from '../files/meta-properties.ts'
import { OffsetCheckpoints } from './offset-checkpoints.ts'
import { readPartitionMetadata } from '../files/partition-metadata.ts'
import { replaceFile } from '../files/small-file.ts'

const CLEAN_SHUTDOWN_FILE = '.kafka_cleanshutdown'
/** To close a log takes a fraction of a millisecond while nothing is forced to the disk. */
const LOGS_PER_TURN = 16

/** A partition's directory as it was found when the broker started. */
export interface StoredPartition {
  readonly topic: string
  readonly partition: number
  /** From `partition.metadata`; undefined when that file is not there, or not what it should be. */
  readonly topicId: Uuid | undefined
  readonly directory: string
  /** If not, its `partition.metadata` may not have reached the disk when its records did. */
  readonly hadCleanShutdown: boolean
}

/** What the logs of all directories of a broker share. */
export type BrokerLogEnvironment = Omit<
  LogEnvironment,
  'onStorageFailure' | 'backgroundSyncs' | 'onAppendBelowCheckpoint'
>

/** What a log directory has to know of its broker. */
export interface LogDirectoryOptions {
  readonly path: string
  readonly nodeId: number
  /** Of the broker's logs; what happens when storage fails is added here. */
  readonly environment: BrokerLogEnvironment
  /** Told once that the directory has gone offline; its logs leave the disk alone by then. */
  readonly onFailure: (directory: LogDirectory) => void
}

/**
 * One of a broker's `log.dirs`: its lock, what it is formatted with, its checkpoints, the logs in it and the partitions found in it that
 * were not opened. When an operation on any file of it fails it goes offline for good: nothing in it is touched any more.
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
  readonly #stored = new Map<string, StoredPartition>()
  readonly #hadCleanShutdown: boolean
  readonly #unlock: () => void
  readonly #removals = new Set<Timer>()
  #clusterId: Uuid | undefined
  #directoryId: Uuid | undefined
  #hasNewId = false
  /** Whether the checkpoint file has the recovery point of a log that lost its end, and so is too high. */
  #isRecoveryPointTooHigh = false
  #failure: Error | undefined

  /** Makes, locks and reads the directory; it stays unlocked when that throws. */
  constructor(options: LogDirectoryOptions) {
    const { path, environment } = options
    this.path = path
    this.#options = options
    this.#syncs = new DeferredSyncs(environment.fileSystem)
    this.#backgroundSyncs = new BackgroundSyncs(this.#syncs, environment.clock, (error) =>
      this.#guard.fail('flush', error),
    )
    // By prototype, since what may change is got when it is used.
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
      this.#findPartitions(isMarked)
      const hasPartitions = this.stored.some(({ topic }) => topic !== METADATA_TOPIC)
      this.#checkpoints = new OffsetCheckpoints(environment, path, isMarked && hasPartitions)
      this.#hadCleanShutdown = this.#stored.size === 0 || isMarked
    } catch (error) {
      this.#unlock()
      throw error
    }
  }

  /** Whether the disk has failed it. */
  get isOffline(): boolean {
    return this.#failure !== undefined
  }

  /** What it went offline over. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** How many partitions lie here, opened or not; the controller's own log does not count. */
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

  /** What was found here and has been neither opened nor taken away since. */
  get stored(): readonly StoredPartition[] {
    return [...this.#stored.values()]
  }

  /** Whether the id that its partitions were known by is lost, and it has a new one. */
  get hasNewId(): boolean {
    return this.#hasNewId
  }

  /** Whether it was closed cleanly before, or holds nothing. */
  get hadCleanShutdown(): boolean {
    return this.#hadCleanShutdown
  }

  /** Takes the directory into use, which is the cluster's from now on if it is new or has no id yet. */
  begin(clusterId: Uuid): void {
    this.#format(clusterId)
    const { fileSystem, durability } = this.#environment
    const marker = join(this.path, CLEAN_SHUTDOWN_FILE)
    const unmark = () => {
      if (!fileSystem.exists(marker)) return
      fileSystem.remove(marker)
      // A power failure must not bring it back: the next start would trust records that were cut off.
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
        `${join(this.path, 'meta.properties')} has no directory.id, though partitions are there: it gets a new one`,
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

  /** Opens the log, or begins it. When the disk does not let it, the directory goes offline and the system's error is thrown. */
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
   * Forgets a partition; its directory is renamed at once, so that a crash does not leave half of it under its name, and removed after
   * the delay (Kafka's `LogManager.asyncDelete`).
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

  /** Puts a partition aside that is none of the broker's; its files stay, for whoever misses them. Returns where they are now. */
  markStray({ topic, partition }: StoredPartition): string | undefined {
    return this.#takeAway(topic, partition, STRAY_DIRECTORY_SUFFIX)
  }

  /** Writes down one kind of the logs' offsets. */
  checkpoint(kind: OffsetCheckpointKind): void {
    const write = () => {
      this.#checkpoints.write(kind, this.logs.values())
      if (kind === 'recoveryPoint') this.#isRecoveryPointTooHigh = false
    }
    this.#guard.run('checkpoint', write, undefined)
  }

  /**
   * Closes the logs. What they leave is forced to the disk off the event loop, several files at a time; where that fails the directory
   * goes offline. Their recovery points must not be written down before.
   */
  async closeLogs(): Promise<void> {
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
  }

  /** Says that all files are whole, unless logs that may not be were never opened. */
  markCleanShutdown(): void {
    if (!this.#hadCleanShutdown && this.#stored.size > 0) return
    const { fileSystem, durability } = this.#environment
    const content = JSON.stringify({ version: 0, brokerEpoch: -1 })
    const path = join(this.path, CLEAN_SHUTDOWN_FILE)
    const write = () => replaceFile(fileSystem, path, content, durability)
    this.#guard.run('mark the shutdown of', write, undefined)
  }

  /** Lets go of all files and of the lock, and writes nothing. */
  release(): void {
    this.#backgroundSyncs.close()
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

  /** A disk that has failed may not even let go. */
  #attempt(action: () => void): void {
    try {
      action()
    } catch (error) {
      if (!this.isOffline || !isStorageError(error)) throw error
    }
  }

  /** Forgets the partition and renames its directory; `undefined` when there is none. */
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

  /** What a deletion left over is removed now: whoever waited for it has waited. */
  #findPartitions(hadCleanShutdown: boolean): void {
    const { fileSystem } = this.#environment
    for (const name of fileSystem.list(this.path)) {
      const directory = join(this.path, name)
      if (name.endsWith(DELETED_DIRECTORY_SUFFIX)) {
        fileSystem.remove(directory)
        continue
      }
      const found = partitionOfDirectoryName(name)
      if (found === undefined || !fileSystem.isDirectory(directory)) continue
      const topicId = this.#readTopicId(directory)
      const stored = { ...found, topicId, directory, hadCleanShutdown }
      this.#stored.set(checkpointKey(found.topic, found.partition), stored)
    }
  }

  /** One partition that cannot tell whose it is does not keep the others from being served. */
  #readTopicId(directory: string): Uuid | undefined {
    try {
      return readPartitionMetadata(this.#environment.fileSystem, directory)
    } catch (error) {
      if (isStorageError(error)) throw error
      this.#environment.onWarning(`done without a topic id: ${String(error)}`)
      return undefined
    }
  }
}
