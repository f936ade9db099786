import type { TxnOffsetCommit } from '../../protocol/messages/28-txn-offset-commit.ts'
import type { Handler } from './handler.ts'

/**
 * TxnOffsetCommit (28): stores committed offsets of a group in the transaction of a producer. They
 * take effect when the transaction commits (KIP-98).
 *
 *   v2  committedLeaderEpoch (KIP-320)
 *   v3  generation, member id and instance id of the consumer, which fence it (KIP-447)
 *   v4  TRANSACTION_ABORTABLE (KIP-890)
 *   v5  adds the group to the transaction (KIP-890)
 *   v6  topic ids; GROUP_ID_NOT_FOUND (KIP-1319)
 */
export const txnOffsetCommit: Handler<typeof TxnOffsetCommit> = (request, context) =>
  context.services.groups.offsets.txnOffsetCommit(request, context)
