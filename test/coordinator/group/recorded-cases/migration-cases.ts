import { decodeAssignment, encodeAssignment } from '../../../../src/protocol/consumer-protocol.ts'
import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import {
  ConsumerGroupDescribe,
  DescribeGroups,
  ListGroups,
  OffsetFetch,
} from '../../../../src/protocol/messages/index.ts'
import type { RequestInput } from '../../../../src/protocol/schema/index.ts'
import type { JoinGroup } from '../../../../src/protocol/messages/index.ts'
import { ClassicClient, subscription } from './classic-client.ts'
import { ConsumerClient } from './consumer-client.ts'
import type { Connect } from './script.ts'
import { Script } from './script.ts'

/** The values of `group.consumer.migration.policy`. */
export type MigrationPolicy = 'bidirectional' | 'upgrade' | 'downgrade' | 'disabled'

/** Returns the lines that a real broker gave for {@link migrationCases}. */
export function migrationCasesUrl(policy: MigrationPolicy): URL {
  return new URL(`migration-${policy}-cases.jsonl`, import.meta.url)
}

/**
 * Mixes classic and new members in groups, so that the groups change their kind.
 *
 * @returns one line per response
 */
export async function migrationCases(connect: Connect, policy: MigrationPolicy): Promise<string[]> {
  const script = new Script(connect)
  await script.awaitCoordinator()
  await script.createTopic('t', 4)
  await script.createTopic('u', 2)
  await script.awaitTopic('u')
  const selected = policy === 'bidirectional' ? allCases : policyCases
  for (const [name, run] of Object.entries(selected)) {
    script.note(name)
    await run(new Migration(script, name.replaceAll(' ', '-')))
  }
  const { lines } = script
  await script.close()
  return lines
}

/** One group with members of both protocols. */
class Migration {
  readonly script: Script
  readonly groupId: string

  constructor(script: Script, groupId: string) {
    this.script = script
    this.groupId = groupId
  }

  classic(name: string, instanceId?: string, isCooperative = false): MovingClassic {
    return new MovingClassic(this.script, name, this.groupId, instanceId ?? null, isCooperative)
  }

  consumer(name: string, instanceId?: string): ConsumerClient {
    return new ConsumerClient(this.script, name, this.groupId, instanceId)
  }

  /** Describes the group as both kinds. */
  async describe(): Promise<void> {
    const { script, groupId } = this
    await script.ask('admin', ConsumerGroupDescribe, 1, {
      groupIds: [groupId],
      includeAuthorizedOperations: false,
    })
    await script.ask('admin', DescribeGroups, 6, {
      groups: [groupId],
      includeAuthorizedOperations: false,
    })
    await script.ask('admin', ListGroups, 5, { statesFilter: [], typesFilter: [] }, ({ groups }) =>
      groups.filter((group) => group.groupId === groupId),
    )
  }

  /** Forms a stable classic group, whose members have their partitions of topic `t`. */
  async stable(
    ...members: readonly (readonly [MovingClassic, readonly number[]])[]
  ): Promise<void> {
    const [leader, ...others] = members.map(([member]) => member)
    await leader!.joinTwice()
    for (const other of others) {
      if (other.groupInstanceId === null) await other.join()
    }
    if (others.length > 0) {
      await leader!.sync([])
      const joins = others.map((other) => other.join())
      await leader!.awaitRebalance()
      await leader!.join()
      await Promise.all(joins)
    }
    const syncs = others.map((other) => other.sync())
    await leader!.sync(members.map(([member, partitions]) => [member, assignment(partitions)]))
    await Promise.all(syncs)
    for (const [member, partitions] of members) member.owned = partitions
  }

  /** Lets the members act in turn, until none of them has anything to do. */
  async settle(...members: readonly (MovingClassic | ConsumerClient)[]): Promise<void> {
    for (let round = 0; round < 10; round++) {
      let isSettled = true
      for (const member of members) {
        if (!(await this.#act(member))) isSettled = false
      }
      if (isSettled) return
    }
    throw new Error('the group does not settle')
  }

  async #act(member: MovingClassic | ConsumerClient): Promise<boolean> {
    if (member instanceof ConsumerClient) {
      const { memberEpoch, owned } = member
      await member.heartbeat()
      return member.memberEpoch === memberEpoch && member.owned === owned
    }
    if ((await member.heartbeat()) !== ErrorCode.RebalanceInProgress) return true
    await member.rejoin()
    return false
  }
}

/** A classic client that remembers its partitions. A cooperative one keeps them while it joins. */
class MovingClassic extends ClassicClient {
  owned: readonly number[] = []
  readonly isCooperative: boolean

  constructor(
    script: Script,
    name: string,
    groupId: string,
    instanceId: string | null,
    isCooperative: boolean,
  ) {
    super(script, name, groupId, instanceId)
    this.isCooperative = isCooperative
  }

  override join(changes: Partial<RequestInput<typeof JoinGroup>> = {}, version = 9) {
    const owned = this.isCooperative ? this.owned : []
    return super.join({ protocols: [subscription('range', ['t'], owned)], ...changes }, version)
  }

  /** Joins and syncs. The first time it chooses its id, which decides about its partitions. */
  async rejoin(): Promise<void> {
    if (this.memberId === '') this.memberId = `${this.name}-id`
    await this.join()
    await this.fetchAssignment()
  }

  async fetchAssignment(): Promise<void> {
    const response = await this.sync()
    if (response.errorCode !== ErrorCode.None) return
    const { assignedPartitions } = decodeAssignment(response.assignment)
    this.owned = assignedPartitions.flatMap(({ partitions }) => [...partitions])
  }
}

function assignment(partitions: readonly number[], userData: Buffer | null = null): string {
  const assignedPartitions = [{ topic: 't', partitions: [...partitions] }]
  return Buffer.from(encodeAssignment(1, { assignedPartitions, userData })).toString('latin1')
}

type Cases = Readonly<Record<string, (group: Migration) => Promise<void>>>

/** Those that depend on `group.consumer.migration.policy`. */
const policyCases: Cases = {
  'a consumer joins a classic group': async (group) => {
    const a = group.classic('a')
    await group.stable([a, [0, 1, 2, 3]])
    const c = group.consumer('c')
    await c.join()
    await group.describe()
    await a.heartbeat()
    await c.leave()
    await group.describe()
    await a.heartbeat()
  },

  'a classic member joins a consumer group': async (group) => {
    const c = group.consumer('c')
    await c.join()
    await c.heartbeat()
    const a = group.classic('a')
    await a.rejoin()
    await group.describe()
    await c.leave()
    await group.describe()
    await a.heartbeat()
  },

  'a static consumer is replaced by a classic member': async (group) => {
    const c = group.consumer('c', 'one')
    await c.join()
    await c.heartbeat()
    const a = group.classic('a', 'one')
    await a.join()
    await group.describe()
    await a.sync()
    await a.heartbeat()
    await c.heartbeat()
    await c.leave()
  },

  'an empty consumer group and an empty classic group': async (group) => {
    const c = group.consumer('c')
    await c.join()
    await c.leave()
    const a = group.classic('a')
    await a.joinTwice()
    await a.sync([[a, assignment([0])]])
    await a.commit()
    await a.leave()
    await group.describe()
    await c.join()
    await group.describe()
    await group.script.ask('admin', OffsetFetch, 9, {
      groupId: '',
      topics: null,
      groups: [{ groupId: group.groupId, memberId: null, memberEpoch: -1, topics: null }],
      requireStable: false,
    })
  },
}

const allCases: Cases = {
  ...policyCases,

  'consumers replace the members of a classic group': async (group) => {
    const a = group.classic('a')
    const b = group.classic('b')
    await group.stable([a, [0, 1]], [b, [2, 3]])
    const c = group.consumer('c')
    await c.join()
    await group.describe()
    await group.settle(a, b, c)
    await group.describe()
    await a.leave()
    await group.settle(b, c)
    const d = group.consumer('d')
    await d.join()
    await group.settle(b, c, d)
    await b.leave([b, { memberId: 'nobody' }])
    await group.settle(c, d)
    await group.describe()
  },

  'classic members replace the consumers of a group': async (group) => {
    const c = group.consumer('c')
    const d = group.consumer('d')
    await c.join()
    await d.join()
    await group.settle(c, d)
    const a = group.classic('a')
    await a.rejoin()
    await group.settle(a, c, d)
    await group.describe()
    await c.leave()
    await group.settle(a, d)
    await d.leave()
    await group.describe()
    await a.join()
    await a.sync([[a, assignment([0, 1, 2, 3])]])
    const b = group.classic('b')
    await b.join()
    const joining = b.join()
    await a.awaitRebalance()
    await a.join()
    await joining
    const synced = b.sync()
    await a.sync([
      [a, assignment([0, 1])],
      [b, assignment([2, 3])],
    ])
    await synced
    await group.describe()
  },

  'cooperative members keep what they own': async (group) => {
    const a = group.classic('a', undefined, true)
    const b = group.classic('b', undefined, true)
    await group.stable([a, [0, 1, 2]], [b, [3]])
    const c = group.consumer('c')
    await c.join()
    await group.settle(a, b, c)
    const e = group.classic('e', undefined, true)
    await e.rejoin()
    await group.settle(a, b, c, e)
    await group.describe()
    await c.leave()
    await group.describe()
    await a.heartbeat()
    await a.commit()
  },

  'static members of a classic group are replaced by consumers': async (group) => {
    const a = group.classic('a', 'one')
    const b = group.classic('b', 'two')
    await group.stable([a, [0, 1]], [b, [2, 3]])
    const c = group.consumer('c', 'one')
    await c.join()
    await group.describe()
    await a.heartbeat()
    await a.join()
    await a.commit()
    await group.settle(b, c)
    const d = group.consumer('d', 'two')
    await d.join()
    await group.settle(c, d)
    await group.describe()
  },

  'static consumers are replaced by classic members': async (group) => {
    const c = group.consumer('c', 'one')
    const d = group.consumer('d', 'two')
    await c.join()
    await d.join()
    await group.settle(c, d)
    const a = group.classic('a', 'one')
    await a.join()
    await a.fetchAssignment()
    await group.settle(a, d)
    await group.describe()
    await c.heartbeat()
    const b = group.classic('b', 'two')
    await b.join()
    await group.describe()
    await b.fetchAssignment()
    await b.heartbeat()
    await a.heartbeat()
    await d.heartbeat()
  },

  'a static classic member restarts in a consumer group': async (group) => {
    const c = group.consumer('c')
    await c.join()
    await c.heartbeat()
    const a = group.classic('a', 'one')
    await a.rejoin()
    await group.settle(a, c)
    const old = group.classic('old', 'one')
    old.memberId = a.memberId
    old.generationId = a.generationId
    a.memberId = ''
    await a.rejoin()
    await group.settle(a, c)
    await old.heartbeat()
    await old.sync()
    await old.join()
    await old.leave()
    await old.commit()
    await group.describe()
  },

  'the errors of a classic member of a consumer group': async (group) => {
    const c = group.consumer('c')
    await c.join()
    await c.heartbeat()
    const a = group.classic('a')
    for (const version of [3, 9]) {
      await a.join({ memberId: '', protocolType: 'connect' }, version)
      await a.join({ memberId: '', protocolType: '' }, version)
      await a.join({ memberId: '', protocols: [] }, version)
      await a.join({ memberId: '', protocols: [{ name: 'x', metadata: Buffer.alloc(0) }] }, version)
    }
    await a.join({ memberId: 'x', protocols: [{ name: 'x', metadata: Buffer.from('?') }] }, 9)
    await a.join({ memberId: '', groupId: '' })
    a.memberId = ''
    await a.rejoin()
    await group.settle(a, c)
    const { generationId } = a
    await a.heartbeat({ generationId: generationId + 1 })
    await a.heartbeat({ generationId: generationId - 1 })
    await a.heartbeat({ memberId: 'nobody' })
    await a.heartbeat({ memberId: c.memberId })
    await a.heartbeat({ groupInstanceId: 'nobody' })
    await a.sync([], { generationId: generationId + 1 })
    await a.sync([], { memberId: 'nobody' })
    await a.sync([], { memberId: c.memberId })
    await a.sync([], { groupInstanceId: 'nobody' })
    await a.sync([], { protocolName: 'other' })
    await a.sync([], { protocolType: 'other' })
    await a.sync([], { generationId: generationId + 1, protocolType: 'other' })
    await a.sync([], { protocolName: null, protocolType: null }, 4)
    await a.sync()
    for (const version of [2, 8, 9]) {
      await a.commit({}, version)
      await a.commit({ generationIdOrMemberEpoch: generationId + 1 }, version)
      await a.commit({ generationIdOrMemberEpoch: generationId - 1 }, version)
      await a.commit({ memberId: '', generationIdOrMemberEpoch: -1 }, version)
    }
    for (const memberEpoch of [generationId, generationId + 1, -1]) {
      await group.script.ask('a', OffsetFetch, 9, {
        groupId: '',
        topics: null,
        groups: [
          { groupId: group.groupId, memberId: a.memberId, memberEpoch, topics: null },
          { groupId: group.groupId, memberId: null, memberEpoch: -1, topics: null },
        ],
        requireStable: false,
      })
    }
    const b = group.classic('b')
    b.memberId = 'b-id'
    await b.join({ protocols: [subscription('roundrobin', ['t'])] })
    b.memberId = 'b-id'
    await b.join(
      { protocols: [subscription('roundrobin', ['t']), subscription('range', ['t'])] },
      3,
    )
    await b.sync([], { protocolName: 'roundrobin' })
    await group.settle(a, c)
    await group.describe()
    await b.leave([{ memberId: '', groupInstanceId: 'nobody' }, { memberId: '' }])
    await b.leave([{ memberId: b.memberId, groupInstanceId: 'nobody' }])
    await b.leave([b], 1)
    await b.heartbeat()
    await a.leave([a, { memberId: c.memberId }])
    await group.describe()
  },

  'the id of a classic member of a consumer group': async (group) => {
    const c = group.consumer('c')
    await c.join()
    for (const version of [3, 4, 9]) await group.classic('a').join({}, version)
    await group.classic('a', 'one').join()
    await group.script.ask('admin', ListGroups, 5, { statesFilter: [], typesFilter: ['classic'] })
  },

  'a member changes its protocol and keeps its id': async (group) => {
    const a = group.classic('a')
    const b = group.classic('b')
    await group.stable([a, [0, 1]], [b, [2, 3]])
    const c = group.consumer('c')
    await c.join({ memberId: a.memberId })
    await group.describe()
    await group.settle(b)
    await c.heartbeat({ memberId: a.memberId })
    await a.heartbeat()
    await a.join()
    await group.describe()
  },

  'a classic member changes its subscription': async (group) => {
    const c = group.consumer('c')
    await c.join()
    await c.heartbeat()
    const a = group.classic('a')
    await a.rejoin()
    await group.settle(a, c)
    await a.join({ protocols: [subscription('range', ['u'])] })
    await a.sync()
    await group.describe()
    await c.heartbeat()
    await a.heartbeat()
    await a.join({ protocols: [subscription('range', ['t', 'u'], [], 1)] })
    await a.sync()
    await c.heartbeat()
    await a.heartbeat()
    await a.sync()
  },

  'a consumer joins while classic members wait': async (group) => {
    const a = group.classic('a')
    const b = group.classic('b')
    await a.joinTwice()
    await a.sync([[a, assignment([0, 1, 2, 3])]])
    await b.join()
    const joining = b.join()
    await a.awaitRebalance()
    const c = group.consumer('c')
    await c.join()
    await joining
    await group.describe()
    await group.settle(a, c)
    await b.rejoin()
    await group.settle(a, b, c)
  },

  'a consumer joins while classic members wait for an assignment': async (group) => {
    const a = group.classic('a')
    const b = group.classic('b')
    await a.joinTwice()
    await a.sync([[a, assignment([0, 1, 2, 3])]])
    await b.join()
    const joining = b.join()
    await a.awaitRebalance()
    await a.join()
    await joining
    const syncing = b.sync()
    await a.commit()
    const c = group.consumer('c')
    await c.join()
    await syncing
    await group.describe()
    await group.settle(a, b, c)
  },

  'classic groups that cannot be upgraded': async (group) => {
    const protocols = [{ name: 'x', metadata: Buffer.from('?') }]
    const x = { protocolName: 'x' }
    for (const groupId of ['connect', 'malformed', 'custom', 'garbage']) {
      const a = new MovingClassic(group.script, 'a', groupId, null, false)
      if (groupId === 'connect') {
        await a.joinTwice({ protocolType: 'connect', protocols })
        await a.sync([[a, '?']], { protocolType: 'connect', ...x })
      } else if (groupId === 'malformed') {
        await a.joinTwice({ protocols })
        await a.sync([[a, '']], x)
      } else {
        await a.joinTwice()
        await a.sync([[a, groupId === 'garbage' ? '?' : assignment([0], Buffer.from('user data'))]])
      }
      await new ConsumerClient(group.script, 'c', groupId).join()
      await new ConsumerClient(group.script, 'c', groupId).heartbeat({ memberEpoch: 1 })
      await new ConsumerClient(group.script, 'c', groupId).leave()
      await a.heartbeat()
    }
  },

  'a static member replaces the last consumer while another waits for partitions': async (
    group,
  ) => {
    const c = group.consumer('c', 'one')
    await c.join()
    await c.heartbeat()
    const b = group.classic('b')
    await b.rejoin()
    await c.leave(-2)
    const a = group.classic('a', 'one')
    await a.join()
    await group.describe()
    await a.fetchAssignment()
    await a.heartbeat()
    await b.heartbeat()
    await b.fetchAssignment()
  },
}
