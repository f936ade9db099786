import type { PartitionRegistration, TopicImage } from '../metadata-image.ts'
import { partitionChangeRecord, type NewRecord } from '../records.ts'
import { planChange } from './partition-change.ts'
import { allowsUncleanElection, rulesOf, type ClusterView } from './partition-rules.ts'
import type { Reassignment } from './reassignment.ts'

/**
 * Returns the records that move a partition to other replicas (Kafka's
 * `changePartitionReassignment`). The move ends when the added replicas are in sync.
 *
 * @param target the replicas at the end; the first one is the preferred leader
 */
export function reassignmentRecords(
  view: ClusterView,
  topic: TopicImage,
  partition: PartitionRegistration,
  target: readonly number[],
): NewRecord[] {
  const election = allowsUncleanElection(view, topic.name) ? 'unclean' : 'online'
  const wanted = { ...reassignmentTo(target, partition.replicas), election } as const
  const change = planChange(partition, wanted, rulesOf(view, topic))
  return change === undefined ? [] : [partitionChangeRecord({ topicId: topic.id, ...change })]
}

/**
 * Returns the records that make an in-sync replica the leader, in a new leader epoch. Kafka's
 * controller writes such a record when the former leader shuts down.
 */
export function leaderMoveRecords(
  topic: TopicImage,
  { partition }: PartitionRegistration,
  leader: number,
): NewRecord[] {
  return [partitionChangeRecord({ topicId: topic.id, partitionId: partition, leader })]
}

/** Returns the replicas during a move (Kafka's `PartitionReassignmentReplicas`). */
function reassignmentTo(
  target: readonly number[],
  current: readonly number[],
): Omit<Reassignment, 'isr'> {
  const removingReplicas = missingIn(target, current)
  return {
    replicas: [...target, ...removingReplicas],
    addingReplicas: missingIn(current, target),
    removingReplicas,
  }
}

/** Returns the ids that the first list does not have, ordered. */
function missingIn(list: readonly number[], ids: readonly number[]): number[] {
  return ids.filter((id) => !list.includes(id)).sort((a, b) => a - b)
}
