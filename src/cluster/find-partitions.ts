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
import { checkpointKey, readOffsetCheckpoint } from '../log/files/checkpoint-file.ts'
import { readPartitionMetadata } from '../log/files/partition-metadata.ts'
import { isInternalTopic } from '../broker/internal-topics.ts'
import { sizeOf } from './file-size.ts'
import {
  isArchive,
  looselyNamedPartition,
  misnamedSegment,
  setAsideDirectory,
} from './misplaced-files.ts'
import type { OpenProblem } from './open-problem.ts'

/** The directory of a partition. */
export interface FoundPartition {
  readonly topic: string
  readonly partition: number
  readonly directory: string
  /** Whether the directory was given directly, not found in another one. */
  readonly isNamed: boolean
  readonly topicId: Uuid | undefined
  /** From the checkpoints in the parent directory, if they exist. */
  readonly recoveryPoint: number | undefined
  readonly logStartOffset: number | undefined
  /** Whether the parent directory has a cleaner checkpoint of the partition. */
  readonly isCompacted: boolean
  /** Whether the parent directory has a clean shutdown marker. */
  readonly hadCleanShutdown: boolean
}

/** The result of {@link findPartitions}. */
export interface FoundPartitions {
  readonly partitions: readonly FoundPartition[]
  /** Directories that seem to contain a partition and are not served. */
  readonly problems: readonly OpenProblem[]
}

/**
 * Finds the partitions in a directory: the directory itself, or the partitions in a data directory,
 * or those of the brokers in a data directory of Odradek. Kafka's internal topics are skipped in
 * data directories, unless they are requested.
 *
 * @param isAskedFor whether a topic is requested by name
 * @throws OdradekError `DATA_DIRECTORY_UNUSABLE` if the directory does not exist; the system's
 * error if it cannot be read
 */
export function findPartitions(
  fileSystem: FileSystem,
  path: string,
  isAskedFor: (topic: string) => boolean,
): FoundPartitions {
  if (!fileSystem.isDirectory(path)) throw unusable(whyNoDirectory(fileSystem, path))
  const own = partitionOfDirectoryName(basename(path))
  if (own !== undefined && holdsPartition(fileSystem, path)) {
    const parent = new Parent(fileSystem, join(path, '..'))
    return { partitions: [parent.partition(path, own, true)], problems: [] }
  }
  const search = new Search(fileSystem, isAskedFor)
  search.in(path)
  if (search.partitions.length === 0) {
    for (const directory of search.subdirectories(path)) {
      if (fileSystem.exists(join(directory, 'meta.properties'))) search.in(directory)
    }
  }
  return search
}

/** Returns a message for a path without partitions, which says what was searched. */
export function whyNoPartition(fileSystem: FileSystem, path: string): string {
  const names = fileSystem.isDirectory(path) ? fileSystem.list(path) : []
  const segment = names.find((name) => offsetOfFileName(name, SegmentFile.Log) !== undefined)
  if (segment !== undefined && partitionOfDirectoryName(basename(path)) === undefined) {
    return `${path} contains ${segment}, but it is not named like a partition: rename it to <topic>-<number>, such as orders-0`
  }
  return `There is no partition in ${path}: neither it nor its subdirectories with a meta.properties contain directories named <topic>-<number>. Name the directory of a partition, such as orders-0 with its .log files, or its parent directory`
}

function whyNoDirectory(fileSystem: FileSystem, path: string): string {
  if (!fileSystem.exists(path)) return `There is no directory ${path}`
  const advice = isArchive(path) ? 'unpack it first' : 'name its parent directory'
  return `${path} is a file, not a directory: ${advice}`
}

/** Searches data directories. If a directory cannot be read, the others are searched anyway. */
class Search implements FoundPartitions {
  readonly partitions: FoundPartition[] = []
  readonly problems: OpenProblem[] = []
  readonly #fileSystem: FileSystem
  readonly #isAskedFor: (topic: string) => boolean

  constructor(fileSystem: FileSystem, isAskedFor: (topic: string) => boolean) {
    this.#fileSystem = fileSystem
    this.#isAskedFor = isAskedFor
  }

  in(directory: string): void {
    const parent = new Parent(this.#fileSystem, directory)
    for (const name of this.#fileSystem.list(directory)) {
      const path = join(directory, name)
      if (this.#isDirectory(path)) this.#look(parent, path, name)
      else this.#lookAtFile(path, name)
    }
  }

  subdirectories(path: string): string[] {
    const paths = this.#fileSystem.list(path).map((name) => join(path, name))
    return paths.filter((each) => this.#isDirectory(each))
  }

  #look(parent: Parent, path: string, name: string): void {
    const loose = looselyNamedPartition(name)
    const isAskedFor = loose !== undefined && this.#isAskedFor(loose.topic)
    const found = partitionOfDirectoryName(name) ?? (isAskedFor ? loose : undefined)
    if (found !== undefined) {
      if (isAskedFor || !isKafkasOwn(found.topic))
        this.partitions.push(parent.partition(path, found))
      return
    }
    const aside = setAsideDirectory(name)
    if (aside !== undefined) {
      const { topic, partition, reason } = aside
      const right = `${topic}-${partition}`
      this.#report(
        'setAside',
        path,
        `${reason}. To serve it, rename the directory to ${right}`,
        aside,
      )
    } else if (loose !== undefined && this.#holdsSegments(path)) {
      const reason = `Kafka does not allow this topic name. To serve it, rename the directory, or rename the topic (names, or --topic)`
      this.#report('invalidName', path, reason, { partition: loose.partition })
    }
  }

  #lookAtFile(path: string, name: string): void {
    if (!isArchive(name)) return
    const bytesNotServed = sizeOf(this.#fileSystem, path)
    const message = `${path}: it is not served, because it is an archive: unpack it first.`
    this.problems.push({ kind: 'wrongFileName', path, bytesNotServed, message })
  }

  #report(
    kind: OpenProblem['kind'],
    path: string,
    reason: string,
    { topic, partition }: { topic?: string; partition?: number },
  ): void {
    const bytesNotServed = segmentBytesIn(this.#fileSystem, path)
    const message = `${path}: it is not served, because ${reason}.`
    this.problems.push({ kind, path, topic, partition, bytesNotServed, message })
  }

  #holdsSegments(path: string): boolean {
    try {
      return holdsPartition(this.#fileSystem, path)
    } catch {
      return false
    }
  }

  /** A broken or circular link is reported as a problem if it has the name of a partition. */
  #isDirectory(path: string): boolean {
    try {
      if (this.#fileSystem.isDirectory(path)) return true
      if (this.#fileSystem.exists(path)) return false
      throw new Error('the link is broken')
    } catch (error) {
      const found = partitionOfDirectoryName(basename(path))
      if (found === undefined) return false
      const message = `${path}: it cannot be read and is not served: ${(error as Error).message}.`
      if (this.problems.some((problem) => problem.path === path)) return false
      this.problems.push({ kind: 'unreadable', path, ...found, bytesNotServed: 0, message })
      return false
    }
  }
}

/** Whether it is an internal topic of Kafka, which only a coordinator or the controller uses. */
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
        name === 'leader-epoch-checkpoint' ||
        misnamedSegment(name) !== undefined,
    )
}

/** Returns the total size of the segments in a directory, including misnamed ones. */
export function segmentBytesIn(fileSystem: FileSystem, directory: string): number {
  return namesIn(fileSystem, directory)
    .filter((name) => name.includes(SegmentFile.Log))
    .reduce((total, name) => total + sizeOf(fileSystem, join(directory, name)), 0)
}

/** Returns the names of the segments in a directory, ordered by base offset. */
export function segmentNamesIn(fileSystem: FileSystem, directory: string): string[] {
  const names = namesIn(fileSystem, directory)
  return names.filter((name) => offsetOfFileName(name, SegmentFile.Log) !== undefined).sort()
}

/** Returns no names if the directory cannot be read. */
function namesIn(fileSystem: FileSystem, directory: string): string[] {
  try {
    return fileSystem.list(directory)
  } catch {
    return []
  }
}

/** The parent directory of partitions, with its checkpoints. */
class Parent {
  readonly #fileSystem: FileSystem
  readonly #directory: string
  readonly #recoveryPoints: ReadonlyMap<string, number>
  readonly #logStartOffsets: ReadonlyMap<string, number>
  readonly #cleanedOffsets: ReadonlyMap<string, number>

  constructor(fileSystem: FileSystem, directory: string) {
    this.#fileSystem = fileSystem
    this.#directory = directory
    this.#recoveryPoints = this.#checkpoint('recovery-point-offset-checkpoint')
    this.#logStartOffsets = this.#checkpoint('log-start-offset-checkpoint')
    this.#cleanedOffsets = this.#checkpoint('cleaner-offset-checkpoint')
  }

  partition(
    directory: string,
    { topic, partition }: { topic: string; partition: number },
    isNamed = false,
  ): FoundPartition {
    const key = checkpointKey(topic, partition)
    return {
      topic,
      partition,
      directory,
      isNamed,
      topicId: this.#topicId(directory),
      // As in Kafka, a partition that is missing in an existing checkpoint was never flushed.
      recoveryPoint:
        this.#recoveryPoints.get(key) ?? (this.#recoveryPoints.size > 0 ? 0 : undefined),
      logStartOffset: this.#logStartOffsets.get(key),
      isCompacted: this.#cleanedOffsets.has(key),
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

  /** Without this checkpoint the log opens more slowly, or starts with its first segment. */
  #checkpoint(name: string): ReadonlyMap<string, number> {
    try {
      return readOffsetCheckpoint(this.#fileSystem, join(this.#directory, name))
    } catch {
      return new Map()
    }
  }
}

/** Returns the error for directories that cannot be opened. */
export function unusable(message: string): OdradekError {
  return new OdradekError('DATA_DIRECTORY_UNUSABLE', message)
}
