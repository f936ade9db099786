import type { MetadataImage } from '../../../controller/metadata-image.ts'
import type { Uuid } from '../../../platform/uuid.ts'

/** Partitions of a topic whose share state is stored, or is being stored. */
export interface StateTopic {
  readonly name: string
  /** Ascending. */
  readonly partitions: readonly number[]
}

/** Partitions by topic id. */
export type StateTopics = ReadonlyMap<Uuid, StateTopic>

/**
 * The partitions that a share group reads, by what has become of their share state (Kafka's
 * `ShareGroupStatePartitionMetadataInfo`). Members get only initialized partitions.
 */
export interface StatePartitions {
  /** The share coordinator was asked to create the state. */
  readonly initializing: StateTopics
  /** The state exists. */
  readonly initialized: StateTopics
  /** The names of topics whose state the share coordinator was asked to delete. */
  readonly deleting: ReadonlyMap<Uuid, string>
}

/** The partitions of a group that has read nothing. */
export const NO_STATE_PARTITIONS: StatePartitions = {
  initializing: new Map(),
  initialized: new Map(),
  deleting: new Map(),
}

/** Partition indexes by topic id. */
export type PartitionIds = ReadonlyMap<Uuid, readonly number[]>

/** The name of a topic that does not exist any more. */
const UNKNOWN_TOPIC = '<UNKNOWN>'

/** Returns the partitions after the share coordinator was asked to create the state of some. */
export function startInitializing(before: StatePartitions, added: StateTopics): StatePartitions {
  const initializing = union(before.initializing, added)
  const deleting = [...before.deleting].filter(([topicId]) => !initializing.has(topicId))
  return { ...before, initializing, deleting: new Map(deleting) }
}

/** Returns the partitions after the share coordinator has created the state of some. */
export function finishInitializing(
  before: StatePartitions,
  ids: PartitionIds,
  image: Pick<MetadataImage, 'topicsById'>,
): StatePartitions {
  const added = new Map<Uuid, StateTopic>()
  for (const [topicId, partitions] of ids) {
    added.set(topicId, { name: topicName(topicId, image), partitions })
  }
  const initialized = union(before.initialized, added)
  return { ...before, initializing: difference(before.initializing, ids), initialized }
}

/** Returns the partitions after the share coordinator has failed to create the state of some. */
export function cancelInitializing(before: StatePartitions, ids: PartitionIds): StatePartitions {
  return { ...before, initializing: difference(before.initializing, ids) }
}

/** Returns the partitions without those of deleted topics; the same object if there are none. */
export function withoutTopics(
  before: StatePartitions,
  topicIds: ReadonlySet<Uuid>,
): StatePartitions {
  const { initializing, initialized, deleting } = before
  const known = [...initializing.keys(), ...initialized.keys(), ...deleting.keys()]
  if (!known.some((topicId) => topicIds.has(topicId))) return before
  return {
    initializing: omit(initializing, topicIds),
    initialized: omit(initialized, topicIds),
    deleting: omit(deleting, topicIds),
  }
}

/** Returns the partitions of both maps. Names come from the second one. */
export function union(first: StateTopics, second: StateTopics): StateTopics {
  const result = new Map(first)
  for (const [topicId, { name, partitions }] of second) {
    const merged = new Set([...(first.get(topicId)?.partitions ?? []), ...partitions])
    result.set(topicId, { name, partitions: [...merged].toSorted((a, b) => a - b) })
  }
  return result
}

/** Returns a map without some keys. */
export function omit<V>(map: ReadonlyMap<Uuid, V>, keys: ReadonlySet<Uuid>): Map<Uuid, V> {
  return new Map([...map].filter(([topicId]) => !keys.has(topicId)))
}

/** Returns the name of a topic, as records contain it. */
export function topicName(
  topicId: Uuid,
  { topicsById }: Pick<MetadataImage, 'topicsById'>,
): string {
  return topicsById.get(topicId)?.name ?? UNKNOWN_TOPIC
}

/** Returns all partitions of a topic with this many. */
export function allPartitions(count: number): number[] {
  return Array.from({ length: count }, (_, partition) => partition)
}

function difference(topics: StateTopics, removed: PartitionIds): StateTopics {
  const result = new Map<Uuid, StateTopic>()
  for (const [topicId, topic] of topics) {
    const ids = new Set(removed.get(topicId))
    const partitions = topic.partitions.filter((partition) => !ids.has(partition))
    if (partitions.length > 0 || ids.size === 0) result.set(topicId, { ...topic, partitions })
  }
  return result
}
