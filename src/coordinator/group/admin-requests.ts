import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { DeleteGroups, DescribeGroups, ListGroups } from '../../protocol/messages/index.ts'
import type { RequestOf, ResponseBody } from '../../protocol/schema/index.ts'
import { flatMapOutcome, mapOutcome, settle, whenAll } from '../runtime/outcome.ts'
import type { Outcome } from '../runtime/outcome.ts'
import { describeGroup, refuseDescription } from './classic/describe-groups.ts'
import type { DescribedGroup } from './classic/describe-groups.ts'
import { deleteGroups } from './delete-groups.ts'
import type { DeletedGroup } from './delete-groups.ts'
import type { GroupPartition, GroupPartitions } from './group-partitions.ts'
import type { GroupRequestContext } from './group-request-context.ts'
import type { ListedGroup } from './group.ts'
import { listGroups } from './list-groups.ts'
import type { ShareRequests } from './share/share-requests.ts'

/** The requests of administrators that concern groups of all kinds. */
export class AdminRequests {
  readonly #partitions: GroupPartitions
  readonly #share: Pick<ShareRequests, 'deleteState'>

  constructor(partitions: GroupPartitions, share: Pick<ShareRequests, 'deleteState'>) {
    this.#partitions = partitions
    this.#share = share
  }

  describeGroups(
    request: RequestOf<typeof DescribeGroups>,
    { apiVersion }: GroupRequestContext,
  ): ResponseBody<typeof DescribeGroups> | Promise<ResponseBody<typeof DescribeGroups>> {
    const described = request.groups.map((groupId) => {
      const partition = this.#partitions.of(groupId)
      const outcome: Outcome<DescribedGroup> =
        partition instanceof ApiError
          ? partition
          : partition.read(({ groups }) => describeGroup(groups, groupId, apiVersion))
      return settle(outcome, (error) => refuseDescription(groupId, error))
    })
    return whenAll(described, (groups) => ({ groups }))
  }

  /** Returns the groups of all partitions that this broker leads. */
  listGroups(
    request: RequestOf<typeof ListGroups>,
  ): ResponseBody<typeof ListGroups> | Promise<ResponseBody<typeof ListGroups>> {
    const listed = [...this.#partitions.loaded].map((partition) =>
      settle<readonly ListedGroup[]>(
        partition.read(({ groups }) => listGroups(groups.values(), request)),
        () => [],
      ),
    )
    return whenAll(listed, (groups) => ({
      errorCode: ErrorCode.None,
      groups: groups.flat(),
    }))
  }

  /** The groups of one partition are deleted with one batch. */
  deleteGroups(
    request: RequestOf<typeof DeleteGroups>,
  ): ResponseBody<typeof DeleteGroups> | Promise<ResponseBody<typeof DeleteGroups>> {
    const byPartition = new Map<GroupPartition | ApiError, string[]>()
    for (const groupId of new Set(request.groupsNames)) {
      const partition = this.#partitions.of(groupId)
      const groupIds = byPartition.get(partition)
      if (groupIds === undefined) byPartition.set(partition, [groupId])
      else groupIds.push(groupId)
    }
    const deleted = [...byPartition].map(([partition, groupIds]) =>
      settle<readonly DeletedGroup[]>(
        partition instanceof ApiError ? partition : this.#delete(partition, groupIds),
        ({ errorCode }) => groupIds.map((groupId) => ({ groupId, errorCode })),
      ),
    )
    return whenAll(deleted, (results) => ({ results: results.flat() }))
  }

  /** The share state of a share group is deleted first. If that fails, the group remains. */
  #delete(
    partition: GroupPartition,
    groupIds: readonly string[],
  ): Outcome<readonly DeletedGroup[]> {
    return flatMapOutcome(this.#share.deleteState(partition, groupIds), (errors) => {
      const refused = Array.from(errors, ([groupId, errorCode]) => ({ groupId, errorCode }))
      const others = groupIds.filter((groupId) => !errors.has(groupId))
      const deleted = partition.write((state) => deleteGroups(state, others))
      return mapOutcome(deleted, (results) => [...refused, ...results])
    })
  }
}
