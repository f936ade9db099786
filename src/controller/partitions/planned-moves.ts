import type { PartitionRegistration, TopicImage } from '../metadata-image.ts'
import { partitionChangeRecord, type NewRecord } from '../records.ts'
import { planChange } from './partition-change.ts'
import { rulesOf, type ClusterView } from './partition-rules.ts'
import { beginReassignment } from './reassignment.ts'

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
  const change = planChange(partition, beginReassignment(partition, target), rulesOf(view, topic))
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
