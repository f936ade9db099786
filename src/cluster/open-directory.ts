import { join, resolve } from 'node:path'
import { LeaderEpochs } from '../log/leader-epochs.ts'
import {
  checkpointKey,
  type OffsetCheckpoint,
  writeOffsetCheckpoint,
} from '../log/directory/checkpoint-file.ts'
import { writeMetaProperties } from '../log/directory/meta-properties.ts'
import { writePartitionMetadata } from '../log/directory/partition-metadata.ts'
import {
  offsetOfFileName,
  partitionDirectoryName,
  SegmentFile,
  segmentFileName,
} from '../log/log-file-names.ts'
import { ConfigResourceType } from '../controller/config-resource.ts'
import { DirectoryId } from '../controller/directory-id.ts'
import { bootstrapRecords } from '../controller/features.ts'
import { MetadataLog } from '../controller/metadata-log.ts'
import { NO_LEADER } from '../controller/metadata-image.ts'
import {
  configRecord,
  partitionRecord,
  topicRecord,
  type NewRecord,
} from '../controller/records.ts'
import { invalidTopicName } from '../controller/topic-name.ts'
import { DiskFileSystem } from '../platform/disk-file-system.ts'
import type { FileSystem } from '../platform/file-system.ts'
import { OdradekError } from '../platform/odradek-error.ts'
import { OverlayFileSystem } from '../platform/overlay-file-system.ts'
import { systemRandom } from '../platform/random.ts'
import { errorCodeOf } from '../platform/system-error.ts'
import { randomUuid, type Uuid } from '../platform/uuid.ts'
import { BATCH_OVERHEAD } from '../record/batch-layout.ts'
import { batchSizeAt, BatchView } from '../record/batch-view.ts'
import { findPartitions, isKafkasOwn, unusable, type FoundPartition } from './find-partitions.ts'
import type { OpenedTopics } from './opened-topics.ts'
import { dataDirectoryError } from './start-errors.ts'

/** The one broker, and where it sees the partitions. */
const BROKER_ID = 1
const BROKER_DIRECTORY = '/1'

/** Those that are missing are served too, so a number in the name of a directory must not decide on how many. */
const MAX_PARTITIONS = 100_000

/** Nothing is ever removed from opened topics, however old it is, and nothing compacted. */
const KEPT_FOR_GOOD = { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1' }

interface OpenedTopic {
  readonly name: string
  readonly id: Uuid
  /** By number; those between them that are missing are there, and empty. */
  readonly partitions: ReadonlyMap<number, FoundPartition>
}

/**
 * The topics whose partitions lie in directories: Kafka's or Odradek's own, closed cleanly or copied from a running
 * broker. What the broker changes in them, as it does when it recovers a log, it changes in memory.
 *
 * @param names of topics that are to be called otherwise
 * @param clusterId of the cluster that serves them; default a new one
 * @throws OdradekError `DATA_DIRECTORY_UNUSABLE` when there are no partitions, one is there twice or cannot be read
 */
export function openTopics(
  paths: readonly string[],
  names: Readonly<Record<string, string>> = {},
  clusterId: Uuid = randomUuid(systemRandom),
): OpenedTopics {
  try {
    return topicsIn(paths, names, clusterId)
  } catch (error) {
    throw errorCodeOf(error) === undefined ? error : dataDirectoryError(error, paths.join(', '))
  }
}

function topicsIn(
  paths: readonly string[],
  names: Readonly<Record<string, string>>,
  clusterId: Uuid,
): OpenedTopics {
  const disk = new DiskFileSystem()
  const isRenamed = (topic: string): boolean => Object.hasOwn(names, topic)
  const found = paths.flatMap((path) => findPartitions(disk, resolve(path), isRenamed))
  if (found.length === 0) throw unusable('There is nothing to open: name a directory')
  const topics = topicsOf(found, names)
  const fileSystem = new OverlayFileSystem(disk)
  fileSystem.makeDirectory(BROKER_DIRECTORY)
  format(fileSystem, clusterId)
  for (const topic of topics) attach(fileSystem, topic)
  writeCheckpoints(fileSystem, disk, topics)
  return {
    storage: {
      fileSystem,
      isTemporary: true,
      directoriesOf: () => [BROKER_DIRECTORY],
      release: () => {},
    },
    names: new Set(topics.map(({ name }) => name)),
    missing: topics
      .map((topic) => ({ topic: topic.name, partitions: missingPartitions(topic) }))
      .filter(({ partitions }) => partitions.length > 0),
    withRealPaths: (message) => withRealPaths(message, topics),
    writeMetadata: (storage, clock) => {
      const log = new MetadataLog(storage, clock)
      log.append(bootstrapRecords(1))
      for (const topic of topics) log.append(recordsOfTopic(disk, topic))
    },
  }
}

function topicsOf(
  found: readonly FoundPartition[],
  names: Readonly<Record<string, string>>,
): OpenedTopic[] {
  const topics = new Map<string, Map<number, FoundPartition>>()
  for (const one of found) {
    const name = Object.hasOwn(names, one.topic) ? names[one.topic]! : one.topic
    const partitions = topics.get(name) ?? new Map<number, FoundPartition>()
    const same = partitions.get(one.partition)
    if (same !== undefined) {
      throw unusable(
        `Partition ${one.partition} of ${name} is there twice: ${same.directory} and ${one.directory}`,
      )
    }
    if (one.partition >= MAX_PARTITIONS) {
      throw unusable(
        `${one.directory} would be partition ${one.partition} of ${name}, and only ${MAX_PARTITIONS} are served: rename it`,
      )
    }
    topics.set(name, partitions.set(one.partition, one))
  }
  for (const name of topics.keys()) checkName(name)
  for (const name of Object.keys(names)) {
    if (found.some(({ topic }) => topic === name)) continue
    throw new OdradekError('INVALID_TOPIC', `There is no topic '${name}' to be called otherwise`)
  }
  const ids = new Set<Uuid>()
  return [...topics].map(([name, partitions]) => {
    const stored = [...partitions.values()].find(({ topicId }) => topicId !== undefined)?.topicId
    // Two copies of one topic, under two names, are two topics.
    const id = stored === undefined || ids.has(stored) ? randomUuid(systemRandom) : stored
    ids.add(id)
    return { name, id, partitions }
  })
}

function partitionCount({ partitions }: OpenedTopic): number {
  return Math.max(...partitions.keys()) + 1
}

function missingPartitions(topic: OpenedTopic): number[] {
  const all = Array.from({ length: partitionCount(topic) }, (_, partition) => partition)
  return all.filter((partition) => !topic.partitions.has(partition))
}

function checkName(name: string): void {
  if (isKafkasOwn(name)) {
    throw new OdradekError(
      'INVALID_TOPIC',
      (nameOf) =>
        `Can't open topic '${name}': Kafka keeps its own state in it; it can be opened under another name (${nameOf('names')})`,
    )
  }
  const complaint = invalidTopicName(name)
  if (complaint !== undefined) {
    throw new OdradekError('INVALID_TOPIC', `Can't open topic '${name}': ${complaint}`)
  }
}

/** A directory with partitions that has no id would be one whose id was lost. */
function format(fileSystem: FileSystem, clusterId: Uuid): void {
  const properties = { clusterId, nodeId: BROKER_ID, directoryId: randomUuid(systemRandom) }
  writeMetaProperties(fileSystem, BROKER_DIRECTORY, properties, 'pageCache')
}

function attach(fileSystem: OverlayFileSystem, { name, id, partitions }: OpenedTopic): void {
  for (const [partition, { directory, topicId }] of partitions) {
    const path = join(BROKER_DIRECTORY, partitionDirectoryName(name, partition))
    fileSystem.attach(path, directory)
    // A directory of another id, or of none, would be taken for a stray.
    if (topicId !== id) writePartitionMetadata(fileSystem, path, id, 'pageCache')
  }
}

/** Where a path begins with the broker's directory; in `/backup/1/orders-0` it does not. */
function withRealPaths(message: string, topics: readonly OpenedTopic[]): string {
  return message.replace(
    /(?<![\w.-])\/1\/([\w.-]+)-(\d+)(?=\/)/g,
    (path, name: string, partition: string) => {
      const topic = topics.find((each) => each.name === name)
      return topic?.partitions.get(Number(partition))?.directory ?? path
    },
  )
}

function writeCheckpoints(
  fileSystem: FileSystem,
  disk: FileSystem,
  topics: readonly OpenedTopic[],
): void {
  const recoveryPoints: OffsetCheckpoint = new Map()
  const logStartOffsets: OffsetCheckpoint = new Map()
  let isClean = true
  for (const { name, partitions } of topics) {
    for (const [partition, found] of partitions) {
      const key = checkpointKey(name, partition)
      // A segment is on the disk whole when the next one begins, so that only the last has to be looked through.
      const lastSegment = segmentsOf(disk, found).at(-1) ?? 0
      recoveryPoints.set(key, found.recoveryPoint ?? lastSegment)
      if (found.logStartOffset !== undefined) logStartOffsets.set(key, found.logStartOffset)
      isClean &&= found.hadCleanShutdown
    }
  }
  const write = (file: string, offsets: OffsetCheckpoint): void =>
    writeOffsetCheckpoint(fileSystem, join(BROKER_DIRECTORY, file), offsets, 'pageCache')
  write('recovery-point-offset-checkpoint', recoveryPoints)
  write('log-start-offset-checkpoint', logStartOffsets)
  // The leader of a single replica finds its high watermark by itself.
  write('replication-offset-checkpoint', new Map())
  if (isClean) fileSystem.writeFile(join(BROKER_DIRECTORY, '.kafka_cleanshutdown'), '')
}

function recordsOfTopic(disk: FileSystem, topic: OpenedTopic): NewRecord[] {
  const { name, id, partitions } = topic
  const resource = { type: ConfigResourceType.Topic, name }
  return [
    topicRecord(name, id),
    ...Object.entries(KEPT_FOR_GOOD).map(([config, value]) =>
      configRecord(resource, config, value),
    ),
    ...Array.from({ length: partitionCount(topic) }, (_, partition) =>
      partitionRecord(id, {
        partition,
        replicas: [BROKER_ID],
        directories: [DirectoryId.Unassigned],
        isr: [BROKER_ID],
        removingReplicas: [],
        addingReplicas: [],
        elr: [],
        lastKnownElr: [],
        leader: NO_LEADER,
        leaderRecoveryState: 0,
        leaderEpoch: latestEpoch(disk, partitions.get(partition)),
        partitionEpoch: 0,
      }),
    ),
  ]
}

/** Clients take a leader for a former one whose epoch is below that of the records. */
function latestEpoch(disk: FileSystem, found: FoundPartition | undefined): number {
  if (found === undefined) return 0
  const epochs = new LeaderEpochs(disk, found.directory, 'pageCache')
  try {
    epochs.load()
  } catch {
    // The log builds it from the batches, and so it is here.
  }
  return Math.max(0, epochs.latestEpoch, lastBatchEpoch(disk, found))
}

/** Of the first batch of the last segment that is not empty. */
function lastBatchEpoch(disk: FileSystem, found: FoundPartition): number {
  const header = Buffer.alloc(BATCH_OVERHEAD)
  for (const offset of segmentsOf(disk, found).reverse()) {
    const path = join(found.directory, segmentFileName(offset, SegmentFile.Log))
    const file = disk.open(path, { readOnly: true })
    try {
      if (file.read(header, 0) < header.length) continue
      batchSizeAt(header, 0, Infinity)
      return new BatchView(header).partitionLeaderEpoch
    } catch {
      continue
    } finally {
      file.close()
    }
  }
  return -1
}

function segmentsOf(disk: FileSystem, { directory }: FoundPartition): number[] {
  return disk
    .list(directory)
    .map((name) => offsetOfFileName(name, SegmentFile.Log))
    .filter((offset) => offset !== undefined)
    .sort((a, b) => a - b)
}
