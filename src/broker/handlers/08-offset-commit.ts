import type { OffsetCommit } from '../../protocol/messages/08-offset-commit.ts'
import type { Handler } from './handler.ts'

/**
 * OffsetCommit (8): stores the committed offsets of a group in `__consumer_offsets`.
 *
 *   v5   the retention time of the request is ignored (KIP-211)
 *   v6   committedLeaderEpoch (KIP-320)
 *   v7   static members (KIP-345)
 *   v9   members of the consumer protocol (KIP-848)
 *   v10  topic ids (KIP-848)
 */
export const offsetCommit: Handler<typeof OffsetCommit> = (request, context) =>
  context.services.groups.offsets.offsetCommit(request, context)
