import type { OffsetFetch } from '../../protocol/messages/09-offset-fetch.ts'
import type { Handler } from './handler.ts'

/**
 * OffsetFetch (9): returns the committed offsets of groups.
 *
 *   v2   null topics: every partition with a committed offset
 *   v5   committedLeaderEpoch (KIP-320)
 *   v7   requireStable waits for open transactions (KIP-447)
 *   v8   several groups in one request (KIP-709)
 *   v10  topic ids (KIP-848)
 */
export const offsetFetch: Handler<typeof OffsetFetch> = (request, context) =>
  context.services.groups.offsets.offsetFetch(request, context)
