import {
  DeleteGroups,
  DescribeGroups,
  Heartbeat,
  LeaveGroup,
  ListGroups,
  OffsetDelete,
  OffsetFetch,
  SyncGroup,
} from '../../../../src/protocol/messages/index.ts'
import { ZERO_UUID } from '../../../../src/platform/uuid.ts'
import { ClassicClient, subscription } from './classic-client.ts'
import type { Connect } from './script.ts'
import { Script } from './script.ts'

/** The lines that a real broker gave for {@link classicCases}. */
export const classicCasesUrl = new URL('classic-cases.jsonl', import.meta.url)

/**
 * Sends requests about classic groups and their offsets, with the errors of each, and the histories
 * of static members.
 *
 * @returns one line per response
 */
export async function classicCases(connect: Connect): Promise<string[]> {
  const script = new Script(connect)
  await script.awaitCoordinator()
  const topicId = await script.createTopic('t', 2)
  await script.createTopic('u', 1)
  for (const [name, run] of Object.entries(cases)) {
    script.note(name)
    const group = name.replaceAll(' ', '-')
    await run({
      script,
      topicId,
      groupId: group,
      client: (client, instanceId) => new ClassicClient(script, client, group, instanceId),
    })
  }
  const { lines } = script
  await script.close()
  return lines
}

interface Case {
  readonly script: Script
  readonly topicId: string
  readonly groupId: string
  client(name: string, groupInstanceId?: string): ClassicClient
}

const cases: Readonly<Record<string, (given: Case) => Promise<void>>> = {
  'the order of groups': async ({ script, client }) => {
    for (let count = 1; count <= 40; count++) {
      await client('a').commit({ groupId: `group ${count}` })
      const filters = { statesFilter: [], typesFilter: [] }
      await script.ask('admin', ListGroups, 5, filters, ({ groups }) =>
        groups.map(({ groupId }) => groupId.slice('group '.length)).join(' '),
      )
    }
    const groupsNames = Array.from({ length: 40 }, (_, index) => `group ${index + 1}`)
    await script.silently('admin', DeleteGroups, 2, { groupsNames })
  },

  'JoinGroup errors': async ({ client }) => {
    for (const version of [0, 3, 5, 6, 7, 9]) {
      const a = client('a')
      await a.join({ groupId: '' }, version)
      await a.join({ sessionTimeoutMs: 1 }, version)
      await a.join({ groupId: '', sessionTimeoutMs: 1, memberId: 'x' }, version)
      await a.join({ memberId: 'nobody' }, version)
      await a.join({ memberId: '', protocolType: '' }, version)
      await a.join({ memberId: '', protocols: [] }, version)
    }
    const a = client('a')
    await a.joinTwice()
    await a.sync([[a, 'all']])
    await client('b').join({ memberId: 'nobody' })
    await client('b').join({ memberId: 'nobody', protocolType: 'connect' })
    await client('b').join({ memberId: '', protocolType: 'connect' })
    await client('b').join({ memberId: '', protocols: [subscription('other', ['t'])] })
    await client('b', 'i').join({ memberId: 'nobody' })
    await client('b', 'i').join({ memberId: a.memberId })
  },

  'the errors of a member': async ({ script, client, groupId }) => {
    const a = client('a')
    await a.heartbeat()
    await a.sync()
    await a.sync([], {}, 2)
    for (const version of [0, 2, 3, 5]) await a.leave([{ memberId: 'nobody' }], version)
    await a.leave([])
    await a.joinTwice()
    await a.heartbeat({ generationId: 9 })
    await a.heartbeat({ memberId: 'nobody', generationId: 9 })
    await a.heartbeat({ groupInstanceId: 'nobody', generationId: 9 })
    await a.heartbeat()
    await a.commit()
    await a.sync([], { generationId: 9 })
    await a.sync([], { memberId: 'nobody', generationId: 9 })
    await a.sync([], { generationId: 9, protocolName: 'other' })
    await a.sync([], { protocolName: 'other' })
    await a.sync([], { protocolType: 'other' })
    await a.sync([], { protocolType: null })
    await a.sync([], { protocolName: 'other', protocolType: null }, 4)
    await a.sync([[a, 'all']], { protocolType: null, protocolName: null }, 4)
    await a.sync()
    await a.join()
    await a.sync([[a, 'all']])
    const b = client('b')
    await b.join()
    const joining = b.join()
    await a.awaitRebalance()
    await a.heartbeat()
    await a.heartbeat({ generationId: 9 })
    await a.sync()
    await a.commit()
    await a.commit({ generationIdOrMemberEpoch: -1 })
    await a.commit({ generationIdOrMemberEpoch: -1, memberId: '' })
    await script.ask('admin', DescribeGroups, 5, {
      groups: [groupId],
      includeAuthorizedOperations: false,
    })
    await a.join()
    await joining
    await script.ask('admin', DescribeGroups, 6, {
      groups: [groupId],
      includeAuthorizedOperations: true,
    })
    await script.ask('admin', DeleteGroups, 2, { groupsNames: [groupId] })
    const synced = b.sync()
    await a.sync([
      [a, 'one'],
      [b, 'two'],
    ])
    await synced
    await b.join()
    await b.leave([{ memberId: b.memberId, groupInstanceId: 'i' }])
    await b.leave([b, { memberId: 'nobody', reason: 'why' }, b])
    await a.awaitRebalance()
    await b.heartbeat()
    await a.leave([a], 2)
    await script.ask('admin', DescribeGroups, 6, {
      groups: [groupId],
      includeAuthorizedOperations: false,
    })
    await a.heartbeat()
    await a.sync()
    await a.join()
  },

  'a pending member': async ({ script, client, groupId }) => {
    const a = client('a')
    await a.join()
    await a.heartbeat({ generationId: 0 })
    await a.sync([], { generationId: 0 })
    await a.commit({ generationIdOrMemberEpoch: 0 })
    await script.ask('admin', DescribeGroups, 6, {
      groups: [groupId],
      includeAuthorizedOperations: false,
    })
    await a.leave([{ memberId: a.memberId, groupInstanceId: 'i' }])
    await a.join()
    a.memberId = ''
    await a.join()
    await script.ask('admin', DeleteGroups, 2, { groupsNames: [groupId] })
    await a.join()
  },

  'static members': async ({ client }) => {
    const a = client('a', 'one')
    await a.join()
    await a.sync([[a, 'all']])
    const old = client('old', 'one')
    old.memberId = a.memberId
    old.generationId = a.generationId
    a.memberId = ''
    await a.join()
    await old.heartbeat()
    await old.heartbeat({ generationId: 9 })
    await old.heartbeat({ groupInstanceId: null })
    await old.sync()
    await old.commit()
    await old.commit({ generationIdOrMemberEpoch: -1 })
    await old.leave()
    await old.join()
    await old.join({ protocolType: 'other' })
    await a.heartbeat()
    await a.sync()
    a.memberId = ''
    await a.join({}, 8)
    a.memberId = ''
    await a.join({}, 5)
    await a.sync()
    const b = client('b', 'two')
    const joining = b.join()
    await a.awaitRebalance()
    await a.join()
    await joining
    const synced = b.sync()
    await a.sync([
      [a, 'one'],
      [b, 'two'],
    ])
    await synced
    for (const version of [5, 8, 9]) {
      b.memberId = ''
      await b.join({}, version)
      a.memberId = ''
      await a.join({}, version)
      await a.sync()
      await b.sync()
    }
    await b.leave([{ memberId: 'nobody', groupInstanceId: 'two' }])
    await b.leave([{ memberId: b.memberId, groupInstanceId: 'one' }])
    await b.leave([{ memberId: '', groupInstanceId: 'none' }, { memberId: '' }])
    await b.leave([
      { memberId: '', groupInstanceId: 'two', reason: 'the consumer is being closed' },
      { memberId: '', groupInstanceId: 'two' },
    ])
    await a.awaitRebalance()
    await a.join()
    await a.sync([[a, 'all']])
  },

  'a static member that changes its protocols': async ({ client }) => {
    const a = client('a', 'one')
    const both = [subscription('range', ['t']), subscription('roundrobin', ['t'])]
    await a.join({ protocols: both })
    await a.sync([[a, 'all']])
    a.memberId = ''
    await a.join({ protocols: both.toReversed() })
    await a.sync([[a, 'all']], { protocolName: 'roundrobin' })
    a.memberId = ''
    await a.join({ protocols: [subscription('roundrobin', ['u'])] })
    await a.sync([], { protocolName: 'roundrobin' })
    a.memberId = ''
    await a.join({ protocols: [subscription('range', ['u'])] })
  },

  'a static member that restarts while the group waits': async ({ client }) => {
    const a = client('a', 'one')
    const b = client('b', 'two')
    await a.join()
    await a.sync([[a, 'all']])
    const first = b.join()
    await a.awaitRebalance()
    const again = client('b2', 'two')
    const second = again.join()
    await first
    await a.join()
    await second
    const waiting = again.sync()
    const successor = client('b3', 'two')
    const third = successor.join()
    await waiting
    await a.heartbeat()
    await a.join()
    await third
    const synced = successor.sync()
    await a.sync([
      [a, 'one'],
      [successor, 'two'],
    ])
    await synced
  },

  'offsets of a group without members': async ({ script, client, groupId, topicId }) => {
    const a = client('a')
    for (const version of [2, 8, 9, 10]) {
      await a.commit({ generationIdOrMemberEpoch: 0 }, version, topicId)
      await a.commit({ generationIdOrMemberEpoch: 0, memberId: 'm' }, version, topicId)
      await a.commit({ groupId: `${groupId}${version}`, memberId: 'm' }, version, topicId)
      await a.commit({ generationIdOrMemberEpoch: 7 }, version, topicId)
    }
    await a.commit({ groupId: '' })
    await a.commit()
    await a.commit({ generationIdOrMemberEpoch: 0 })
    await a.commit({ memberId: 'nobody' })
    await a.commit({ groupInstanceId: 'nobody' })
    await a.commit({}, 10, topicId)
    await a.commit({}, 10, ZERO_UUID)
    await a.commit({}, 10, 'AAAAAAAAAAAAAAAAAAAAAQ')
    const partition = (partitionIndex: number, committedMetadata: string) => ({
      partitionIndex,
      committedOffset: 1,
      committedLeaderEpoch: 3,
      committedMetadata,
    })
    await a.commit({
      topics: [
        { name: 'none', topicId: ZERO_UUID, partitions: [partition(0, '')] },
        {
          name: 't',
          topicId: ZERO_UUID,
          partitions: [partition(0, 'x'.repeat(4097)), partition(7, ''), partition(1, 'ok')],
        },
      ],
    })
    const topics = [
      { name: 't', topicId, partitionIndexes: [0, 1, 7] },
      { name: 'none', topicId: ZERO_UUID, partitionIndexes: [0] },
    ]
    for (const version of [1, 2, 5, 7]) {
      await script.ask('a', OffsetFetch, version, {
        groupId,
        topics,
        groups: [],
        requireStable: version >= 7,
      })
      if (version < 2) continue
      await script.ask('a', OffsetFetch, version, {
        groupId,
        topics: null,
        groups: [],
        requireStable: false,
      })
    }
    for (const version of [8, 9, 10]) {
      for (const requireStable of [false, true]) {
        await script.ask('a', OffsetFetch, version, {
          groupId: '',
          topics: null,
          groups: [
            { groupId, memberId: 'm', memberEpoch: 5, topics },
            { groupId: 'nobody', memberId: null, memberEpoch: -1, topics },
            { groupId: 'nobody', memberId: 'm', memberEpoch: 3, topics: null },
            { groupId: '', memberId: 'm', memberEpoch: 3, topics: null },
            { groupId, memberId: null, memberEpoch: -1, topics: null },
          ],
          requireStable,
        })
      }
    }
    await script.ask('admin', ListGroups, 5, { statesFilter: [], typesFilter: ['share'] })
    await script.ask('admin', DescribeGroups, 6, {
      groups: [groupId],
      includeAuthorizedOperations: false,
    })
  },

  'ListGroups filters': async ({ script, client }) => {
    await client('a').commit()
    const b = client('b')
    await b.joinTwice({ groupId: 'stable' })
    await b.sync([[b, 'all']], { groupId: 'stable' })
    for (const statesFilter of [
      ['Empty'],
      ['STABLE'],
      [' stable '],
      ['bogus'],
      ['bogus', 'stable'],
      [''],
      ['PreparingRebalance', 'CompletingRebalance', 'Dead'],
    ]) {
      await listed(script, statesFilter, [])
    }
    for (const typesFilter of [
      ['classic'],
      ['CLASSIC'],
      [' classic'],
      ['bogus'],
      [''],
      ['unknown'],
      ['Unknown', 'Classic'],
    ]) {
      await listed(script, ['stable'], typesFilter)
    }
    for (const version of [0, 3, 4]) {
      const filters = { statesFilter: version < 4 ? [] : ['stable'], typesFilter: [] }
      await script.ask('admin', ListGroups, version, filters, ({ groups }) =>
        groups.filter(({ groupId }) => groupId === 'stable'),
      )
    }
  },

  'DescribeGroups and DeleteGroups': async ({ script, client }) => {
    for (const version of [0, 3, 5, 6]) {
      await script.ask('admin', DescribeGroups, version, {
        groups: ['nobody', '', 'nobody'],
        includeAuthorizedOperations: version > 4,
      })
    }
    for (const version of [0, 1, 2, 3]) {
      await script.ask('admin', DeleteGroups, version, { groupsNames: ['nobody', '', 'nobody'] })
    }
    await client('a').commit({ groupId: '' })
    await script.ask('admin', DeleteGroups, 2, { groupsNames: [''] })
    await script.ask('admin', DeleteGroups, 2, { groupsNames: [''] })
  },

  OffsetDelete: async ({ script, client, groupId }) => {
    const request = (id: string) => ({
      groupId: id,
      topics: [
        { name: 't', partitions: [{ partitionIndex: 0 }, { partitionIndex: 7 }] },
        { name: 'u', partitions: [{ partitionIndex: 0 }] },
        { name: 'none', partitions: [{ partitionIndex: 0 }] },
      ],
    })
    await script.ask('admin', OffsetDelete, 0, request('nobody'))
    await script.ask('admin', OffsetDelete, 0, request(''))
    await script.ask('admin', OffsetDelete, 0, { groupId: 'nobody', topics: [] })
    await script.ask('admin', OffsetDelete, 0, {
      groupId: 'nobody',
      topics: [{ name: 'none', partitions: [{ partitionIndex: 0 }] }],
    })
    const a = client('a')
    await a.joinTwice()
    await script.ask('admin', OffsetDelete, 0, request(groupId))
    await a.sync([[a, 'all']])
    await a.commit()
    await script.ask('admin', OffsetDelete, 0, request(groupId))
    await a.leave()
    await script.ask('admin', OffsetDelete, 0, request(groupId))
    const b = client('b')
    const protocols = [{ name: 'x', metadata: Buffer.from('?') }]
    await b.joinTwice({ groupId: 'connect', protocolType: 'connect', protocols })
    await script.ask('admin', OffsetDelete, 0, request('connect'))
    await b.sync([[b, 'all']], { groupId: 'connect', protocolType: 'connect', protocolName: 'x' })
    await script.ask('admin', OffsetDelete, 0, request('connect'))
    const c = client('c')
    const malformed = [{ name: 'x', metadata: Buffer.from('?') }]
    await c.joinTwice({ groupId: 'malformed', protocols: malformed })
    await c.sync([[c, 'all']], { groupId: 'malformed', protocolName: 'x' })
    await script.ask('admin', OffsetDelete, 0, request('malformed'))
  },

  'requests without a group id': async ({ script }) => {
    const nobody = { memberId: 'm', groupInstanceId: null, generationId: 0, groupId: '' }
    await script.ask('a', Heartbeat, 4, nobody)
    await script.ask('a', LeaveGroup, 5, { ...nobody, members: [{ ...nobody, reason: null }] })
    await script.ask('a', LeaveGroup, 2, { ...nobody, members: [] })
    await script.ask('a', SyncGroup, 5, {
      ...nobody,
      protocolType: 'a',
      protocolName: 'b',
      assignments: [],
    })
    await script.ask('a', SyncGroup, 5, {
      ...nobody,
      protocolType: null,
      protocolName: 'b',
      assignments: [],
    })
  },

  'a cooperative rebalance': async ({ script, client, groupId }) => {
    const protocols = (owned: readonly number[]) => [
      subscription('cooperative-sticky', ['t'], owned),
    ]
    const name = { protocolName: 'cooperative-sticky' }
    const a = client('a')
    await a.joinTwice({ protocols: protocols([]) })
    await a.sync([[a, 'both']], name)
    const b = client('b')
    await b.join({ protocols: protocols([]) })
    const joining = b.join({ protocols: protocols([]) })
    await a.awaitRebalance()
    await a.commit()
    await a.join({ protocols: protocols([0, 1]) })
    await joining
    const synced = b.sync([], name)
    await a.commit()
    await a.sync(
      [
        [a, 'first'],
        [b, 'none'],
      ],
      name,
    )
    await synced
    const rejoining = a.join({ protocols: protocols([0]) })
    await b.awaitRebalance()
    await b.commit()
    await b.join({ protocols: protocols([]) })
    await rejoining
    const syncedAgain = b.sync([], name)
    await a.sync(
      [
        [a, 'first'],
        [b, 'second'],
      ],
      name,
    )
    await syncedAgain
    await b.join({ protocols: protocols([]) })
    await script.ask('admin', DescribeGroups, 6, {
      groups: [groupId],
      includeAuthorizedOperations: false,
    })
  },
}

/** Lists the groups of this case only. */
async function listed(
  script: Script,
  statesFilter: readonly string[],
  typesFilter: readonly string[],
): Promise<void> {
  const own = ['ListGroups-filters', 'stable']
  const filters = { statesFilter: [...statesFilter], typesFilter: [...typesFilter] }
  await script.ask('admin', ListGroups, 5, filters, ({ groups }) =>
    groups.map(({ groupId }) => groupId).filter((groupId) => own.includes(groupId)),
  )
}
