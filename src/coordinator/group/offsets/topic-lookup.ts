import type { MetadataImage } from '../../../controller/metadata-image.ts'
import { ZERO_UUID } from '../../../platform/uuid.ts'
import type { Uuid } from '../../../platform/uuid.ts'

/** The cluster metadata that the coordinator uses. */
export type TopicLookup = Pick<MetadataImage, 'topics' | 'topicsById' | 'partition'>

/** From this version on OffsetCommit and OffsetFetch identify topics by id (KIP-848). */
export const TOPIC_ID_VERSION = 10

/** Returns the topic of a request, by name or by id; `name` is `undefined` for an unknown id. */
export function resolveTopic(
  lookup: TopicLookup,
  topic: { readonly name: string; readonly topicId: Uuid },
  usesTopicIds: boolean,
): { name: string | undefined; topicId: Uuid } {
  if (usesTopicIds) {
    return { name: lookup.topicsById.get(topic.topicId)?.name, topicId: topic.topicId }
  }
  return { name: topic.name, topicId: lookup.topics.get(topic.name)?.id ?? ZERO_UUID }
}
