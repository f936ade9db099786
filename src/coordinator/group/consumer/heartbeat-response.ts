import type { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { ConsumerGroupHeartbeat } from '../../../protocol/messages/index.ts'
import type { ResponseBody } from '../../../protocol/schema/index.ts'
import type { OwnedPartitions } from './consumer-member.ts'

export type HeartbeatResponse = ResponseBody<typeof ConsumerGroupHeartbeat>

/** The fields of a successful response. */
interface HeartbeatResult {
  readonly memberId: string
  readonly memberEpoch: number
  /** Default 0, for a member that leaves. */
  readonly heartbeatIntervalMs?: number
  /** Absent if the assignment has not changed. */
  readonly assigned?: OwnedPartitions | undefined
}

/** Returns the response to a heartbeat. */
export function heartbeatResponse({
  memberId,
  memberEpoch,
  heartbeatIntervalMs = 0,
  assigned,
}: HeartbeatResult): HeartbeatResponse {
  return {
    errorCode: ErrorCode.None,
    errorMessage: null,
    memberId,
    memberEpoch,
    heartbeatIntervalMs,
    assignment: assigned === undefined ? null : { topicPartitions: topicPartitions(assigned) },
  }
}

/** Returns the response to a heartbeat that fails. */
export function refuseHeartbeat({ errorCode, message }: ApiError): HeartbeatResponse {
  return {
    errorCode,
    errorMessage: message,
    memberId: null,
    memberEpoch: 0,
    heartbeatIntervalMs: 0,
    assignment: null,
  }
}

function topicPartitions(owned: OwnedPartitions): { topicId: string; partitions: number[] }[] {
  return Array.from(owned, ([topicId, epochs]) => ({
    topicId,
    partitions: [...epochs.keys()].toSorted((a, b) => a - b),
  }))
}
