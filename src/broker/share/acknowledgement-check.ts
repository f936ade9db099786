import { AcknowledgeType, type AcknowledgementBatch } from './acknowledgement.ts'

/** The acknowledgements of a request, as the message contains them. */
interface RequestedBatch {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly acknowledgeTypes: readonly number[]
}

/** The first version of both requests with {@link AcknowledgeType.Renew}. */
const FIRST_VERSION_WITH_RENEWAL = 2

/**
 * Returns the acknowledgements of a partition; `undefined` if they are invalid (Kafka's
 * `KafkaApis.validateAcknowledgementBatches`).
 *
 * @param isRenewAck whether the request may renew locks
 */
export function checkAcknowledgements(
  batches: readonly RequestedBatch[],
  apiVersion: number,
  isRenewAck: boolean,
): readonly AcknowledgementBatch[] | undefined {
  const maxType =
    apiVersion >= FIRST_VERSION_WITH_RENEWAL ? AcknowledgeType.Renew : AcknowledgeType.Reject
  let previousLast = -1
  const isValid = (batch: RequestedBatch): batch is AcknowledgementBatch => {
    const { firstOffset, lastOffset, acknowledgeTypes } = batch
    if (firstOffset > lastOffset || firstOffset < previousLast) return false
    previousLast = lastOffset
    const typeCount = acknowledgeTypes.length
    if (typeCount === 0 || (typeCount > 1 && typeCount !== lastOffset - firstOffset + 1)) {
      return false
    }
    return acknowledgeTypes.every(
      (type) =>
        type >= AcknowledgeType.Gap &&
        type <= maxType &&
        (type !== AcknowledgeType.Renew || isRenewAck),
    )
  }
  return batches.every(isValid) ? batches : undefined
}
