import { mapAnswer } from '../../controller/answer.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { InitProducerId } from '../../protocol/messages/22-init-producer-id.ts'
import type { Handler } from './handler.ts'

const NO_PRODUCER_ID = -1
const NO_PRODUCER_EPOCH = -1

/**
 * InitProducerId (22): allocates a producer id for an idempotent producer, or starts a
 * transactional one and fences its predecessors (KIP-98).
 *
 *   v3  the current producerId and epoch, which only transactional producers keep (KIP-360)
 *   v4  PRODUCER_FENCED (KIP-588)
 *   v6  two-phase commit (KIP-939)
 */
export const initProducerId: Handler<typeof InitProducerId> = (request, context) => {
  const { transactionalId, producerId, producerEpoch } = request
  const isHalfNamed = (producerId === NO_PRODUCER_ID) !== (producerEpoch === NO_PRODUCER_EPOCH)
  if (isHalfNamed) return refused(ErrorCode.InvalidRequest)
  const { transactions, producerIds } = context.services
  if (transactionalId !== null) {
    return transactions.initProducerId({ ...request, transactionalId }, context)
  }
  return mapAnswer(producerIds.next(), (id) =>
    id === undefined
      ? refused(ErrorCode.CoordinatorLoadInProgress)
      : { errorCode: ErrorCode.None, producerId: id, producerEpoch: 0 },
  )
}

function refused(errorCode: ErrorCode) {
  return {
    errorCode,
    producerId: NO_PRODUCER_ID,
    producerEpoch: NO_PRODUCER_EPOCH,
  }
}
