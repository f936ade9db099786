import { ErrorCode } from '../../protocol/error-code.ts'
import type { DescribeShareGroupOffsets } from '../../protocol/messages/90-describe-share-group-offsets.ts'
import { isShareProtocolEnabled } from '../group-protocols.ts'
import type { Handler } from './handler.ts'

/**
 * DescribeShareGroupOffsets (90): returns the start offsets of share groups (KIP-932).
 *
 *   v1  lag (KIP-1226)
 */
export const describeShareGroupOffsets: Handler<typeof DescribeShareGroupOffsets> = (
  request,
  { services },
) => {
  if (isShareProtocolEnabled(services)) return services.groups.share.offsets.describe(request)
  const errorCode = ErrorCode.UnsupportedVersion
  return { groups: request.groups.map(({ groupId }) => ({ groupId, topics: [], errorCode })) }
}
