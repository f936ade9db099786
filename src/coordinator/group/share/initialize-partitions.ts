import type { MetadataImage } from '../../../controller/metadata-image.ts'
import type { Uuid } from '../../../platform/uuid.ts'
import type { InitializeShareGroupState } from '../../../protocol/messages/index.ts'
import type { RequestOf } from '../../../protocol/schema/index.ts'
import type { GroupContext } from '../group-context.ts'
import type { ShareGroup } from './share-group.ts'
import { initializeRetryMs } from './share-group-config.ts'
import { statePartitionsRecord } from './share-records.ts'
import type { ShareGroupRecord } from './share-records.ts'
import { allPartitions, NO_STATE_PARTITIONS, startInitializing, union } from './state-partitions.ts'
import type { StateTopic, StateTopics } from './state-partitions.ts'

/** A request for the share coordinators. */
export type InitializeRequest = RequestOf<typeof InitializeShareGroupState>

/** The initialization of partitions: the record that notes it, and the request. */
export interface Initialization {
  readonly record: ShareGroupRecord
  readonly request: InitializeRequest
}

/** The leader of the partition decides the start offset (`share.auto.offset.reset`). */
const UNDECIDED_OFFSET = -1

/** A new partition of a topic that the group reads: nothing in it may be missed. */
const FIRST_OFFSET = 0

/**
 * Returns the initialization of the subscribed partitions that have no share state yet (Kafka's
 * `maybeCreateInitializeShareGroupStateRequest`); `undefined` if there are none.
 *
 * @param groupEpoch the epoch of the group after this request
 */
export function initializePartitions(
  context: GroupContext,
  group: ShareGroup,
  topicNames: Iterable<string>,
  groupEpoch: number,
): Initialization | undefined {
  const added = missingPartitions(context, group, topicNames)
  if (added.size === 0) return undefined
  const { groupId } = group
  const before = group.statePartitions ?? NO_STATE_PARTITIONS
  const topics = Array.from(added, ([topicId, { partitions }]) => {
    const isKnown = before.initialized.has(topicId) || before.initializing.has(topicId)
    const startOffset = isKnown ? FIRST_OFFSET : UNDECIDED_OFFSET
    return {
      topicId,
      partitions: partitions.map((partition) => ({
        partition,
        stateEpoch: groupEpoch,
        startOffset,
      })),
    }
  })
  const record = statePartitionsRecord(groupId, startInitializing(before, added))
  return { record, request: { groupId, topics } }
}

/**
 * Whether the target assignment lacks initialized partitions, or has others (Kafka's
 * `initializedAssignmentPending`).
 */
export function isAssignmentPending(group: ShareGroup): boolean {
  const initialized = group.statePartitions?.initialized
  if (initialized === undefined || initialized.size === 0) return false
  const assigned = assignedPartitions(group)
  for (const [topicId, { name, partitions }] of initialized) {
    if (!group.isSubscribedTo(name)) continue
    const current = assigned.get(topicId)
    if (current === undefined || current.size !== partitions.length) return true
    if (partitions.some((partition) => !current.has(partition))) return true
  }
  return false
}

/** An initialization that was started long ago counts as failed. */
function missingPartitions(
  context: GroupContext,
  { statePartitions, statePartitionsSinceMs }: ShareGroup,
  topicNames: Iterable<string>,
): StateTopics {
  const { initializing, initialized } = statePartitions ?? NO_STATE_PARTITIONS
  const isRecent = context.clock.now() - statePartitionsSinceMs < initializeRetryMs(context)
  const known = isRecent ? union(initialized, initializing) : initialized
  return missingIn(known, topicNames, context.image)
}

function missingIn(
  known: StateTopics,
  topicNames: Iterable<string>,
  { topics }: Pick<MetadataImage, 'topics'>,
): StateTopics {
  const missing = new Map<Uuid, StateTopic>()
  for (const name of topicNames) {
    const topic = topics.get(name)
    if (topic === undefined) continue
    const count = topic.partitions.length
    const existing = known.get(topic.id)?.partitions ?? []
    if (existing.length >= count) continue
    const partitions = allPartitions(count).filter((partition) => !existing.includes(partition))
    missing.set(topic.id, { name, partitions })
  }
  return missing
}

function assignedPartitions({ targetAssignment }: ShareGroup): Map<Uuid, Set<number>> {
  const assigned = new Map<Uuid, Set<number>>()
  for (const target of targetAssignment.values()) {
    for (const [topicId, partitions] of target) {
      const all = assigned.get(topicId) ?? new Set()
      for (const partition of partitions) all.add(partition)
      assigned.set(topicId, all)
    }
  }
  return assigned
}
