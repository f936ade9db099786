import { basename, join } from 'node:path'
import { OdradekError } from '../platform/odradek-error.ts'
import type { FileSystem } from '../platform/file-system.ts'
import type { Uuid } from '../platform/uuid.ts'
import {
  METADATA_TOPIC,
  offsetOfFileName,
  partitionOfDirectoryName,
  SegmentFile,
} from '../log/log-file-names.ts'
import { checkpointKey, readOffsetCheckpoint } from '../log/directory/checkpoint-file.ts'
import { readPartitionMetadata } from '../log/directory/partition-metadata.ts'
import { isInternalTopic } from '../broker/internal-topics.ts'

/** A partition's directory somewhere on the disk. */
export interface FoundPartition {
  readonly topic: string
  readonly partition: number
  readonly directory: string
  readonly topicId: Uuid | undefined
  /** From the checkpoints beside the directory, where there are any. */
  readonly recoveryPoint: number | undefined
  readonly logStartOffset: number | undefined
  /** Whether the directory it lies in says that the broker stopped cleanly. */
  readonly hadCleanShutdown: boolean
}

/**
 * The partitions in a directory: itself, or those in it when it is a data directory, or those of the brokers when it is
 * a data directory of Odradek. Kafka's own topics are passed over in a data directory, unless they are asked for.
 *
 * @param isAskedFor whether a topic is asked for by its name
 * @throws OdradekError `DATA_DIRECTORY_UNUSABLE` when there is no partition, or it is one of Kafka's own topics
 */
export function findPartitions(
  fileSystem: FileSystem,
  path: string,
  isAskedFor: (topic: string) => boolean,
): FoundPartition[] {
  if (!fileSystem.isDirectory(path)) throw unusable(`There is no directory ${path}`)
  const own = partitionOfDirectoryName(basename(path))
  if (own !== undefined && holdsPartition(fileSystem, path)) {
    return [new Parent(fileSystem, join(path, '..')).partition(path, own)]
  }
  const found = partitionsIn(fileSystem, path, isAskedFor)
  if (found.length > 0) return found
  const ofBrokers = subdirectories(fileSystem, path)
    .filter((directory) => fileSystem.exists(join(directory, 'meta.properties')))
    .flatMap((directory) => partitionsIn(fileSystem, directory, isAskedFor))
  if (ofBrokers.length > 0) return ofBrokers
  throw unusable(
    `There is no partition in ${path}: name the directory of one, such as orders-0 with its .log files in it, or the directory that it lies in`,
  )
}

function partitionsIn(
  fileSystem: FileSystem,
  directory: string,
  isAskedFor: (topic: string) => boolean,
): FoundPartition[] {
  const parent = new Parent(fileSystem, directory)
  return subdirectories(fileSystem, directory).flatMap((path) => {
    const name = partitionOfDirectoryName(basename(path))
    if (name === undefined) return []
    if (isKafkasOwn(name.topic) && !isAskedFor(name.topic)) return []
    return [parent.partition(path, name)]
  })
}

/** Whether a topic holds what Kafka keeps for itself, which nobody but a coordinator or controller serves. */
export function isKafkasOwn(topic: string): boolean {
  return isInternalTopic(topic) || topic === METADATA_TOPIC
}

function holdsPartition(fileSystem: FileSystem, path: string): boolean {
  return fileSystem
    .list(path)
    .some(
      (name) =>
        offsetOfFileName(name, SegmentFile.Log) !== undefined ||
        name === 'partition.metadata' ||
        name === 'leader-epoch-checkpoint',
    )
}

function subdirectories(fileSystem: FileSystem, path: string): string[] {
  return fileSystem
    .list(path)
    .map((name) => join(path, name))
    .filter((each) => fileSystem.isDirectory(each))
}

/** The directory that a partition's lies in: what its checkpoints know. */
class Parent {
  readonly #fileSystem: FileSystem
  readonly #directory: string
  readonly #recoveryPoints: ReadonlyMap<string, number>
  readonly #logStartOffsets: ReadonlyMap<string, number>

  constructor(fileSystem: FileSystem, directory: string) {
    this.#fileSystem = fileSystem
    this.#directory = directory
    this.#recoveryPoints = this.#checkpoint('recovery-point-offset-checkpoint')
    this.#logStartOffsets = this.#checkpoint('log-start-offset-checkpoint')
  }

  partition(
    directory: string,
    { topic, partition }: { topic: string; partition: number },
  ): FoundPartition {
    const key = checkpointKey(topic, partition)
    return {
      topic,
      partition,
      directory,
      topicId: this.#topicId(directory),
      recoveryPoint: this.#recoveryPoints.get(key),
      logStartOffset: this.#logStartOffsets.get(key),
      hadCleanShutdown:
        this.#recoveryPoints.has(key) &&
        this.#fileSystem.exists(join(this.#directory, '.kafka_cleanshutdown')),
    }
  }

  #topicId(directory: string): Uuid | undefined {
    try {
      return readPartitionMetadata(this.#fileSystem, directory)
    } catch {
      return undefined
    }
  }

  /** Without it the log is only opened more slowly, or begins with its first segment. */
  #checkpoint(name: string): ReadonlyMap<string, number> {
    try {
      return readOffsetCheckpoint(this.#fileSystem, join(this.#directory, name))
    } catch {
      return new Map()
    }
  }
}

/** Why directories cannot be opened. */
export function unusable(message: string): OdradekError {
  return new OdradekError('DATA_DIRECTORY_UNUSABLE', message)
}
