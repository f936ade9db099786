import { mapAnswer } from '../../controller/answer.ts'
import type { CreatePartitions } from '../../protocol/messages/37-create-partitions.ts'
import type { Handler } from './handler.ts'

/** CreatePartitions (37): adds partitions to topics (KIP-195). */
export const createPartitions: Handler<typeof CreatePartitions> = (
  { topics, validateOnly },
  { services },
) =>
  mapAnswer(services.controller.createPartitions(topics, { validateOnly }), (results) => ({
    results,
  }))
