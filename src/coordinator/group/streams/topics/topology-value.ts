import type { TopicImage } from '../../../../controller/metadata-image.ts'
import type { StreamsGroupTopologyRecord } from '../../../../protocol/internal/streams-group-records.ts'
import type { Decoded } from '../../../../protocol/schema/index.ts'

/** The topology of a group, as its record stores it. */
export type StreamsTopologyValue = Decoded<(typeof StreamsGroupTopologyRecord)['value']>
export type SubtopologyValue = StreamsTopologyValue['subtopologies'][number]
export type TopicInfoValue = SubtopologyValue['stateChangelogTopics'][number]

/** The topics that exist. */
export interface ExistingTopics {
  readonly topics: ReadonlyMap<string, Pick<TopicImage, 'partitions'>>
}
