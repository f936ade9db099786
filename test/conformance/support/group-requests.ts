import { NO_TOPIC_ID, type RawClient } from './raw-client.ts'
import {
  DeleteGroups,
  DeleteTopics,
  JoinGroup,
  LeaveGroup,
  OffsetCommit,
  OffsetDelete,
  OffsetFetch,
  SyncGroup,
} from '../../../src/protocol/messages/index.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { protocol } from '../../coordinator/group/support.ts'

/** Asks a broker for everything that changes `__consumer_offsets`, one request after another. */
export async function changeGroups(client: RawClient): Promise<void> {
  await client.createTopic('t', 2)
  await client.createTopic('u', 1)
  await client.commitOffset('simple', 't', 1)
  await commit(client, 'simple', 't', 2, { retentionTimeMs: 100_000 }, 2)
  await commit(client, 'simple', 'u', 3)
  await deleteOffset(client, 'simple', 't')
  await deleteOffset(client, 'simple', 't')
  await client.connection.call(DeleteTopics, 5, {
    topics: [],
    topicNames: ['u'],
    timeoutMs: 10_000,
  })
  await forgotten(client, 'simple', 'u')
  await dynamicMember(client)
  await staticMember(client)
  await asksAndGoes(client)
  await client.commitOffset('', 't', 9)
  for (const groupId of ['simple', 'dynamic', 'static', '']) await deleteGroup(client, groupId)
}

/** Joins, syncs, commits, joins again with another subscription, and leaves. */
async function dynamicMember(client: RawClient): Promise<void> {
  const { memberId } = await join(client, 'dynamic')
  const joined = await join(client, 'dynamic', { memberId })
  await sync(client, 'dynamic', joined)
  const generation = { generationIdOrMemberEpoch: joined.generationId, memberId }
  await commit(client, 'dynamic', 't', 5, generation)
  const again = await join(client, 'dynamic', {
    memberId,
    protocols: [protocol('range', 't', 'u')],
  })
  await sync(client, 'dynamic', again)
  await leave(client, 'dynamic', { memberId })
}

/**
 * Joins, syncs, joins again three times without its member id, the last time with another protocol,
 * and is removed.
 */
async function staticMember(client: RawClient): Promise<void> {
  const groupInstanceId = 'instance'
  const joined = await join(client, 'static', { groupInstanceId })
  await sync(client, 'static', joined, groupInstanceId)
  await join(client, 'static', { groupInstanceId })
  await join(client, 'static', { groupInstanceId }, 8)
  const protocols = [protocol('roundrobin', 't'), protocol('range', 't')]
  const rebalanced = await join(client, 'static', { groupInstanceId, protocols })
  await sync(client, 'static', rebalanced, groupInstanceId, 'roundrobin')
  await leave(client, 'static', { memberId: '', groupInstanceId })
}

/** A client that gets a member id and does not come back. */
async function asksAndGoes(client: RawClient): Promise<void> {
  await join(client, 'asked')
  await deleteGroup(client, 'asked')
}

interface JoinOverrides {
  readonly memberId?: string
  readonly groupInstanceId?: string
  readonly protocols?: ReturnType<typeof protocol>[]
}

function join(client: RawClient, groupId: string, overrides: JoinOverrides = {}, version = 9) {
  return client.connection.call(JoinGroup, version, {
    groupId,
    sessionTimeoutMs: 30_000,
    rebalanceTimeoutMs: 60_000,
    memberId: '',
    groupInstanceId: null,
    protocolType: 'consumer',
    protocols: [protocol('range', 't')],
    reason: null,
    ...overrides,
  })
}

async function sync(
  client: RawClient,
  groupId: string,
  joined: { readonly generationId?: number | undefined; readonly memberId: string },
  groupInstanceId: string | null = null,
  protocolName = 'range',
): Promise<void> {
  const { memberId, generationId } = joined
  const { errorCode } = await client.connection.call(SyncGroup, 5, {
    groupId,
    generationId: generationId!,
    memberId,
    groupInstanceId,
    protocolType: 'consumer',
    protocolName,
    assignments: [{ memberId, assignment: Buffer.from('assigned') }],
  })
  check('SyncGroup', errorCode)
}

async function leave(
  client: RawClient,
  groupId: string,
  member: { readonly memberId: string; readonly groupInstanceId?: string },
): Promise<void> {
  const { errorCode } = await client.connection.call(LeaveGroup, 5, {
    groupId,
    memberId: '',
    members: [{ groupInstanceId: null, reason: null, ...member }],
  })
  check('LeaveGroup', errorCode)
}

async function commit(
  client: RawClient,
  groupId: string,
  name: string,
  committedOffset: number,
  overrides: {
    readonly generationIdOrMemberEpoch?: number
    readonly memberId?: string
    readonly retentionTimeMs?: number
  } = {},
  version = 8,
): Promise<void> {
  const { topics } = await client.connection.call(OffsetCommit, version, {
    groupId,
    generationIdOrMemberEpoch: -1,
    memberId: '',
    topics: [
      {
        name,
        topicId: NO_TOPIC_ID,
        partitions: [{ partitionIndex: 0, committedOffset, committedMetadata: 'about' }],
      },
    ],
    ...overrides,
  })
  check('OffsetCommit', topics[0]!.partitions[0]!.errorCode)
}

async function deleteOffset(client: RawClient, groupId: string, name: string): Promise<void> {
  const topics = [{ name, partitions: [{ partitionIndex: 0 }] }]
  const { errorCode } = await client.connection.call(OffsetDelete, 0, { groupId, topics })
  check('OffsetDelete', errorCode)
}

async function deleteGroup(client: RawClient, groupId: string): Promise<void> {
  const { results } = await client.connection.call(DeleteGroups, 2, { groupsNames: [groupId] })
  check('DeleteGroups', results[0]!.errorCode)
}

/** Kafka forgets the offsets of a deleted topic after it has answered. */
async function forgotten(client: RawClient, groupId: string, topic: string): Promise<void> {
  for (;;) {
    const { groups } = await client.connection.call(OffsetFetch, 8, {
      groupId: '',
      topics: null,
      groups: [{ groupId, topics: null }],
      requireStable: true,
    })
    if (!groups[0]!.topics.some(({ name }) => name === topic)) return
  }
}

function check(request: string, errorCode: number): void {
  if (errorCode !== ErrorCode.None) throw new Error(`${request} was answered ${errorCode}`)
}
