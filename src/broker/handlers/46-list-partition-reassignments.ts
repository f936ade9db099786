import { mapAnswer } from '../../controller/answer.ts'
import { errorFields, requestTimedOut } from '../../controller/error-fields.ts'
import type { ListPartitionReassignments } from '../../protocol/messages/46-list-partition-reassignments.ts'
import type { Handler } from './handler.ts'

/**
 * ListPartitionReassignments (46): the partitions that move to other brokers (KIP-455).
 *
 * `timeoutMs` is ignored.
 */
export const listPartitionReassignments: Handler<typeof ListPartitionReassignments> = (
  { topics },
  { services },
) =>
  mapAnswer(services.controller.listPartitionReassignments(topics), (reassignments) =>
    reassignments === undefined
      ? { ...errorFields(requestTimedOut), topics: [] }
      : { ...errorFields(undefined), topics: reassignments },
  )
