import type { Command } from 'commander'
import { bootstrapOption } from '../bootstrap-option.ts'
import type { BootstrapOption } from '../bootstrap-option.ts'
import { CliError } from '../cli-error.ts'
import { addDefaultCommand } from '../default-command.ts'
import type { GroupDescription } from '../../client/admin/describe-group.ts'
import type { KafkaClient } from '../../client/kafka-client.ts'
import { OffsetSpec } from '../../client/list-offsets.ts'
import { inOrder, nameOf } from '../../client/topic-partition.ts'
import type { TopicPartition } from '../../client/topic-partition.ts'
import { offsetsAt } from '../start-offset.ts'
import { withClient } from '../with-client.ts'
import { print, table } from '../terminal.ts'
import { addResetOffsets } from './reset-offsets.ts'

const EXAMPLES = `
Examples:
  odradek groups                                       print the ids of all groups
  odradek groups describe checker                      print its committed offsets and its lag
  odradek groups delete checker
  odradek groups reset-offsets checker --topic orders --to-earliest --execute`

const NONE = '-'

interface ListOptions extends BootstrapOption {
  readonly state?: boolean
}

interface DescribeOptions extends BootstrapOption {
  readonly members?: boolean
}

/** `odradek groups` */
export function groups(command: Command): void {
  command
    .description('List, describe and delete consumer groups, and reset their offsets.')
    .addOption(bootstrapOption())
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', EXAMPLES)
  addDefaultCommand(command, 'list')
    .description('Print the ids of all groups.')
    .option('--list', "accepted for compatibility with Kafka's tool; has no effect")
    .option('--state', 'also print type and state')
    .action((_options, leaf: Command) => list(leaf.optsWithGlobals()))
  command
    .command('describe')
    .description('Print the committed offsets of groups, and their lag.')
    .argument('<group...>')
    .option('--members', 'print the members instead')
    .action((ids: string[], _options, leaf: Command) => describe(ids, leaf.optsWithGlobals()))
  command
    .command('delete')
    .description('Delete groups that have no members, with their committed offsets.')
    .argument('<group...>')
    .action((ids: string[], _options, leaf: Command) => remove(ids, leaf.optsWithGlobals()))
  addResetOffsets(command)
}

async function list({ bootstrapServer, state }: ListOptions): Promise<void> {
  const found = await withClient(bootstrapServer, ({ admin }) => admin.groups.list())
  if (!state) return print(process.stdout, found.map(({ groupId }) => `${groupId}\n`).join(''))
  const rows = found.map(({ groupId, groupType, groupState }) => [
    groupId,
    groupType || 'Classic',
    groupState,
  ])
  return print(process.stdout, table([['GROUP', 'TYPE', 'STATE'], ...rows]))
}

async function remove(ids: readonly string[], { bootstrapServer }: BootstrapOption): Promise<void> {
  await withClient(bootstrapServer, ({ admin }) => admin.groups.delete(ids))
}

async function describe(
  ids: readonly string[],
  { bootstrapServer, members }: DescribeOptions,
): Promise<void> {
  await withClient(bootstrapServer, async (client) => {
    for (const id of ids) {
      const group = await client.admin.groups.describe(id)
      if (group === undefined)
        throw new CliError(`group ${id} does not exist. 'odradek groups' lists all groups.`)
      if (group.members.length === 0) process.stderr.write(`Group ${id} has no active members.\n`)
      await print(
        process.stdout,
        table(members ? memberRows(group) : await offsetRows(client, group)),
      )
    }
  })
}

function memberRows({ groupId, members }: GroupDescription): string[][] {
  const rows = members.map((member) => [
    groupId,
    member.memberId,
    member.groupInstanceId ?? NONE,
    member.clientHost,
    member.clientId,
    String(member.assignment.length),
  ])
  return [['GROUP', 'CONSUMER-ID', 'INSTANCE-ID', 'HOST', 'CLIENT-ID', '#PARTITIONS'], ...rows]
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
