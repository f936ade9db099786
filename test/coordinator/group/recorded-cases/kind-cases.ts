import {
  ConsumerGroupDescribe,
  ConsumerGroupHeartbeat,
  DeleteGroups,
  DescribeGroups,
  FindCoordinator,
  Heartbeat,
  InitProducerId,
  JoinGroup,
  LeaveGroup,
  ListGroups,
  OffsetCommit,
  OffsetDelete,
  OffsetFetch,
  ShareGroupDescribe,
  ShareGroupHeartbeat,
  StreamsGroupDescribe,
  StreamsGroupHeartbeat,
  SyncGroup,
  TxnOffsetCommit,
} from '../../../../src/protocol/messages/index.ts'
import type { RequestInput } from '../../../../src/protocol/schema/index.ts'
import { subscription } from './classic-client.ts'
import type { Connect } from './script.ts'
import { Script } from './script.ts'
import { retried } from '../transactional-offsets/retried.ts'

/** The kinds of groups that are not classic. */
export type ModernKind = 'consumer' | 'share' | 'streams'

/** Returns the lines that a real broker gave for {@link kindCases}. */
export function kindCasesUrl(kind: ModernKind): URL {
  return new URL(`${kind}-kind-cases.jsonl`, import.meta.url)
}

/**
 * Sends the requests of all kinds of groups to a group of one kind: while it has a member, and when
 * it is empty.
 *
 * @returns one line per response
 */
export async function kindCases(connect: Connect, kind: ModernKind): Promise<string[]> {
  const script = new Script(connect)
  await script.awaitCoordinator()
  const topicId = await script.createTopic('t', 2)
  await script.awaitTopic('t')
  const broker = new KindBroker(script, kind, topicId)
  script.note('a group with a member')
  const epoch = await broker.join()
  await broker.askAll(epoch)
  script.note('the requests of its members with a group of the same kind that does not exist')
  await broker.askMissing()
  script.note('a group without members')
  await broker.heartbeat(-1)
  await broker.askEmpty()
  const { lines } = script
  await script.close()
  return lines
}

const GROUP = 'g'
const MEMBER = 'member-1'
const TRANSACTION_TIMEOUT_MS = 60_000

class KindBroker {
  readonly #script: Script
  readonly #kind: ModernKind
  readonly #topicId: string

  constructor(script: Script, kind: ModernKind, topicId: string) {
    this.#script = script
    this.#kind = kind
    this.#topicId = topicId
  }

  /** Joins a member. Returns its epoch when the group is stable. */
  async join(): Promise<number> {
    await this.heartbeat(0)
    for (;;) {
      const { groups } = await this.#script.silently('admin', ListGroups, 5, noFilters)
      if (groups[0]!.groupState === 'Stable') break
      await this.#heartbeatSilently(0)
    }
    const { memberEpoch } = await this.#heartbeatSilently(0)
    return memberEpoch
  }

  heartbeat(memberEpoch: number, groupId = GROUP, kind: ModernKind = this.#kind): Promise<unknown> {
    switch (kind) {
      case 'consumer':
        return this.#ask(ConsumerGroupHeartbeat, 1, consumerHeartbeat(groupId, memberEpoch))
      case 'share':
        return this.#script.ask(
          'a',
          ShareGroupHeartbeat,
          1,
          shareHeartbeat(groupId, memberEpoch),
          // When its partitions are initialized depends on the time.
          ({ errorCode, errorMessage, memberId }) => ({ errorCode, errorMessage, memberId }),
        )
      case 'streams':
        return this.#ask(StreamsGroupHeartbeat, 1, streamsHeartbeat(groupId, memberEpoch))
    }
  }

  async askAll(epoch: number): Promise<void> {
    await this.#askClassic(epoch)
    for (const kind of kinds) {
      if (kind === this.#kind) continue
      for (const memberEpoch of [0, 1, -1]) await this.heartbeat(memberEpoch, GROUP, kind)
    }
    await this.#askAdmin()
    await this.#askOffsets(epoch)
    await this.#askTransactional(epoch)
    await this.#deleteOffsets(GROUP)
    for (const version of [2, 3]) await this.#deleteGroups(version)
  }

  async askMissing(): Promise<void> {
    for (const memberEpoch of [1, -1, -2]) await this.heartbeat(memberEpoch, 'nobody')
    await this.#describe('nobody')
  }

  async askEmpty(): Promise<void> {
    await this.#askAdmin()
    await this.#commit(9, { memberId: '', generationIdOrMemberEpoch: -1 })
    await this.#commit(8, { memberId: MEMBER, generationIdOrMemberEpoch: 5 })
    await this.#commit(9, { memberId: MEMBER, generationIdOrMemberEpoch: 5 })
    await this.#fetch(9, { memberId: null, memberEpoch: -1 })
    await this.#fetch(9, { memberId: MEMBER, memberEpoch: 1 })
    await this.#deleteOffsets(GROUP)
    await this.#commit(9, { memberId: '', generationIdOrMemberEpoch: -1 })
    await this.#ask(SyncGroup, 5, { ...classicMember('m'), ...consumerProtocol, assignments: [] })
    await this.#ask(Heartbeat, 4, classicMember('m'))
    await this.#ask(LeaveGroup, 5, {
      ...classicMember(''),
      members: [{ ...classicMember('m'), reason: null }],
    })
    await this.heartbeat(0)
    await this.#list()
    await this.heartbeat(-1)
    await this.#ask(JoinGroup, 9, joinGroup('', null))
    // Its response is committed after the record of the classic group.
    await this.#commit(9, { memberId: '', generationIdOrMemberEpoch: -1 })
    await this.#list()
    await this.#fetch(9, { memberId: null, memberEpoch: -1 })
    await this.heartbeat(0)
    await this.#list()
    await this.heartbeat(-1)
    await this.#deleteGroups(2)
    await this.#deleteGroups(3)
    await this.#list()
    await this.#fetch(9, { memberId: null, memberEpoch: -1 })
  }

  async #askClassic(epoch: number): Promise<void> {
    await this.#ask(JoinGroup, 9, joinGroup('', null))
    await this.#ask(JoinGroup, 9, { ...joinGroup('', null), protocolType: 'connect' })
    await this.#ask(JoinGroup, 9, { ...joinGroup('', null), protocols: [] })
    for (const memberId of [MEMBER, 'nobody']) {
      for (const generationId of [epoch, epoch + 1]) {
        const member = { ...classicMember(memberId), generationId }
        await this.#ask(SyncGroup, 5, { ...member, ...consumerProtocol, assignments: [] })
        await this.#ask(Heartbeat, 4, member)
        await this.#ask(Heartbeat, 4, { ...member, groupInstanceId: 'i' })
      }
    }
    const leaving = [
      { ...classicMember('nobody'), reason: null },
      { ...classicMember(''), groupInstanceId: 'i', reason: null },
    ]
    for (const version of [2, 5]) {
      await this.#ask(LeaveGroup, version, { ...classicMember('nobody'), members: leaving })
    }
  }

  async #askAdmin(): Promise<void> {
    for (const version of [0, 5, 6]) {
      await this.#ask(DescribeGroups, version, {
        groups: [GROUP],
        includeAuthorizedOperations: false,
      })
    }
    await this.#list()
    for (const statesFilter of [['stable'], ['Empty'], ['assigning', 'reconciling'], ['dead']]) {
      await this.#ask(ListGroups, 5, { statesFilter, typesFilter: [] })
    }
    for (const typesFilter of [['classic'], ['Consumer'], ['SHARE'], ['streams'], ['other']]) {
      await this.#ask(ListGroups, 5, { statesFilter: [], typesFilter })
    }
    await this.#describe(GROUP)
  }

  /** The descriptions of its own kind depend on times and ids, and are tested elsewhere. */
  async #describe(groupId: string): Promise<void> {
    const request = { groupIds: [groupId], includeAuthorizedOperations: false }
    if (this.#kind !== 'consumer') await this.#ask(ConsumerGroupDescribe, 1, request)
    if (this.#kind !== 'share') await this.#ask(ShareGroupDescribe, 1, request)
    if (this.#kind !== 'streams') await this.#ask(StreamsGroupDescribe, 1, request)
  }

  async #askOffsets(epoch: number): Promise<void> {
    for (const version of [7, 8, 9, 10]) {
      for (const memberId of [MEMBER, 'nobody', '']) {
        for (const generationIdOrMemberEpoch of [epoch, epoch + 1, epoch - 1, -1]) {
          await this.#commit(version, { memberId, generationIdOrMemberEpoch })
        }
      }
    }
    for (const version of [8, 9, 10]) {
      for (const memberId of [MEMBER, 'nobody', '', null]) {
        for (const memberEpoch of [epoch, epoch + 1, epoch - 1, -1]) {
          await this.#fetch(version, { memberId, memberEpoch })
        }
      }
      await this.#fetch(version, { memberId: null, memberEpoch: -1 }, true)
    }
    await this.#ask(OffsetFetch, 7, {
      groupId: GROUP,
      topics: [{ name: 't', partitionIndexes: [0] }],
      groups: [],
      requireStable: true,
    })
  }

  async #askTransactional(epoch: number): Promise<void> {
    const transactionalId = 'x'
    const coordinator = { key: transactionalId, keyType: 1, coordinatorKeys: [] }
    await retried(() => this.#script.silently('producer', FindCoordinator, 3, coordinator))
    const { producerId, producerEpoch } = await retried(() =>
      this.#script.silently('producer', InitProducerId, 4, {
        transactionalId,
        transactionTimeoutMs: TRANSACTION_TIMEOUT_MS,
        producerId: -1,
        producerEpoch: -1,
      }),
    )
    for (const version of [5, 6]) {
      for (const memberId of [MEMBER, 'nobody', '']) {
        for (const generationIdOrMemberEpoch of [epoch, epoch + 1, epoch - 1, -1]) {
          await this.#ask(TxnOffsetCommit, version, {
            transactionalId,
            groupId: GROUP,
            producerId,
            producerEpoch,
            memberId,
            generationIdOrMemberEpoch,
            groupInstanceId: null,
            topics: [this.#offsets()],
          })
        }
      }
    }
  }

  #commit(
    version: number,
    committer: { readonly memberId: string; readonly generationIdOrMemberEpoch: number },
  ): Promise<unknown> {
    return this.#ask(OffsetCommit, version, {
      groupId: GROUP,
      groupInstanceId: null,
      retentionTimeMs: -1,
      topics: [this.#offsets()],
      ...committer,
    })
  }

  #fetch(
    version: number,
    member: { readonly memberId: string | null; readonly memberEpoch: number },
    requireStable = false,
  ): Promise<unknown> {
    const topics = [{ name: 't', topicId: this.#topicId, partitionIndexes: [0] }]
    return this.#ask(OffsetFetch, version, {
      groupId: '',
      topics: null,
      groups: [
        { groupId: GROUP, ...member, topics },
        { groupId: GROUP, ...member, topics: null },
      ],
      requireStable,
    })
  }

  #offsets() {
    const offset = { committedOffset: 5, committedLeaderEpoch: -1, committedMetadata: 'm' }
    return {
      name: 't',
      topicId: this.#topicId,
      partitions: [{ partitionIndex: 0, ...offset }],
    }
  }

  #list(): Promise<unknown> {
    return this.#ask(ListGroups, 5, noFilters)
  }

  #deleteGroups(version: number): Promise<unknown> {
    return this.#ask(DeleteGroups, version, { groupsNames: [GROUP] })
  }

  #deleteOffsets(groupId: string): Promise<unknown> {
    const partitions = [{ partitionIndex: 0 }, { partitionIndex: 1 }]
    return this.#ask(OffsetDelete, 0, { groupId, topics: [{ name: 't', partitions }] })
  }

  async #heartbeatSilently(memberEpoch: number): Promise<{ readonly memberEpoch: number }> {
    switch (this.#kind) {
      case 'consumer':
        return this.#script.silently(
          'a',
          ConsumerGroupHeartbeat,
          1,
          consumerHeartbeat(GROUP, memberEpoch),
        )
      case 'share':
        return this.#script.silently(
          'a',
          ShareGroupHeartbeat,
          1,
          shareHeartbeat(GROUP, memberEpoch),
        )
      case 'streams':
        return this.#script.silently(
          'a',
          StreamsGroupHeartbeat,
          1,
          streamsHeartbeat(GROUP, memberEpoch),
        )
    }
  }

  #ask: Ask = (api, version, request) => this.#script.ask('a', api, version, request)
}

type Ask = <A extends Parameters<Script['ask']>[1]>(
  api: A,
  version: number,
  request: RequestInput<A>,
) => Promise<unknown>

const kinds: readonly ModernKind[] = ['consumer', 'share', 'streams']
const noFilters = { statesFilter: [], typesFilter: [] }
const consumerProtocol = { protocolType: 'consumer', protocolName: 'range' }

function classicMember(memberId: string) {
  return { groupId: GROUP, generationId: 1, memberId, groupInstanceId: null }
}

function joinGroup(memberId: string, groupInstanceId: string | null) {
  return {
    groupId: GROUP,
    sessionTimeoutMs: 45_000,
    rebalanceTimeoutMs: 300_000,
    memberId,
    groupInstanceId,
    protocolType: 'consumer',
    protocols: [subscription('range', ['t'])],
    reason: null,
  }
}

function consumerHeartbeat(groupId: string, memberEpoch: number) {
  return {
    groupId,
    memberId: MEMBER,
    memberEpoch,
    instanceId: memberEpoch === -2 ? 'i' : null,
    rackId: null,
    rebalanceTimeoutMs: 300_000,
    subscribedTopicNames: ['t'],
    subscribedTopicRegex: null,
    serverAssignor: null,
    topicPartitions: [],
  }
}

function shareHeartbeat(groupId: string, memberEpoch: number) {
  return { groupId, memberId: MEMBER, memberEpoch, rackId: null, subscribedTopicNames: ['t'] }
}

function streamsHeartbeat(
  groupId: string,
  memberEpoch: number,
): RequestInput<typeof StreamsGroupHeartbeat> {
  const isJoining = memberEpoch === 0
  const subtopology = {
    subtopologyId: '0',
    sourceTopics: ['t'],
    sourceTopicRegex: [],
    stateChangelogTopics: [],
    repartitionSinkTopics: [],
    repartitionSourceTopics: [],
    copartitionGroups: [],
  }
  return {
    groupId,
    memberId: MEMBER,
    memberEpoch,
    endpointInformationEpoch: 0,
    instanceId: memberEpoch === -2 ? 'i' : null,
    rackId: null,
    rebalanceTimeoutMs: isJoining ? 300_000 : -1,
    topology: isJoining ? { epoch: 0, subtopologies: [subtopology] } : null,
    activeTasks: isJoining ? [] : null,
    standbyTasks: isJoining ? [] : null,
    warmupTasks: isJoining ? [] : null,
    processId: isJoining ? 'process' : null,
    userEndpoint: null,
    clientTags: isJoining ? [] : null,
    taskOffsets: null,
    taskEndOffsets: null,
    shutdownApplication: false,
  }
}
