import { ZERO_UUID } from '../../../../src/platform/uuid.ts'
import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { OffsetCommit } from '../../../../src/protocol/messages/08-offset-commit.ts'
import { OffsetFetch } from '../../../../src/protocol/messages/09-offset-fetch.ts'
import { DeleteGroups } from '../../../../src/protocol/messages/42-delete-groups.ts'
import { OffsetDelete } from '../../../../src/protocol/messages/47-offset-delete.ts'
import { NO_OFFSET, type OffsetWrite } from '../model/offsets-model.ts'
import { orLost, type Client } from './client.ts'

/** The member that commits. */
export interface Committer {
  readonly generation: number
  readonly memberId: string
  readonly instanceId: string | null
  /** The first version of OffsetCommit that it may use. Default: the first that names instances. */
  readonly leastVersion?: number
}

export const NOBODY: Committer = { generation: -1, memberId: '', instanceId: null }

/** Errors after which the offset is unchanged. */
const refusals = new Set<number>([
  ErrorCode.CoordinatorLoadInProgress,
  ErrorCode.IllegalGeneration,
  ErrorCode.FencedMemberEpoch,
  ErrorCode.StaleMemberEpoch,
  ErrorCode.UnknownMemberId,
  ErrorCode.RebalanceInProgress,
  ErrorCode.FencedInstanceId,
  ErrorCode.UnknownTopicOrPartition,
  ErrorCode.NonEmptyGroup,
  ErrorCode.GroupIdNotFound,
  ErrorCode.GroupSubscribedToTopic,
])

/** Errors after which the offset may have changed. */
const doubts = new Set<number>([ErrorCode.CoordinatorNotAvailable, ErrorCode.NotCoordinator])

/**
 * Commits once. The commit may fail.
 *
 * @param offsets by partition, such as `orders-0`
 */
export async function commitOffsets(
  client: Client,
  group: string,
  offsets: ReadonlyMap<string, number>,
  { generation, memberId, instanceId, leastVersion = 5 }: Committer,
): Promise<void> {
  const port = await client.coordinatorPort(group)
  const { model } = client.world
  const writes = new Map(
    [...offsets].map(([partition, offset]) => [
      partition,
      model.offsets.begin(group, partition, offset, client.nowMs),
    ]),
  )
  const response = await orLost(
    client.call(port, OffsetCommit, client.version(leastVersion, 9), {
      groupId: group,
      generationIdOrMemberEpoch: generation,
      memberId,
      groupInstanceId: instanceId,
      topics: byTopic(offsets.keys()).map(({ name, partitions }) => ({
        name,
        topicId: ZERO_UUID,
        partitions: partitions.map((partitionIndex) => ({
          partitionIndex,
          committedOffset: offsets.get(`${name}-${partitionIndex}`)!,
          committedMetadata: '',
        })),
      })),
    }),
  )
  if (response === undefined) return client.forgetCoordinator(group)
  for (const { name, partitions } of response.topics) {
    for (const { partitionIndex, errorCode } of partitions) {
      settle(client, group, errorCode, writes.get(`${name}-${partitionIndex}`)!, 'OffsetCommit')
    }
  }
}

/**
 * Fetches the committed offsets of a group, and checks them. Returns those by partition.
 *
 * @param isStable whether to wait until no transaction has pending offsets. The request then names
 * all partitions: a request for all that there are does not find those with only pending offsets
 */
export async function fetchOffsets(
  client: Client,
  group: string,
  isStable: boolean,
): Promise<ReadonlyMap<string, number>> {
  const { model } = client.world
  for (;;) {
    const partitions = model.offsets.partitionsOf(group)
    const port = () => client.coordinatorPort(group)
    const topics = isStable ? byTopic(partitions).map(namingIndexes) : null
    const groups = [{ groupId: group, topics }]
    const request = { groupId: group, topics: null, groups, requireStable: isStable }
    const version = client.version(8, 9)
    const { response, sentAtMs } = await client.ask(port, OffsetFetch, version, request)
    const fetched = response.groups[0]!
    const found = fetched.topics.flatMap(({ name, partitions }) =>
      partitions.map((each) => ({ ...each, partition: `${name}-${each.partitionIndex}` })),
    )
    if (fetched.errorCode !== ErrorCode.None) {
      if (!isOfCoordinator(fetched.errorCode)) {
        client.world.disagree(`OffsetFetch is answered with error ${fetched.errorCode}`)
      }
      client.forgetCoordinator(group)
      await client.backOff()
      continue
    }
    if (isStable && found.some(isPending)) {
      await client.backOff()
      continue
    }
    const committed = new Map<string, number>()
    for (const { partition, committedOffset, errorCode } of found) {
      if (errorCode !== ErrorCode.None) {
        client.world.disagree(`OffsetFetch of ${partition} is answered with error ${errorCode}`)
      }
      committed.set(partition, committedOffset)
    }
    const read = { sentAtMs, nowMs: client.nowMs, isStable }
    for (const partition of new Set([...partitions, ...committed.keys()])) {
      if (model.topics.wasDeleted(topicOf(partition))) continue
      model.offsets.check(group, partition, committed.get(partition) ?? NO_OFFSET, read)
    }
    return committed
  }
}

function namingIndexes({ name, partitions }: { name: string; partitions: number[] }) {
  return { name, topicId: ZERO_UUID, partitionIndexes: partitions }
}

function isPending({ errorCode }: { errorCode: number }): boolean {
  return errorCode === ErrorCode.UnstableOffsetCommit
}

/** Deletes a group once. The deletion may fail. */
export async function deleteGroup(client: Client, group: string): Promise<void> {
  const port = await client.coordinatorPort(group)
  const { model } = client.world
  const write = model.offsets.beginDeletion(group, client.nowMs)
  model.groups.forget(group)
  const request = { groupsNames: [group] }
  const response = await orLost(client.call(port, DeleteGroups, client.version(0, 2), request))
  if (response === undefined) return client.forgetCoordinator(group)
  settle(client, group, response.results[0]!.errorCode, write, 'DeleteGroups')
}

/** Deletes the committed offset of one partition once. The deletion may fail. */
export async function deleteOffset(
  client: Client,
  group: string,
  partition: string,
): Promise<void> {
  const port = await client.coordinatorPort(group)
  const write = client.world.model.offsets.begin(group, partition, NO_OFFSET, client.nowMs)
  const topics = byTopic([partition]).map(({ name, partitions }) => ({
    name,
    partitions: partitions.map((partitionIndex) => ({ partitionIndex })),
  }))
  const response = await orLost(client.call(port, OffsetDelete, 0, { groupId: group, topics }))
  if (response === undefined) return client.forgetCoordinator(group)
  const errorCode = response.errorCode || (response.topics[0]?.partitions[0]?.errorCode ?? 0)
  settle(client, group, errorCode, write, 'OffsetDelete')
}

function settle(
  client: Client,
  group: string,
  errorCode: number,
  write: OffsetWrite,
  name: string,
): void {
  if (isOfCoordinator(errorCode)) client.forgetCoordinator(group)
  if (errorCode === ErrorCode.None) write.acknowledge(client.nowMs)
  else if (refusals.has(errorCode)) write.withdraw()
  else if (!doubts.has(errorCode)) {
    client.world.disagree(`${name} is answered with error ${errorCode}`)
  }
}

export function isOfCoordinator(errorCode: number): boolean {
  return (
    errorCode === ErrorCode.NotCoordinator ||
    errorCode === ErrorCode.CoordinatorNotAvailable ||
    errorCode === ErrorCode.CoordinatorLoadInProgress
  )
}

function topicOf(partition: string): string {
  return partition.slice(0, partition.lastIndexOf('-'))
}

/** Groups partitions such as `orders-0` by their topic. */
export function byTopic(partitions: Iterable<string>): { name: string; partitions: number[] }[] {
  const topics = new Map<string, number[]>()
  for (const partition of partitions) {
    const name = topicOf(partition)
    const index = Number(partition.slice(name.length + 1))
    topics.set(name, [...(topics.get(name) ?? []), index])
  }
  return [...topics].map(([name, indexes]) => ({ name, partitions: indexes }))
}
