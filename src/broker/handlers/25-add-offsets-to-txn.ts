import type { AddOffsetsToTxn } from '../../protocol/messages/25-add-offsets-to-txn.ts'
import { InternalTopic } from '../internal-topics.ts'
import type { Handler } from './handler.ts'

/**
 * AddOffsetsToTxn (25): adds the partition of a group's offsets to a transaction (KIP-98).
 *
 *   v2  PRODUCER_FENCED (KIP-588)
 *   v4  TRANSACTION_ABORTABLE (KIP-890)
 */
export const addOffsetsToTxn: Handler<typeof AddOffsetsToTxn> = (request, context) => {
  const { groups, transactions } = context.services
  const partition = groups.partitionFor(request.groupId)
  const offsetsPartition = { topic: InternalTopic.ConsumerOffsets, partition }
  return transactions.addOffsetsToTxn(request, offsetsPartition, context)
}
