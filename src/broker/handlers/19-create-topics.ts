import { mapAnswer } from '../../controller/answer.ts'
import type { CreateTopics } from '../../protocol/messages/19-create-topics.ts'
import type { Handler } from './handler.ts'

/**
 * CreateTopics (19): creates topics. An error of one topic does not affect the others.
 *
 *   v4  -1 partitions or replicas: the broker's defaults (KIP-464)
 *   v5  the response contains the configs of the topic (KIP-525)
 *   v7  topic ids (KIP-516)
 *
 * Producers can use a topic when the response is sent.
 */
export const createTopics: Handler<typeof CreateTopics> = (
  { topics, validateOnly },
  { services },
) =>
  mapAnswer(services.controller.createTopics(topics, { validateOnly }), (created) => ({
    topics: created,
  }))
