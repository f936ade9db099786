import type { ReadShareGroupStateSummary } from '../../protocol/messages/87-read-share-group-state-summary.ts'
import type { Handler } from './handler.ts'

/**
 * ReadShareGroupStateSummary (87): returns the offsets and epochs of share partitions to the group
 * coordinator (KIP-932).
 *
 *   v1  the number of completed deliveries (KIP-1226)
 */
export const readShareGroupStateSummary: Handler<typeof ReadShareGroupStateSummary> = (
  request,
  { services },
) => services.shareCoordinator.readStateSummary(request)
