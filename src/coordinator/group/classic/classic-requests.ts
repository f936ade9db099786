import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type {
  Heartbeat,
  JoinGroup,
  LeaveGroup,
  SyncGroup,
} from '../../../protocol/messages/index.ts'
import type { RequestOf, ResponseBody } from '../../../protocol/schema/index.ts'
import { settle } from '../../runtime/outcome.ts'
import type { GroupConfig } from '../group-config.ts'
import type { GroupPartitions } from '../group-partitions.ts'
import type { GroupRequestContext } from '../group-request-context.ts'
import { answer } from '../parked-answer.ts'
import {
  heartbeatOfClassicProtocol,
  joinWithClassicProtocol,
  leaveWithClassicProtocol,
  syncWithClassicProtocol,
} from '../migration/classic-protocol.ts'
import { joinResponseFor } from './join-group.ts'
import { UNKNOWN_MEMBER_ID, joinError, syncError } from './responses.ts'
import { isProtocolMissing } from './sync-group.ts'

/** The requests of members of classic groups, and of classic members of consumer groups. */
export class ClassicRequests {
  readonly #partitions: GroupPartitions
  readonly #config: GroupConfig

  constructor(partitions: GroupPartitions, config: GroupConfig) {
    this.#partitions = partitions
    this.#config = config
  }

  joinGroup(
    request: RequestOf<typeof JoinGroup>,
    context: GroupRequestContext,
  ): ResponseBody<typeof JoinGroup> | Promise<ResponseBody<typeof JoinGroup>> {
    const { groupId, memberId, sessionTimeoutMs } = request
    const { apiVersion } = context
    const partition = this.#partitions.of(groupId)
    this.#partitions.bind(partition, request, context.connection)
    const { minSessionTimeoutMs, maxSessionTimeoutMs } = this.#config
    const refuse = (id: string, errorCode: ErrorCode) =>
      joinResponseFor(joinError(id, errorCode), apiVersion)
    if (groupId === '') return refuse(memberId, ErrorCode.InvalidGroupId)
    if (sessionTimeoutMs < minSessionTimeoutMs || sessionTimeoutMs > maxSessionTimeoutMs) {
      return refuse(memberId, ErrorCode.InvalidSessionTimeout)
    }
    // Kafka does not return the member id with an error of the coordinator's partition.
    if (partition instanceof ApiError) return refuse(UNKNOWN_MEMBER_ID, partition.errorCode)
    return answer<ResponseBody<typeof JoinGroup>>(
      (reply) => joinWithClassicProtocol(partition.state.context, request, context, reply),
      (outcome) =>
        outcome instanceof ApiError
          ? refuse(UNKNOWN_MEMBER_ID, outcome.errorCode)
          : joinResponseFor(outcome, apiVersion),
    )
  }

  syncGroup(
    request: RequestOf<typeof SyncGroup>,
    context: GroupRequestContext,
  ): ResponseBody<typeof SyncGroup> | Promise<ResponseBody<typeof SyncGroup>> {
    if (isProtocolMissing(request, context.apiVersion)) {
      return syncError(ErrorCode.InconsistentGroupProtocol)
    }
    const partition = this.#partitions.ofMembers(request.groupId)
    if (partition instanceof ApiError) return syncError(partition.errorCode)
    this.#partitions.bind(partition, request, context.connection)
    return answer<ResponseBody<typeof SyncGroup>>(
      (reply) => syncWithClassicProtocol(partition.state.context, request, reply),
      (outcome) => (outcome instanceof ApiError ? syncError(outcome.errorCode) : outcome),
    )
  }

  /** Does not wait for the disk, as in Kafka: its result exists only in memory. */
  heartbeat(
    request: RequestOf<typeof Heartbeat>,
    { connection }: GroupRequestContext,
  ): ResponseBody<typeof Heartbeat> {
    const partition = this.#partitions.ofMembers(request.groupId)
    this.#partitions.bind(partition, request, connection)
    const errorCode =
      partition instanceof ApiError
        ? partition.errorCode
        : (heartbeatOfClassicProtocol(partition.state.context, request)?.errorCode ??
          ErrorCode.None)
    return { errorCode }
  }

  leaveGroup(
    request: RequestOf<typeof LeaveGroup>,
    { apiVersion }: GroupRequestContext,
  ): ResponseBody<typeof LeaveGroup> | Promise<ResponseBody<typeof LeaveGroup>> {
    const refuse = ({ errorCode }: ApiError) => ({ errorCode, members: [] })
    const partition = this.#partitions.ofMembers(request.groupId)
    if (partition instanceof ApiError) return refuse(partition)
    const response = leaveWithClassicProtocol(partition.state.context, request, apiVersion)
    return settle(
      response instanceof ApiError ? response : partition.whenCommitted(response),
      refuse,
    )
  }
}
