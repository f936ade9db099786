import { ApiError } from '../../../protocol/api-error.ts'
import type { StreamsGroupDescribe } from '../../../protocol/messages/89-streams-group-describe.ts'
import type { StreamsGroupHeartbeat } from '../../../protocol/messages/88-streams-group-heartbeat.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type { StreamsGroupTopologyDescriptionUpdate } from '../../../protocol/messages/93-streams-group-topology-description-update.ts'
import type { RequestOf, ResponseBody } from '../../../protocol/schema/index.ts'
import { mapOutcome, settle, whenAll } from '../../runtime/outcome.ts'
import type { Outcome } from '../../runtime/outcome.ts'
import type { GroupPartition, GroupPartitions } from '../group-partitions.ts'
import type { GroupRequestContext } from '../group-request-context.ts'
import { checkHeartbeat } from './check-heartbeat.ts'
import { updateDescription } from './update-description.ts'
import { describeStreamsGroup, refuseStreamsDescription } from './describe-streams-group.ts'
import type { DescribedStreamsGroup } from './describe-streams-group.ts'
import { refuseHeartbeat } from './heartbeat-response.ts'
import type { HeartbeatResult } from './heartbeat-response.ts'
import { StreamsGroup } from './streams-group.ts'
import { streamsHeartbeat } from './streams-heartbeat.ts'
import { streamsLeave } from './streams-leave.ts'
import { JOIN_EPOCH } from './streams-member.ts'

type DescriptionUpdateResponse = ResponseBody<typeof StreamsGroupTopologyDescriptionUpdate>
type HeartbeatRequest = RequestOf<typeof StreamsGroupHeartbeat>

/** The requests of members of streams groups, and of administrators that describe them. */
export class StreamsRequests {
  readonly #partitions: GroupPartitions

  constructor(partitions: GroupPartitions) {
    this.#partitions = partitions
  }

  /** The caller creates the missing internal topics, and then sends the response. */
  heartbeat(
    request: HeartbeatRequest,
    context: GroupRequestContext,
  ): HeartbeatResult | Promise<HeartbeatResult> {
    const partition = this.#partitions.of(request.groupId)
    const outcome = checkHeartbeat(request) ?? partition
    return settle(
      outcome instanceof ApiError ? outcome : this.#heartbeat(outcome, request, context),
      refuseHeartbeat,
    )
  }

  describe({
    groupIds,
    includeTopologyDescription,
  }: RequestOf<typeof StreamsGroupDescribe>):
    | DescribedStreamsGroup[]
    | Promise<DescribedStreamsGroup[]> {
    const described = groupIds.map((groupId) => {
      const partition = this.#partitions.ofMembers(groupId)
      const outcome: Outcome<DescribedStreamsGroup> =
        partition instanceof ApiError
          ? partition
          : partition.read(({ context }) =>
              describeStreamsGroup(context, groupId, includeTopologyDescription),
            )
      return settle(outcome, (error) => refuseStreamsDescription(groupId, error))
    })
    return whenAll(described, (groups) => [...groups])
  }

  updateDescription(
    request: RequestOf<typeof StreamsGroupTopologyDescriptionUpdate>,
  ): DescriptionUpdateResponse | Promise<DescriptionUpdateResponse> {
    const partition = this.#partitions.of(request.groupId)
    const outcome =
      partition instanceof ApiError ? partition : updateDescription(partition, request)
    return settle<DescriptionUpdateResponse>(
      mapOutcome(outcome, () => ({ errorCode: ErrorCode.None })),
      ({ errorCode, message }) => ({ errorCode, errorMessage: message }),
    )
  }

  #heartbeat(
    partition: GroupPartition,
    request: HeartbeatRequest,
    context: GroupRequestContext,
  ): Outcome<HeartbeatResult> {
    const { groupId, memberId, memberEpoch } = request
    const outcome = partition.write((state) =>
      memberEpoch >= JOIN_EPOCH
        ? streamsHeartbeat(state.context, request, context)
        : streamsLeave(state.context, request),
    )
    if (!(outcome instanceof ApiError) && memberEpoch >= JOIN_EPOCH) {
      const { groups, context: groupContext } = partition.state
      const group = groups.get(groupId)
      const config = groupContext.groupConfig(groupId)
      if (group instanceof StreamsGroup) {
        group.renewSession(memberId, config.number('streams.session.timeout.ms'))
      }
      this.#partitions.bind(partition, request, context.connection)
    }
    return outcome
  }
}
