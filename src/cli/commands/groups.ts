import type { Command } from 'commander'
import { bootstrapOption } from '../bootstrap-option.ts'
import type { BootstrapOption } from '../bootstrap-option.ts'
import { CliError } from '../cli-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import { explain, forEachItem } from '../each-item.ts'
import { addDefaultCommand } from '../default-command.ts'
import type { GroupDescription } from '../../client/admin/describe-group.ts'
import type { KafkaClient } from '../../client/kafka-client.ts'
import { OffsetSpec } from '../../client/list-offsets.ts'
import { groupByTopic, inOrder, nameOf } from '../../client/topic-partition.ts'
import type { TopicPartition } from '../../client/topic-partition.ts'
import { offsetsAt } from '../start-offset.ts'
import { withClient } from '../with-client.ts'
import { print, table } from '../terminal.ts'
import { hasMembers, unknownGroup } from '../group-problems.ts'
import { addDeleteOffsets } from './delete-offsets.ts'
import { addResetOffsets } from './reset-offsets.ts'

const EXAMPLES = `
Groups are classic, consumer (KIP-848), share (KIP-932) or streams groups (KIP-1071).

Examples:
  odradek groups                                       print the ids of all groups
  odradek groups list --state                          also print types and states
  odradek groups list --type share,streams --state Stable
  odradek groups describe checker                      print its committed offsets and its lag
  odradek groups describe checker --members            print its members and their partitions
  odradek groups describe --all-groups --state         print states, epochs and assignors
  odradek groups delete checker
  odradek groups delete-offsets checker --topic orders
  odradek groups reset-offsets checker --topic orders --to-earliest --execute`

const NONE = '-'

interface ListOptions extends BootstrapOption {
  /** True: print it; otherwise the states to print. */
  readonly state?: true | readonly string[]
  readonly type?: true | readonly string[]
}

interface DescribeOptions extends BootstrapOption {
  readonly members?: boolean
  readonly state?: boolean
  readonly allGroups?: boolean
}

/** `odradek groups` */
export function groups(command: Command): void {
  command
    .description('List, describe and delete groups of all kinds, and change their offsets.')
    .addOption(bootstrapOption())
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', EXAMPLES)
  addDefaultCommand(command, 'list')
    .description('Print the ids of all groups.')
    .option('--list', "accepted for compatibility with Kafka's tool; has no effect")
    .option(
      '--state [state,...]',
      'also print type and state; with names such as Stable,Empty: only groups in these states',
      commaSeparated,
    )
    .option(
      '--type [type,...]',
      'also print type and state; with names: only groups of these types (classic, consumer, share, streams)',
      commaSeparated,
    )
    .action((_options, leaf: Command) => list(leaf.optsWithGlobals()))
  command
    .command('describe')
    .description('Print the offsets of groups, and their lag.')
    .argument('[group...]')
    .option('--all-groups', 'describe all groups')
    .option('--members', 'print the members instead, with their partitions')
    .option('--state', 'print the state instead, with epochs and assignor')
    .addHelpText(
      'after',
      `
In a share group the offset is the start offset: all records before it are acknowledged. LAG is the
number of records that are not. In a streams group the partitions of a member are those that its
active tasks read.`,
    )
    .action((ids: string[], _options, leaf: Command) => describe(ids, leaf.optsWithGlobals()))
  command
    .command('delete')
    .description('Delete groups that have no members, with their offsets.')
    .argument('<group...>')
    .action((ids: string[], _options, leaf: Command) => remove(ids, leaf.optsWithGlobals()))
  addDeleteOffsets(command)
  addResetOffsets(command)
}

function commaSeparated(text: string): readonly string[] {
  return text.split(',').filter((name) => name !== '')
}

const TYPES = ['classic', 'consumer', 'share', 'streams']

const STATES = [
  'Empty',
  'PreparingRebalance',
  'CompletingRebalance',
  'Assigning',
  'Reconciling',
  'NotReady',
  'Stable',
  'Dead',
]

/** Refuses a filter that no group can pass. Brokers ignore the case. */
function checkNames(what: string, names: readonly string[], known: readonly string[]): void {
  const lowerCase = known.map((name) => name.toLowerCase())
  const unknown = names.find((name) => !lowerCase.includes(name.toLowerCase()))
  if (unknown === undefined) return
  throw new CliError(`there is no group ${what} ${unknown}: use ${known.join(', ')}`)
}

async function list({ bootstrapServer, state, type }: ListOptions): Promise<void> {
  const states = Array.isArray(state) ? state : []
  const types = Array.isArray(type) ? type : []
  checkNames('state', states, STATES)
  checkNames('type', types, TYPES)
  const filter = { states, types }
  const found = await withClient(bootstrapServer, ({ admin }) => admin.groups.list(filter))
  if (state === undefined && type === undefined) {
    return print(process.stdout, found.map(({ groupId }) => `${groupId}\n`).join(''))
  }
  const rows = found.map(({ groupId, groupType, groupState }) => [
    groupId,
    groupType || 'classic',
    groupState,
  ])
  return print(process.stdout, table([['GROUP', 'TYPE', 'STATE'], ...rows]))
}

/** Deletes the groups that can be deleted, and fails if there are others. */
async function remove(ids: readonly string[], { bootstrapServer }: BootstrapOption): Promise<void> {
  await withClient(bootstrapServer, ({ admin }) =>
    forEachItem(ids, (id) => {
      const messages = new Map([
        [ErrorCode.NonEmptyGroup, hasMembers(id)],
        [ErrorCode.GroupIdNotFound, unknownGroup(id)],
      ])
      return admin.groups.delete([id]).catch(explain(messages))
    }),
  )
}

async function describe(ids: readonly string[], options: DescribeOptions): Promise<void> {
  const { bootstrapServer, members, state, allGroups } = options
  if (members && state) throw new CliError('--members and --state exclude each other: omit one')
  if (ids.length > 0 && allGroups) {
    throw new CliError('--all-groups describes all groups: omit the names')
  }
  if (ids.length === 0 && !allGroups) {
    throw new CliError('no group to describe: name groups, or use --all-groups')
  }
  await withClient(bootstrapServer, async (client) => {
    const all = allGroups ? (await client.admin.groups.list()).map(({ groupId }) => groupId) : ids
    await forEachItem(all, async (id) => {
      const group = await client.admin.groups.describe(id)
      if (group === undefined) throw new CliError(unknownGroup(id))
      if (group.members.length === 0) process.stderr.write(`Group ${id} has no active members.\n`)
      await print(process.stdout, table(await rowsOf(client, group, options)))
    })
  })
}

async function rowsOf(
  client: KafkaClient,
  group: GroupDescription,
  { members, state }: DescribeOptions,
): Promise<string[][]> {
  if (members) return memberRows(group)
  if (state) return stateRows(group)
  return group.type === 'share' ? shareRows(client, group) : offsetRows(client, group)
}

function memberRows({ groupId, members }: GroupDescription): string[][] {
  const rows = members.map((member) => [
    groupId,
    member.memberId,
    member.groupInstanceId ?? NONE,
    member.clientHost,
    member.clientId,
    String(member.epoch ?? NONE),
    assignmentText(member.assignment),
    String(member.assignment.length),
  ])
  return [[...MEMBER_COLUMNS], ...rows]
}

/** Returns `orders(0,1) payments(2)`, like Kafka's tool. */
function assignmentText(assignment: readonly TopicPartition[]): string {
  const topics = groupByTopic(assignment, ({ partition }) => partition)
  return topics.map(({ name, partitions }) => `${name}(${partitions.join(',')})`).join(' ') || NONE
}

function stateRows(group: GroupDescription): string[][] {
  const { groupId, type, state, epoch, assignmentEpoch, assignor, members } = group
  const row = [
    groupId,
    type,
    state,
    String(epoch ?? NONE),
    String(assignmentEpoch ?? NONE),
    assignor || NONE,
    String(members.length),
  ]
  return [[...STATE_COLUMNS], row]
}

/** The columns of Kafka's `kafka-share-groups --describe`, and the end of the log. */
async function shareRows(client: KafkaClient, { groupId }: GroupDescription): Promise<string[][]> {
  const offsets = await client.admin.groups.listShareOffsets(groupId)
  const ends = await offsetsAt(client, offsets, OffsetSpec.Latest)
  const rows = offsets.map(({ topic, partition, startOffset, lag }, index) => [
    groupId,
    topic,
    String(partition),
    String(startOffset ?? NONE),
    String(ends[index]),
    String(lag ?? NONE),
  ])
  return [[...SHARE_COLUMNS], ...rows]
}

/** The columns of Kafka's `kafka-consumer-groups --describe`. */
async function offsetRows(client: KafkaClient, group: GroupDescription): Promise<string[][]> {
  const { groupId, members } = group
  const committed = await client.admin.groups.listOffsets(groupId)
  const owners = new Map(
    members.flatMap((member) => member.assignment.map((one) => [nameOf(one), { one, member }])),
  )
  const partitions = new Map<string, TopicPartition>(committed.map((one) => [nameOf(one), one]))
  for (const [name, { one }] of owners) partitions.set(name, one)
  const sorted = inOrder([...partitions.values()])
  const ends = await offsetsAt(client, sorted, OffsetSpec.Latest)
  const rows = sorted.map(({ topic, partition }, i) => {
    const name = nameOf({ topic, partition })
    const offset = committed.find((one) => nameOf(one) === name)?.offset
    const member = owners.get(name)?.member
    return [
      groupId,
      topic,
      String(partition),
      String(offset ?? NONE),
      String(ends[i]),
      offset === undefined ? NONE : String(ends[i]! - offset),
      member?.memberId ?? NONE,
      member?.clientHost ?? NONE,
      member?.clientId ?? NONE,
    ]
  })
  return [[...OFFSET_COLUMNS], ...rows]
}

const OFFSET_COLUMNS = [
  'GROUP',
  'TOPIC',
  'PARTITION',
  'CURRENT-OFFSET',
  'LOG-END-OFFSET',
  'LAG',
  'CONSUMER-ID',
  'HOST',
  'CLIENT-ID',
]

const MEMBER_COLUMNS = [
  'GROUP',
  'CONSUMER-ID',
  'INSTANCE-ID',
  'HOST',
  'CLIENT-ID',
  'EPOCH',
  'ASSIGNMENT',
  '#PARTITIONS',
]

const STATE_COLUMNS = [
  'GROUP',
  'TYPE',
  'STATE',
  'EPOCH',
  'ASSIGNMENT-EPOCH',
  'ASSIGNOR',
  '#MEMBERS',
]

const SHARE_COLUMNS = ['GROUP', 'TOPIC', 'PARTITION', 'START-OFFSET', 'LOG-END-OFFSET', 'LAG']
