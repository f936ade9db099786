import { ErrorCode } from '../protocol/error-code.ts'
import { DeleteGroups, DescribeGroups, ListGroups } from '../protocol/messages/index.ts'
import type { ResponseOf } from '../protocol/schema/index.ts'
import type { ClusterClient } from './cluster-client.ts'
import { check } from './client-error.ts'

export type GroupDescription = ResponseOf<typeof DescribeGroups>['groups'][number]
export type ListedGroup = ResponseOf<typeof ListGroups>['groups'][number]

/** The groups of all coordinators, by id. */
export async function listGroups(client: ClusterClient): Promise<ListedGroup[]> {
  const { brokers } = await client.metadata([])
  const groups: ListedGroup[] = []
  for (const { nodeId } of brokers) {
    const broker = await client.broker(nodeId)
    const response = await broker.send(ListGroups, { statesFilter: [], typesFilter: [] })
    check(response.errorCode, `listing the groups of broker ${nodeId}`)
    groups.push(...response.groups)
  }
  return groups.sort((a, b) => (a.groupId < b.groupId ? -1 : 1))
}

/** `undefined` when there is no such group. */
export async function describeGroup(
  client: ClusterClient,
  groupId: string,
): Promise<GroupDescription | undefined> {
  return client.retry(async () => {
    const coordinator = await client.coordinator(groupId)
    const { groups } = await coordinator.send(DescribeGroups, {
      groups: [groupId],
      includeAuthorizedOperations: false,
    })
    const group = groups[0]!
    if (group.errorCode === ErrorCode.GroupIdNotFound || group.groupState === 'Dead')
      return undefined
    check(group.errorCode, `group ${groupId}`, group.errorMessage)
    return group
  })
}

/** @throws BrokerError when it has members, or is not there */
export async function deleteGroup(client: ClusterClient, groupId: string): Promise<void> {
  const coordinator = await client.coordinator(groupId)
  const { results } = await coordinator.send(DeleteGroups, { groupsNames: [groupId] })
  for (const { errorCode, errorMessage } of results)
    check(errorCode, `deleting group ${groupId}`, errorMessage)
}
