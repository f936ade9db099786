import { join } from 'node:path'
import { LeaderEpochs } from '../log/leader-epochs.ts'
import {
  checkpointKey,
  type OffsetCheckpoint,
  writeOffsetCheckpoint,
} from '../log/files/checkpoint-file.ts'
import { writeMetaProperties } from '../log/files/meta-properties.ts'
import { writePartitionMetadata } from '../log/files/partition-metadata.ts'
import {
  offsetOfFileName,
  partitionDirectoryName,
  SegmentFile,
  segmentFileName,
} from '../log/log-file-names.ts'
import { ConfigResourceType } from '../protocol/config-resource.ts'
import { DirectoryId } from '../controller/partitions/directory-id.ts'
import { LeaderRecovery } from '../controller/metadata-image.ts'
import {
  configRecord,
  partitionRecord,
  topicRecord,
  type NewRecord,
} from '../controller/records.ts'
import type { FileHandle, FileSystem } from '../platform/file-system.ts'
import { OdradekError } from '../platform/odradek-error.ts'
import { OverlayFileSystem } from '../platform/overlay-file-system.ts'
import type { Random } from '../platform/random.ts'
import { errorCodeOf } from '../platform/system-error.ts'
import { randomUuid, type Uuid } from '../platform/uuid.ts'
import { BATCH_OVERHEAD } from '../record/batch-layout.ts'
import { batchSizeAt, BatchView } from '../record/batch-view.ts'
import { choosePartitions, servedName } from './choose-partitions.ts'
import { type FoundPartition, segmentNamesIn } from './find-partitions.ts'
import { inspectLog } from './inspect-log.ts'
import { inspectPartition, type InspectionOptions } from './inspect-partition.ts'
import type { OpenTopicsOptions } from './resolve-open-options.ts'
import type { OpenedTopics } from './opened-topics.ts'
import type { OpenProblem } from './open-problem.ts'
import { dataDirectoryError } from './start-errors.ts'

/** The only broker, and its directory for the partitions. */
const BROKER_ID = 1
const BROKER_DIRECTORY = '/1'

/** The maximum number of missing partitions in a message. */
const MAX_NAMED = 20

/** Records of opened topics are never deleted, however old they are, and never compacted. */
const KEPT_FOR_GOOD = { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1' }

/** The file system of the paths, and the source of new ids. */
interface Machine {
  readonly fileSystem: FileSystem
  readonly random: Random
}

interface OpenedTopic {
  readonly name: string
  readonly id: Uuid
  /** By number. Missing partitions in between exist and are empty. */
  readonly partitions: ReadonlyMap<number, FoundPartition>
}

/**
 * Returns the topics of the partitions in directories of Kafka or Odradek, closed cleanly or copied
 * from a running broker. The broker's changes, such as the recovery of a log, happen in memory.
 * Parts that cannot be served are reported as problems, and do not affect the others.
 *
 * @param machine the file system of the paths, and the source of new ids
 * @param clusterId the id of the cluster that serves them; default a new one
 * @throws OdradekError `DATA_DIRECTORY_UNUSABLE` if nothing can be served, or a partition is given
 * twice
 */
export function openTopics(
  paths: readonly string[],
  options: OpenTopicsOptions,
  machine: Machine,
  clusterId: Uuid = randomUuid(machine.random),
): OpenedTopics {
  try {
    return topicsIn(paths, options, machine, clusterId)
  } catch (error) {
    throw errorCodeOf(error) === undefined ? error : dataDirectoryError(error, paths.join(', '))
  }
}

function topicsIn(
  paths: readonly string[],
  options: OpenTopicsOptions,
  { fileSystem: disk, random }: Machine,
  clusterId: Uuid,
): OpenedTopics {
  const { found, problems } = choosePartitions(disk, paths, options.names)
  const topics = topicsOf(found, options.names, random)
  const fileSystem = new OverlayFileSystem(disk)
  fileSystem.makeDirectory(BROKER_DIRECTORY)
  format(fileSystem, clusterId, random)
  const isClean = found.every(({ hadCleanShutdown }) => hadCleanShutdown)
  for (const topic of topics) {
    problems.push(...attach(fileSystem, disk, topic, { ...options, isClean }))
    problems.push(...missingPartitions(topic))
  }
  writeCheckpoints(fileSystem, disk, topics, isClean)
  return {
    storage: {
      fileSystem,
      isTemporary: true,
      directoriesOf: (brokerId) => [`/${brokerId}`],
      release: () => {},
    },
    names: new Set(topics.map(({ name }) => name)),
    problems,
    inspectLogs: (logs) => {
      for (const log of logs) {
        const found = topics.find(({ name }) => name === log.topic)?.partitions.get(log.partition)
        const isKnown = problems.some(({ topic, partition, kind }) => {
          return topic === log.topic && partition === log.partition && kind !== 'wrongFileName'
        })
        if (found !== undefined && !isKnown) problems.push(...inspectLog(disk, found, log))
      }
    },
    withRealPaths: (message) => withRealPaths(message, topics),
    metadata: () => topics.map((topic) => recordsOfTopic(disk, topic)),
  }
}

function topicsOf(
  found: readonly FoundPartition[],
  names: Readonly<Record<string, string>>,
  random: Random,
): OpenedTopic[] {
  for (const name of Object.keys(names)) {
    if (found.some(({ topic }) => topic === name)) continue
    throw new OdradekError('INVALID_TOPIC', `There is no topic '${name}' to rename`)
  }
  const topics = new Map<string, Map<number, FoundPartition>>()
  for (const one of found) {
    const name = servedName(one, names)
    const partitions = topics.get(name) ?? new Map<number, FoundPartition>()
    topics.set(name, partitions.set(one.partition, one))
  }
  const ids = new Set<Uuid>()
  return [...topics].map(([name, partitions]) => {
    const stored = [...partitions.values()].find(({ topicId }) => topicId !== undefined)?.topicId
    // Two copies of one topic under two names are two topics.
    const id = stored === undefined || ids.has(stored) ? randomUuid(random) : stored
    ids.add(id)
    return { name, id, partitions }
  })
}

function partitionCount({ partitions }: OpenedTopic): number {
  return Math.max(...partitions.keys()) + 1
}

/** Partitions without a directory exist and are empty. */
function missingPartitions(topic: OpenedTopic): OpenProblem[] {
  const { name, partitions } = topic
  const all = Array.from({ length: partitionCount(topic) }, (_, partition) => partition)
  const missing = all.filter((partition) => !partitions.has(partition))
  const [partition] = missing
  if (partition === undefined) return []
  const [{ directory }] = [...partitions.values()] as [FoundPartition]
  const path = join(directory, '..', partitionDirectoryName(name, partition))
  const numbers = missing.slice(0, MAX_NAMED).join(', ')
  const more = missing.length > MAX_NAMED ? ` and ${missing.length - MAX_NAMED} more` : ''
  const message = `Partitions ${numbers}${more} of ${name} have no directory and are served empty.`
  return [{ kind: 'missingPartition', path, topic: name, partition, bytesNotServed: 0, message }]
}

/** A directory with partitions and without an id would be treated as one that has lost its id. */
function format(fileSystem: FileSystem, clusterId: Uuid, random: Random): void {
  const properties = { clusterId, nodeId: BROKER_ID, directoryId: randomUuid(random) }
  writeMetaProperties(fileSystem, BROKER_DIRECTORY, properties, 'pageCache')
}

function attach(
  fileSystem: OverlayFileSystem,
  disk: FileSystem,
  { name, id, partitions }: OpenedTopic,
  options: InspectionOptions,
): OpenProblem[] {
  const problems: OpenProblem[] = []
  for (const [partition, found] of partitions) {
    const path = join(BROKER_DIRECTORY, partitionDirectoryName(name, partition))
    const inspection = inspectPartition(disk, found, name, options)
    problems.push(...inspection.problems)
    if (!inspection.isListed) continue
    fileSystem.attach(path, found.directory, inspection.view)
    // A partition with another topic id, or none, would be treated as a stray.
    if (found.topicId !== id) writePartitionMetadata(fileSystem, path, id, 'pageCache')
  }
  return problems
}

/** Replaces paths in the broker's directory; in `/backup/1/orders-0` nothing is replaced. */
function withRealPaths(message: string, topics: readonly OpenedTopic[]): string {
  const real = message.replace(
    /(?<![\w.-])\/1\/([\w.-]+)-(\d+)(?=\/)/g,
    (path, name: string, partition: string) => {
      const topic = topics.find((each) => each.name === name)
      return topic?.partitions.get(Number(partition))?.directory ?? path
    },
  )
  return real === message ? message : `${real} (in memory: the files are unchanged)`
}

function writeCheckpoints(
  fileSystem: FileSystem,
  disk: FileSystem,
  topics: readonly OpenedTopic[],
  isClean: boolean,
): void {
  const recoveryPoints: OffsetCheckpoint = new Map()
  const logStartOffsets: OffsetCheckpoint = new Map()
  for (const { name, partitions } of topics) {
    for (const [partition, found] of partitions) {
      const key = checkpointKey(name, partition)
      // A segment is completely on the disk when the next one starts, so only the last one must be
      // checked.
      const lastSegment = segmentsOf(disk, found).at(-1) ?? 0
      recoveryPoints.set(key, found.recoveryPoint ?? lastSegment)
      if (found.logStartOffset !== undefined) logStartOffsets.set(key, found.logStartOffset)
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
        leader: BROKER_ID,
        leaderRecoveryState: LeaderRecovery.Recovered,
        leaderEpoch: latestEpoch(disk, partitions.get(partition)),
        partitionEpoch: 0,
      }),
    ),
  ]
}

/** Clients treat a leader as outdated if its epoch is below that of the records. */
function latestEpoch(disk: FileSystem, found: FoundPartition | undefined): number {
  if (found === undefined) return 0
  const epochs = new LeaderEpochs(disk, found.directory, 'pageCache')
  try {
    epochs.load()
  } catch {
    // The log rebuilds it from the batches, and so does this.
  }
  return Math.max(0, epochs.latestEpoch, lastBatchEpoch(disk, found))
}

/** Returns the epoch of the first batch of the last segment that is not empty. */
function lastBatchEpoch(disk: FileSystem, found: FoundPartition): number {
  const header = Buffer.alloc(BATCH_OVERHEAD)
  for (const offset of segmentsOf(disk, found).reverse()) {
    const path = join(found.directory, segmentFileName(offset, SegmentFile.Log))
    let file: FileHandle | undefined
    try {
      file = disk.open(path, { readOnly: true })
      if (file.read(header, 0) < header.length) continue
      batchSizeAt(header, 0, Infinity)
      return new BatchView(header).partitionLeaderEpoch
    } catch {
      continue
    } finally {
      file?.close()
    }
  }
  return -1
}

function segmentsOf(disk: FileSystem, { directory }: FoundPartition): number[] {
  return segmentNamesIn(disk, directory).map((name) => offsetOfFileName(name, SegmentFile.Log)!)
}
