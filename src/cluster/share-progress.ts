import type { Broker } from '../broker/broker.ts'
import type { MetadataImage } from '../controller/metadata-image.ts'

/** How far a share group has come in a partition. */
export interface ShareProgress {
  /** The first offset that is not completely delivered; `undefined` if it is not decided yet. */
  readonly offset: number | undefined
  /** The records from there on that are completely delivered. */
  readonly delivered: number
}

/**
 * Returns how far a share group has come. The share coordinator stores it; until the first
 * acknowledgement only the leader of the partition knows where the group begins.
 */
export function shareProgress(
  { groupId, topic, partition }: { groupId: string; topic: string; partition: number },
  { image, running }: { image: MetadataImage; running: readonly Broker[] },
): ShareProgress {
  const topicId = image.topics.get(topic)?.id
  if (topicId === undefined) return { offset: undefined, delivered: 0 }
  for (const { services } of running) {
    const state = services.shareCoordinator.stateOf({ groupId, topicId, partition })
    if (state === undefined || state.startOffset < 0) continue
    return { offset: state.startOffset, delivered: Math.max(0, state.deliveryCompleteCount) }
  }
  const id = { groupId, topicId, topic, partition }
  for (const { services } of running) {
    const offset = services.sharePartitions.startOffsetOf(id)
    if (offset !== undefined) return { offset, delivered: 0 }
  }
  return { offset: undefined, delivered: 0 }
}
