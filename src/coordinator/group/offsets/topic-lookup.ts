import type { MetadataImage } from '../../../controller/metadata-image.ts'
import { ZERO_UUID } from '../../../platform/uuid.ts'
import type { Uuid } from '../../../platform/uuid.ts'

/** What the coordinator asks of the cluster's metadata. */
export type TopicLookup = Pick<MetadataImage, 'topics' | 'topicsById' | 'partition'>

/** From this version on OffsetCommit and OffsetFetch name topics by id (KIP-848). */
export const TOPIC_ID_VERSION = 10

/** The topic that a request names, by name or by id; `name` is `undefined` for an id that no topic has. */
export function resolveTopic(
  lookup: TopicLookup,
  topic: { readonly name: string; readonly topicId: Uuid },
  apiVersion: number,
): { name: string | undefined; topicId: Uuid } {
  if (apiVersion >= TOPIC_ID_VERSION) {
    return { name: lookup.topicsById.get(topic.topicId)?.name, topicId: topic.topicId }
  }
  return { name: topic.name, topicId: lookup.topics.get(topic.name)?.id ?? ZERO_UUID }
}
