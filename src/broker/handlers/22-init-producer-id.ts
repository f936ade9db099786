import { ErrorCode } from '../../protocol/error-code.ts'
import type { InitProducerId } from '../../protocol/messages/22-init-producer-id.ts'
import type { Handler } from './handler.ts'

/**
 * InitProducerId (22): a producer id of its own for an idempotent producer (KIP-98).
 *
 *   v3  producerId and epoch of before, which only transactional producers go on with (KIP-360)
 *   v6  two-phase commit (KIP-939), unstable in Kafka too
 *
 * Not emulated: transactional ids; they are answered as by a broker that does not know transactions.
 */
export const initProducerId: Handler<typeof InitProducerId> = ({ transactionalId }, { broker }) => {
  if (transactionalId === '') return refused(ErrorCode.InvalidRequest)
  if (transactionalId !== null) return refused(ErrorCode.UnsupportedVersion)
  return {
    throttleTimeMs: 0,
    errorCode: ErrorCode.None,
    producerId: broker.producerIds.next(),
    producerEpoch: 0,
  }
}

function refused(errorCode: ErrorCode) {
  return { throttleTimeMs: 0, errorCode, producerId: -1, producerEpoch: -1 }
}
