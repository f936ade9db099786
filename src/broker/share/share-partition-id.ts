import type { Uuid } from '../../platform/uuid.ts'

/** A partition of a topic that exists or existed (Kafka's `TopicIdPartition`). */
export interface TopicIdPartition {
  readonly topic: string
  readonly topicId: Uuid
  readonly partition: number
}

/** A partition that a share group reads. */
export interface SharePartitionId extends TopicIdPartition {
  readonly groupId: string
}

/** Returns a text that is unique for a partition of a topic id. */
export function keyOf({
  topicId,
  partition,
}: Pick<TopicIdPartition, 'topicId' | 'partition'>): string {
  return `${topicId}:${partition}`
}

/** Returns the name of a share partition in messages, as Kafka writes it. */
export function nameOf({ groupId, topic, topicId, partition }: SharePartitionId): string {
  return `${groupId}-${topicId}:${topic}-${partition}`
}
