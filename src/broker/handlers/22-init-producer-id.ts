import { mapAnswer } from '../../controller/answer.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { InitProducerId } from '../../protocol/messages/22-init-producer-id.ts'
import { reportNotEmulated } from '../pipeline/refused-request.ts'
import type { Handler } from './handler.ts'

const NO_PRODUCER_ID = -1
const NO_PRODUCER_EPOCH = -1

/**
 * InitProducerId (22): allocates a producer id for an idempotent producer (KIP-98).
 *
 *   v3  the current producerId and epoch, which only transactional producers keep (KIP-360)
 *
 * Not emulated: transactional ids. The response is that of a broker without transactions.
 */
export const initProducerId: Handler<typeof InitProducerId> = (request, context) => {
  const { transactionalId, producerId, producerEpoch } = request
  const isHalfNamed = (producerId === NO_PRODUCER_ID) !== (producerEpoch === NO_PRODUCER_EPOCH)
  if (transactionalId === '' || isHalfNamed) return refused(ErrorCode.InvalidRequest)
  if (transactionalId !== null) {
    reportNotEmulated(
      'InitProducerId with a transactional id',
      'Odradek does not emulate transactions yet. The answer is UNSUPPORTED_VERSION',
      context,
    )
    return refused(ErrorCode.UnsupportedVersion)
  }
  return mapAnswer(context.services.producerIds.next(), (id) =>
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
