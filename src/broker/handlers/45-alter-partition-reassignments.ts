import type { AlterPartitionReassignments } from '../../protocol/messages/45-alter-partition-reassignments.ts'
import type { Handler } from './handler.ts'

/**
 * AlterPartitionReassignments (45): moves partitions to other brokers, or cancels that (KIP-455).
 *
 *   v1  allowReplicationFactorChange (KIP-860)
 *
 * `timeoutMs` is ignored.
 */
export const alterPartitionReassignments: Handler<typeof AlterPartitionReassignments> = (
  request,
  { services },
) => services.controller.alterPartitionReassignments(request)
