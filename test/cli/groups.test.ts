import { connect } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ConsumerGroupHeartbeat,
  FindCoordinator,
  ShareGroupHeartbeat,
  StreamsGroupHeartbeat,
} from '../../src/protocol/messages/index.ts'
import { KafkaConnection } from '../support/kafka-connection.ts'
import { Odradek, odradek, type Outcome } from './odradek.ts'

const MEMBER = 'KpLCbPV4SEuHE8bFX8yKVQ'

let broker: Odradek
let bootstrapServers: string
let members: KafkaConnection

/** Runs a command on the broker. */
function run(command: string, input = ''): Promise<Outcome> {
  return odradek([...command.split(' '), '-b', bootstrapServers], input)
}

/** A member of each of the newer kinds of groups, in groups of these names. */
async function joinAll(): Promise<void> {
  const member = { memberId: MEMBER, memberEpoch: 0 }
  const subscription = { subscribedTopicNames: ['orders'] }
  await members.call(ConsumerGroupHeartbeat, 1, {
    groupId: 'consumer',
    ...member,
    ...subscription,
    rebalanceTimeoutMs: 60_000,
    topicPartitions: [],
  })
  const share = { groupId: 'share', memberId: MEMBER }
  const joined = await members.call(ShareGroupHeartbeat, 1, {
    ...share,
    memberEpoch: 0,
    ...subscription,
  })
  await members.call(ShareGroupHeartbeat, 1, { ...share, memberEpoch: joined.memberEpoch })
  const subtopology = {
    subtopologyId: '0',
    sourceTopics: ['orders'],
    sourceTopicRegex: [],
    stateChangelogTopics: [],
    repartitionSinkTopics: [],
    repartitionSourceTopics: [],
    copartitionGroups: [],
  }
  await members.call(StreamsGroupHeartbeat, 1, {
    groupId: 'streams',
    ...member,
    endpointInformationEpoch: 0,
    rebalanceTimeoutMs: 60_000,
    topology: { epoch: 0, subtopologies: [subtopology] },
    activeTasks: [],
    standbyTasks: [],
    warmupTasks: [],
    processId: 'p',
  })
}

async function leaveAll(): Promise<void> {
  const member = { memberId: MEMBER, memberEpoch: -1 }
  await members.call(ConsumerGroupHeartbeat, 1, { groupId: 'consumer', ...member })
  await members.call(ShareGroupHeartbeat, 1, { groupId: 'share', ...member })
  await members.call(StreamsGroupHeartbeat, 1, {
    groupId: 'streams',
    ...member,
    endpointInformationEpoch: 0,
  })
}

beforeAll(async () => {
  broker = new Odradek(['start', '--port', '0', '--log-level', 'error', '--topic', 'orders:2'])
  await broker.prints('\n')
  bootstrapServers = (JSON.parse(broker.stdout) as { bootstrapServers: string }).bootstrapServers
  const [host, port] = bootstrapServers.split(':')
  const socket = connect(Number(port), host)
  await once(socket, 'connect')
  members = new KafkaConnection(socket)
  await members.call(FindCoordinator, 4, { keyType: 0, key: '', coordinatorKeys: ['consumer'] })
  await run('produce orders -p 0', 'one\ntwo\nthree\n')
  await run('consume orders -G classic --from-beginning -c 3')
  await joinAll()
})

afterAll(async () => {
  members.close()
  await broker.end('SIGTERM')
})

const lines = ({ stdout }: Outcome) => stdout.trimEnd().split('\n')

describe('odradek groups', () => {
  it('lists groups, by type and state', async () => {
    expect((await run('groups')).stdout).toBe('classic\nconsumer\nshare\nstreams\n')
    expect(lines(await run('groups list --state'))).toEqual([
      'GROUP    TYPE     STATE',
      'classic  classic  Empty',
      'consumer consumer Stable',
      'share    share    Stable',
      'streams  streams  Stable',
    ])
    expect(lines(await run('groups list --type share,streams --state Stable'))).toEqual([
      'GROUP   TYPE    STATE',
      'share   share   Stable',
      'streams streams Stable',
    ])
    expect(lines(await run('groups list --state Empty'))).toHaveLength(2)
  })

  it('describes the members of each kind', async () => {
    for (const group of ['consumer', 'share', 'streams']) {
      const [header, member] = lines(await run(`groups describe ${group} --members`))
      expect(header).toMatch(
        /^GROUP +CONSUMER-ID +INSTANCE-ID +HOST +CLIENT-ID +EPOCH +ASSIGNMENT +#PARTITIONS$/,
      )
      expect(member).toMatch(
        new RegExp(`^${group} +${MEMBER} +- +/127\\.0\\.0\\.1 +test +\\d+ +orders\\(0,1\\) +2$`),
      )
    }
  })

  it('describes states and epochs', async () => {
    const { stdout, stderr } = await run('groups describe --all-groups --state')
    expect(stdout).toMatch(/^classic +classic +Empty +- +- +- +0$/m)
    expect(stdout).toMatch(/^consumer +consumer +Stable +2 +2 +uniform +1$/m)
    expect(stdout).toMatch(/^share +share +Stable +\d+ +\d+ +simple +1$/m)
    expect(stdout).toMatch(/^streams +streams +Stable +2 +2 +\S+ +1$/m)
    expect(stderr).toBe('Group classic has no active members.\n')
  })

  it('describes offsets, or the start offsets of a share group', async () => {
    expect(lines(await run('groups describe classic'))[1]).toMatch(
      /^classic +orders +0 +3 +3 +0 +- +- +-$/,
    )
    expect(lines(await run('groups describe streams'))[1]).toMatch(
      new RegExp(`^streams +orders +0 +- +3 +- +${MEMBER} `),
    )
    expect(lines(await run('groups describe share')).slice(1)).toEqual([
      'share orders 0         -            3              -',
      'share orders 1         -            0              -',
    ])
  })

  it('explains why offsets of a group with members are not deleted', async () => {
    for (const group of ['consumer', 'streams']) {
      expect(await run(`groups delete-offsets ${group} --topic orders`)).toMatchObject({
        code: 1,
        stderr: `odradek: members of group ${group} are subscribed to topic orders: stop them first\n`,
      })
    }
    expect((await run('groups delete-offsets share --topic orders')).stderr).toBe(
      'odradek: group share has members: stop them first\n',
    )
  })

  it('resets and deletes the offsets of each kind without members, and the groups', async () => {
    for (const group of ['consumer', 'share', 'streams']) {
      expect(await run(`groups reset-offsets ${group} --topic orders --to-earliest`)).toMatchObject(
        {
          code: 1,
          stderr: `odradek: group ${group} is Stable: stop its members before you reset its offsets\n`,
        },
      )
    }
    await leaveAll()
    for (const group of ['consumer', 'share', 'streams']) {
      const reset = `groups reset-offsets ${group} --topic orders:0 --to-offset 1 --execute`
      expect(await run(reset)).toMatchObject({ code: 0, stderr: '' })
      expect(lines(await run(`groups describe ${group}`))[1]).toMatch(
        new RegExp(`^${group} +orders +0 +1 +3 +2`),
      )
      const shift = `groups reset-offsets ${group} --all-topics --shift-by 1 --execute`
      expect(lines(await run(shift))[1]).toMatch(/ 2$/)
      const topic = group === 'share' ? 'orders' : 'orders:0'
      expect(await run(`groups delete-offsets ${group} --topic ${topic}`)).toMatchObject({
        code: 0,
        stderr: '',
      })
      expect(lines(await run(`groups describe ${group}`))).toHaveLength(1)
    }
    expect(await run('groups delete-offsets share --topic orders:1')).toMatchObject({
      stderr:
        'odradek: share is a share group: its offsets can only be deleted for the whole topic orders\n',
    })
    expect((await run('groups delete consumer share streams')).code).toBe(0)
    expect((await run('groups')).stdout).toBe('classic\n')
  })

  it('explains what is missing', async () => {
    expect((await run('groups describe')).stderr).toBe(
      'odradek: no group to describe: name groups, or use --all-groups\n',
    )
    expect((await run('groups describe classic --members --state')).stderr).toBe(
      'odradek: --members and --state exclude each other: omit one\n',
    )
    expect((await run('groups delete-offsets nobody --topic orders')).stderr).toBe(
      "odradek: group nobody does not exist. 'odradek groups' lists all groups.\n",
    )
    expect((await run('groups describe classic --all-groups')).stderr).toBe(
      'odradek: --all-groups describes all groups: omit the names\n',
    )
    expect((await run('groups list --type shared')).stderr).toBe(
      'odradek: there is no group type shared: use classic, consumer, share, streams\n',
    )
    expect((await run('groups list --state EMPTY,Alive')).stderr).toContain(
      'there is no group state Alive: use Empty, PreparingRebalance',
    )
    expect((await run('groups reset-offsets nobody --all-topics --to-latest')).stderr).toBe(
      'odradek: group nobody has no committed offsets: name topics with --topic\n',
    )
    expect((await run('groups delete-offsets classic --topic orders:9')).stderr).toBe(
      'odradek: topic orders has no partition 9; the last one is 1\n',
    )
    const both = 'groups reset-offsets classic --topic orders --all-topics --to-earliest'
    expect((await run(both)).stderr).toBe(
      'odradek: --topic and --all-topics exclude each other: omit one of them\n',
    )
    const two = 'groups reset-offsets classic --all-topics --to-latest --to-earliest'
    expect((await run(two)).stderr).toContain('several new offsets: use one of --to-earliest')
  })

  it('does not look for long for the offsets that a share group does not have', async () => {
    await members.call(ShareGroupHeartbeat, 1, {
      groupId: 'shared',
      memberId: MEMBER,
      memberEpoch: 0,
      subscribedTopicNames: ['orders'],
    })
    await members.call(ShareGroupHeartbeat, 1, {
      groupId: 'shared',
      memberId: MEMBER,
      memberEpoch: -1,
    })
    const { stderr } = await run('groups delete-offsets shared --topic nothing')
    expect(stderr).toContain('group shared has no offsets in topic nothing')
  })

  it('describes the groups that exist, and explains the others', async () => {
    const { code, stdout, stderr } = await run('groups describe nobody classic')
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        "Group classic has no active members.\nodradek: group nobody does not exist. 'odradek groups' lists all groups.\n",
    })
    expect(stdout).toMatch(/^classic +orders +0/m)
  })

  it('deletes the groups that can be deleted, and explains the others', async () => {
    await run('groups reset-offsets fresh --topic orders --to-earliest --execute')
    expect(await run('groups delete nobody fresh')).toMatchObject({
      code: 1,
      stderr: "odradek: group nobody does not exist. 'odradek groups' lists all groups.\n",
    })
    expect((await run('groups')).stdout).not.toContain('fresh')
  })
})
