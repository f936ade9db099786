import { allAnswers, mapAnswer } from '../../../controller/answer.ts'
import type { Answer } from '../../../controller/answer.ts'
import type { MetadataDelta, MetadataImage } from '../../../controller/metadata-image.ts'
import { ApiError } from '../../../protocol/api-error.ts'
import type { ErrorCode } from '../../../protocol/error-code.ts'
import type { ShareGroupDescribe, ShareGroupHeartbeat } from '../../../protocol/messages/index.ts'
import type { RequestOf, ResponseBody } from '../../../protocol/schema/index.ts'
import { flatMapOutcome, mapOutcome, settle, whenAll } from '../../runtime/outcome.ts'
import type { Outcome } from '../../runtime/outcome.ts'
import type { SharePersister } from '../../share/share-persister.ts'
import type { GroupPartition, GroupPartitions } from '../group-partitions.ts'
import type { GroupRequestContext } from '../group-request-context.ts'
import { startDeletingGroupState } from './delete-group-state.ts'
import type { GroupStateDeletion } from './delete-group-state.ts'
import { describeShareGroup, refuseShareDescription } from './describe-share-group.ts'
import { failedPartition, noteInitialized } from './note-initialized.ts'
import type { LatestOffsets } from './latest-offsets.ts'
import { leaveShareGroup, refuseShareHeartbeat, shareHeartbeat } from './share-heartbeat.ts'
import { ShareGroup } from './share-group.ts'
import { LEAVE_GROUP_MEMBER_EPOCH } from './share-member.ts'
import { ShareOffsetRequests } from './share-offset-requests.ts'
import { statePartitionsRecord } from './share-records.ts'
import { withoutTopics } from './state-partitions.ts'
import { validateShareHeartbeat } from './validate-share-heartbeat.ts'

/** The services that {@link ShareRequests} use. */
export interface ShareRequestsOptions {
  readonly image: MetadataImage
  /** Stores the state of share partitions at their coordinators. */
  readonly sharePersister: SharePersister
  readonly latestOffsets: LatestOffsets
}

/** The requests for share groups, except those of consumers for records. */
export class ShareRequests {
  readonly offsets: ShareOffsetRequests
  readonly #partitions: GroupPartitions
  readonly #persister: SharePersister

  constructor(partitions: GroupPartitions, options: ShareRequestsOptions) {
    this.offsets = new ShareOffsetRequests(partitions, options)
    this.#partitions = partitions
    this.#persister = options.sharePersister
  }

  /** The response does not wait for the share coordinators, as in Kafka. */
  heartbeat(
    request: RequestOf<typeof ShareGroupHeartbeat>,
    origin: GroupRequestContext,
  ): ResponseBody<typeof ShareGroupHeartbeat> | Promise<ResponseBody<typeof ShareGroupHeartbeat>> {
    const invalid = validateShareHeartbeat(request)
    if (invalid !== undefined) return refuseShareHeartbeat(invalid)
    const partition = this.#partitions.of(request.groupId)
    if (partition instanceof ApiError) return refuseShareHeartbeat(partition)
    const isLeaving = request.memberEpoch === LEAVE_GROUP_MEMBER_EPOCH
    const outcome = partition.write(({ context }) =>
      isLeaving ? leaveShareGroup(context, request) : shareHeartbeat(context, request, origin),
    )
    if (!(outcome instanceof ApiError)) this.#renewSession(partition, request, origin)
    return settle(
      mapOutcome(outcome, ({ response, initialize }) => {
        if (initialize !== undefined) {
          const stored = this.#persister.initializeState(initialize)
          void mapAnswer(stored, (body) => noteInitialized(this.#partitions, initialize, body))
        }
        return response
      }),
      refuseShareHeartbeat,
    )
  }

  describe({
    groupIds,
  }: RequestOf<typeof ShareGroupDescribe>):
    | ResponseBody<typeof ShareGroupDescribe>
    | Promise<ResponseBody<typeof ShareGroupDescribe>> {
    const described = groupIds.map((groupId) => {
      const partition = this.#partitions.ofMembers(groupId)
      return settle(
        partition instanceof ApiError
          ? partition
          : partition.read(({ context }) => describeShareGroup(context, groupId)),
        (error) => refuseShareDescription(groupId, error),
      )
    })
    return whenAll(described, (groups) => ({ groups }))
  }

  /**
   * Deletes the share state of groups that are to be deleted. Returns the errors of share groups
   * that may not be deleted. Groups of other kinds have no share state.
   */
  deleteState(
    partition: GroupPartition,
    groupIds: readonly string[],
  ): Outcome<ReadonlyMap<string, ErrorCode>> {
    const isShare = (groupId: string) => partition.state.groups.get(groupId) instanceof ShareGroup
    if (!groupIds.some(isShare)) return new Map<string, ErrorCode>()
    const started = partition.write(({ context }) => startDeletingGroupState(context, groupIds))
    return flatMapOutcome(started, (deletion) => this.#deleteState(deletion))
  }

  /** Forgets the share state of deleted topics, which share coordinators delete themselves. */
  onTopicsDeleted(topics: MetadataDelta['deletedTopics']): void {
    const topicIds = new Set(Array.from(topics.values(), ({ id }) => id))
    for (const partition of this.#partitions.loaded) {
      const records = [...partition.state.groups.values()].flatMap((group) => {
        if (!(group instanceof ShareGroup) || group.statePartitions === undefined) return []
        const after = withoutTopics(group.statePartitions, topicIds)
        const isSame = after === group.statePartitions
        return isSame ? [] : [statePartitionsRecord(group.groupId, after)]
      })
      // If this fails, the state of the topics stays listed, as in Kafka.
      void partition.appendSeparately(records)
    }
  }

  #deleteState({ errors, requests }: GroupStateDeletion): Answer<ReadonlyMap<string, ErrorCode>> {
    const answers = requests.map((request) => this.#persister.deleteState(request))
    return mapAnswer(allAnswers(answers), (responses) => {
      const all = new Map(errors)
      for (const [index, { results }] of responses.entries()) {
        const failed = failedPartition(results)
        if (failed !== undefined) all.set(requests[index]!.groupId, failed.errorCode as ErrorCode)
      }
      return all
    })
  }

  #renewSession(
    partition: GroupPartition,
    { groupId, memberId }: RequestOf<typeof ShareGroupHeartbeat>,
    { connection }: GroupRequestContext,
  ): void {
    const group = partition.state.groups.get(groupId)
    if (!(group instanceof ShareGroup)) return
    group.renewSession(memberId)
    this.#partitions.bind(partition, { groupId, memberId }, connection)
  }
}
