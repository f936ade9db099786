import { join } from 'node:path'
import type { FileSystem } from '../../platform/file-system.ts'
import type { Random } from '../../platform/random.ts'
import { randomUuid, type Uuid } from '../../platform/uuid.ts'
import {
  checkpointKey,
  type OffsetCheckpoint,
  readOffsetCheckpoint,
  writeOffsetCheckpoint,
} from './checkpoint-file.ts'
import type { Log, LogCheckpoints } from '../log.ts'
import {
  DELETED_DIRECTORY_SUFFIX,
  deletedDirectoryName,
  partitionDirectoryName,
  partitionOfDirectoryName,
} from '../log-file-names.ts'
import type { OffsetCheckpointKind } from '../log-environment.ts'
import { readMetaProperties, writeMetaProperties } from './meta-properties.ts'
import { readPartitionMetadata } from './partition-metadata.ts'
import { type Durability, replaceFile } from './small-file.ts'

const CLEAN_SHUTDOWN_FILE = '.kafka_cleanshutdown'
const RECOVERY_POINT_FILE = 'recovery-point-offset-checkpoint'
const LOG_START_OFFSET_FILE = 'log-start-offset-checkpoint'
const HIGH_WATERMARK_FILE = 'replication-offset-checkpoint'

/** A partition's directory as it was found when the broker started. */
export interface StoredPartition {
  readonly topic: string
  readonly partition: number
  /** From `partition.metadata`; undefined when that file is not there. */
  readonly topicId: Uuid | undefined
  readonly directory: string
}

/** What a log directory has to know of its broker. */
export interface LogDirectoryOptions {
  readonly path: string
  readonly fileSystem: FileSystem
  readonly random: Random
  readonly durability: Durability
  readonly nodeId: number
  /** Told of files that cannot be read and are done without. */
  readonly onWarning: (message: string) => void
}

/** One of a broker's `log.dirs`: its lock, what it is formatted with, its checkpoints, and the partitions found in it. */
export class LogDirectory {
  readonly path: string
  readonly #options: LogDirectoryOptions
  readonly #recoveryPoints: OffsetCheckpoint
  readonly #logStartOffsets: OffsetCheckpoint
  readonly #highWatermarks: OffsetCheckpoint
  readonly #stored = new Map<string, StoredPartition>()
  readonly #hadCleanShutdown: boolean
  readonly #unlock: () => void
  #clusterId: Uuid | undefined
  #directoryId: Uuid | undefined

  /** Makes, locks and reads the directory; it stays unlocked when that throws. */
  constructor(options: LogDirectoryOptions) {
    const { path, fileSystem } = options
    this.path = path
    this.#options = options
    fileSystem.makeDirectory(path)
    this.#unlock = fileSystem.lock(path)
    try {
      this.#readMetaProperties()
      this.#recoveryPoints = this.#readCheckpoint(RECOVERY_POINT_FILE)
      this.#logStartOffsets = this.#readCheckpoint(LOG_START_OFFSET_FILE)
      this.#highWatermarks = this.#readCheckpoint(HIGH_WATERMARK_FILE)
      this.#findPartitions()
      const marker = join(path, CLEAN_SHUTDOWN_FILE)
      this.#hadCleanShutdown = this.#stored.size === 0 || fileSystem.exists(marker)
      fileSystem.remove(marker)
    } catch (error) {
      this.#unlock()
      throw error
    }
  }

  /** Undefined until the directory is formatted. */
  get clusterId(): Uuid | undefined {
    return this.#clusterId
  }

  /** Undefined until the directory is formatted. */
  get directoryId(): Uuid | undefined {
    return this.#directoryId
  }

  get stored(): Iterable<StoredPartition> {
    return this.#stored.values()
  }

  /** Makes the directory the cluster's, if it is new or has no id yet. */
  format(clusterId: Uuid): void {
    if (this.#clusterId !== undefined && this.#directoryId !== undefined) return
    const { fileSystem, nodeId, random, durability } = this.#options
    this.#clusterId ??= clusterId
    this.#directoryId ??= randomUuid(random)
    const properties = { clusterId: this.#clusterId, nodeId, directoryId: this.#directoryId }
    writeMetaProperties(fileSystem, this.path, properties, durability)
  }

  isStored(topic: string, partition: number): boolean {
    return this.#stored.has(checkpointKey(topic, partition))
  }

  /** What is known of a log that is about to be opened; from now on it is not a stored one any more. */
  take(topic: string, partition: number): LogCheckpoints {
    const key = checkpointKey(topic, partition)
    this.#stored.delete(key)
    return {
      directory: join(this.path, partitionDirectoryName(topic, partition)),
      hadCleanShutdown: this.#hadCleanShutdown,
      recoveryPoint: this.#recoveryPoints.get(key) ?? 0,
      logStartOffset: this.#logStartOffsets.get(key) ?? 0,
      highWatermark: this.#highWatermarks.get(key) ?? 0,
    }
  }

  /** Removes the files of a partition; renamed first, so that a crash does not leave half of them under its name. */
  removePartition(topic: string, partition: number): void {
    const { fileSystem, random } = this.#options
    const key = checkpointKey(topic, partition)
    this.#stored.delete(key)
    for (const offsets of [this.#recoveryPoints, this.#logStartOffsets, this.#highWatermarks]) {
      offsets.delete(key)
    }
    const directory = join(this.path, partitionDirectoryName(topic, partition))
    if (!fileSystem.isDirectory(directory)) return
    const id = Buffer.from(random.bytes(16)).toString('hex')
    const renamed = join(this.path, deletedDirectoryName(topic, partition, id))
    fileSystem.rename(directory, renamed)
    fileSystem.remove(renamed)
  }

  /** Writes down one kind of the logs' offsets; what is known of logs that were not opened stays. */
  checkpoint(kind: OffsetCheckpointKind, logs: readonly Log[]): void {
    const { file, offsets, offsetOf } = this.#checkpointOf(kind)
    for (const log of logs) {
      if (!log.isOnDisk) continue
      const key = checkpointKey(log.topic, log.partition)
      const offset = offsetOf(log)
      if (offset === undefined) offsets.delete(key)
      else offsets.set(key, offset)
    }
    this.#writeCheckpoint(file, offsets)
  }

  /** Says that all files are whole, unless logs that may not be were never opened. */
  markCleanShutdown(): void {
    if (!this.#hadCleanShutdown && this.#stored.size > 0) return
    const { fileSystem, durability } = this.#options
    const content = JSON.stringify({ version: 0, brokerEpoch: -1 })
    replaceFile(fileSystem, join(this.path, CLEAN_SHUTDOWN_FILE), content, durability)
  }

  unlock(): void {
    this.#unlock()
  }

  #readMetaProperties(): void {
    const { fileSystem, nodeId } = this.#options
    const properties = readMetaProperties(fileSystem, this.path)
    if (properties === undefined) return
    if (properties.nodeId !== nodeId) {
      throw new Error(
        `the data directory ${this.path} belongs to broker ${properties.nodeId}, not to broker ${nodeId}`,
      )
    }
    this.#clusterId = properties.clusterId
    this.#directoryId = properties.directoryId
  }

  #findPartitions(): void {
    const { fileSystem } = this.#options
    for (const name of fileSystem.list(this.path)) {
      const directory = join(this.path, name)
      if (name.endsWith(DELETED_DIRECTORY_SUFFIX)) {
        fileSystem.remove(directory)
        continue
      }
      const found = partitionOfDirectoryName(name)
      if (found === undefined || !fileSystem.isDirectory(directory)) continue
      const topicId = readPartitionMetadata(fileSystem, directory)
      this.#stored.set(checkpointKey(found.topic, found.partition), {
        ...found,
        topicId,
        directory,
      })
    }
  }

  #checkpointOf(kind: OffsetCheckpointKind): {
    file: string
    offsets: OffsetCheckpoint
    offsetOf: (log: Log) => number | undefined
  } {
    switch (kind) {
      case 'recoveryPoint':
        return {
          file: RECOVERY_POINT_FILE,
          offsets: this.#recoveryPoints,
          offsetOf: (log) => log.recoveryPoint,
        }
      case 'logStartOffset':
        return {
          file: LOG_START_OFFSET_FILE,
          offsets: this.#logStartOffsets,
          offsetOf: ({ logStartOffset, segments }) =>
            logStartOffset > segments[0]!.baseOffset ? logStartOffset : undefined,
        }
      case 'highWatermark':
        return {
          file: HIGH_WATERMARK_FILE,
          offsets: this.#highWatermarks,
          offsetOf: (log) => log.highWatermark,
        }
    }
  }

  /** Without it logs are only opened more slowly. */
  #readCheckpoint(name: string): OffsetCheckpoint {
    try {
      return readOffsetCheckpoint(this.#options.fileSystem, join(this.path, name))
    } catch (error) {
      this.#options.onWarning(`done without a checkpoint: ${String(error)}`)
      return new Map()
    }
  }

  #writeCheckpoint(name: string, offsets: OffsetCheckpoint): void {
    const { fileSystem, durability } = this.#options
    writeOffsetCheckpoint(fileSystem, join(this.path, name), offsets, durability)
  }
}
