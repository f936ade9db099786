import { randomUuid } from '../../../platform/uuid.ts'
import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type {
  ConsumerGroupDescribe,
  ConsumerGroupHeartbeat,
} from '../../../protocol/messages/index.ts'
import type { RequestOf, ResponseBody } from '../../../protocol/schema/index.ts'
import { assignorNames } from '../../../controller/group-assignors.ts'
import { settle, whenAll } from '../../runtime/outcome.ts'
import type { GroupEnvironment } from '../group-context.ts'
import type { GroupPartition, GroupPartitions } from '../group-partitions.ts'
import type { GroupRequestContext } from '../group-request-context.ts'
import { describeConsumerGroup, refuseConsumerGroup } from './describe.ts'
import type { DescribedGroup } from './describe.ts'
import { findConsumerGroup } from './find-consumer-group.ts'
import { consumerGroupHeartbeat } from './heartbeat.ts'
import { refuseHeartbeat } from './heartbeat-response.ts'
import type { HeartbeatResponse } from './heartbeat-response.ts'
import { leaveConsumerGroup } from './leave.ts'
import { validateHeartbeat } from './validate-heartbeat.ts'

type HeartbeatRequest = RequestOf<typeof ConsumerGroupHeartbeat>
type DescribeResponse = ResponseBody<typeof ConsumerGroupDescribe>

/** The requests of members of consumer groups (KIP-848), and the description of such groups. */
export class ConsumerRequests {
  readonly #partitions: GroupPartitions
  readonly #environment: Pick<GroupEnvironment, 'random' | 'brokerConfig'>

  constructor(
    partitions: GroupPartitions,
    environment: Pick<GroupEnvironment, 'random' | 'brokerConfig'>,
  ) {
    this.#partitions = partitions
    this.#environment = environment
  }

  heartbeat(
    request: HeartbeatRequest,
    context: GroupRequestContext,
  ): HeartbeatResponse | Promise<HeartbeatResponse> {
    const { random, brokerConfig } = this.#environment
    const { groupId } = request
    const invalid = validateHeartbeat(
      request,
      context.apiVersion,
      assignorNames('consumer', brokerConfig),
    )
    if (invalid !== undefined) return refuseHeartbeat(invalid)
    const partition = this.#partitions.of(groupId)
    if (partition instanceof ApiError) return refuseHeartbeat(partition)
    const memberId = request.memberId === '' ? randomUuid(random) : request.memberId
    return this.#heartbeat(partition, { ...request, memberId }, context)
  }

  /** Describes groups, in the order of the request. */
  describe({
    groupIds,
  }: RequestOf<typeof ConsumerGroupDescribe>): DescribeResponse | Promise<DescribeResponse> {
    const described = groupIds.map((groupId): DescribedGroup | Promise<DescribedGroup> => {
      const refuse = (error: ApiError) => refuseConsumerGroup(groupId, error)
      if (groupId === '') return refuse(ApiError.of(ErrorCode.InvalidGroupId))
      const partition = this.#partitions.of(groupId)
      if (partition instanceof ApiError) return refuse(partition)
      const outcome = partition.read(({ context }) => {
        const group = findConsumerGroup(context, groupId)
        return group instanceof ApiError ? group : describeConsumerGroup(context, group)
      })
      return settle(outcome, refuse)
    })
    return whenAll(described, (groups) => ({ groups }))
  }

  #heartbeat(
    partition: GroupPartition,
    request: HeartbeatRequest,
    context: GroupRequestContext,
  ): HeartbeatResponse | Promise<HeartbeatResponse> {
    const { groupId, memberId, memberEpoch } = request
    const isLeaving = memberEpoch < 0
    const outcome = partition.write((state) =>
      isLeaving
        ? leaveConsumerGroup(state.context, request)
        : consumerGroupHeartbeat(state.context, request, context),
    )
    if (!(outcome instanceof ApiError) && !isLeaving) {
      const group = findConsumerGroup(partition.state.context, groupId)
      if (!(group instanceof ApiError)) group.renewSession(memberId)
      this.#partitions.bind(partition, request, context.connection)
    }
    return settle(outcome, refuseHeartbeat)
  }
}
