import { mapAnswer } from '../../controller/answer.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { UnregisterBroker } from '../../protocol/messages/64-unregister-broker.ts'
import type { Handler } from './handler.ts'

/** UnregisterBroker (64): removes a broker from the cluster until it registers again (KIP-631). */
export const unregisterBroker: Handler<typeof UnregisterBroker> = ({ brokerId }, { services }) =>
  mapAnswer(services.controller.unregisterBroker(brokerId), (outcome) =>
    // Kafka sends an empty message for success.
    outcome.errorCode === ErrorCode.None ? { ...outcome, errorMessage: '' } : outcome,
  )
