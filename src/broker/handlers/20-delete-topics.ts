import { mapAnswer } from '../../controller/answer.ts'
import { ZERO_UUID } from '../../platform/uuid.ts'
import type { DeleteTopics } from '../../protocol/messages/20-delete-topics.ts'
import type { Handler } from './handler.ts'

/** The first version with names and ids in one list (KIP-516). */
const FIRST_VERSION_WITH_TOPIC_IDS = 6

/**
 * DeleteTopics (20): deletes topics with all their records.
 *
 *   v5  errorMessage (KIP-599)
 *   v6  by topic id too (KIP-516)
 */
export const deleteTopics: Handler<typeof DeleteTopics> = (request, { services, apiVersion }) =>
  mapAnswer(
    services.controller.deleteTopics(
      apiVersion >= FIRST_VERSION_WITH_TOPIC_IDS
        ? request.topics
        : request.topicNames.map((name) => ({ name, topicId: ZERO_UUID })),
    ),
    (responses) => ({ responses }),
  )
