import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import { partitionsSpec, repeatable, wholeNumber } from '../arguments.ts'
import type { PartitionsSpec } from '../arguments.ts'
import type { BootstrapOption } from '../bootstrap-option.ts'
import { CliError } from '../cli-error.ts'
import type { CommittedOffset } from '../../client/group/committed-offsets.ts'
import type { KafkaClient } from '../../client/kafka-client.ts'
import { OffsetSpec } from '../../client/list-offsets.ts'
import { inOrder } from '../../client/topic-partition.ts'
import type { TopicPartition } from '../../client/topic-partition.ts'
import { withClient } from '../with-client.ts'
import { selectedPartitions } from '../selected-partitions.ts'
import { offsetsAt, resolveStart } from '../start-offset.ts'
import { print, table } from '../terminal.ts'

const EXAMPLES = `
Without --execute the command only prints the new offsets. The group must have no members. In a share
group the start offsets are reset: records from there on are delivered again.

Examples:
  odradek groups reset-offsets checker --all-topics --to-earliest
  odradek groups reset-offsets checker --topic orders:0,1 --to-offset 100 --execute
  odradek groups reset-offsets checker --topic orders --shift-by -10 --execute
  odradek groups reset-offsets checker --topic orders --to-datetime 2026-01-01T00:00:00 --execute`

interface ResetOptions extends BootstrapOption {
  readonly topic?: PartitionsSpec[]
  readonly allTopics?: boolean
  readonly toEarliest?: boolean
  readonly toLatest?: boolean
  readonly toOffset?: number
  readonly shiftBy?: number
  readonly toDatetime?: number
  readonly execute?: boolean
  readonly dryRun?: boolean
}

type Target = 'toEarliest' | 'toLatest' | 'toOffset' | 'shiftBy' | 'toDatetime'
const targets: readonly Target[] = ['toEarliest', 'toLatest', 'toOffset', 'shiftBy', 'toDatetime']

/** `odradek groups reset-offsets` */
export function addResetOffsets(groups: Command): void {
  groups
    .command('reset-offsets')
    .description('Change the committed offsets of a group of any kind.')
    .argument('<group>')
    .option(
      '--topic <topic[:partition,...]>',
      'partitions to reset; repeatable',
      repeatable(partitionsSpec),
    )
    .option('--all-topics', 'reset all partitions with a committed offset')
    .option('--to-earliest', 'to the first record')
    .option('--to-latest', 'to the end')
    .option('--to-offset <offset>', 'to an offset', wholeNumber(0))
    .option(
      '--shift-by <number>',
      'by a number of offsets, forward or (negative) back',
      wholeNumber(Number.MIN_SAFE_INTEGER),
    )
    .option(
      '--to-datetime <time>',
      'to the first record at or after YYYY-MM-DDTHH:mm:ss[.sss][zone]; UTC without a zone',
      dateTime,
    )
    .option('--dry-run', 'only print the new offsets (default)')
    .option('--execute', 'commit the new offsets')
    .addHelpText('after', EXAMPLES)
    .action((groupId: string, _options, leaf: Command) =>
      resetOffsets(groupId, leaf.optsWithGlobals()),
    )
}

async function resetOffsets(groupId: string, options: ResetOptions): Promise<void> {
  const target = targetOf(options)
  if (options.topic === undefined && !options.allTopics) {
    throw new CliError('nothing to reset: use --topic or --all-topics')
  }
  if (options.topic !== undefined && options.allTopics) {
    throw new CliError('--topic and --all-topics exclude each other: omit one of them')
  }
  await withClient(options.bootstrapServer, async (client) => {
    const { groups } = client.admin
    const group = await groups.describe(groupId)
    if (group !== undefined && group.state !== 'Empty') {
      throw new CliError(
        `group ${groupId} is ${group.state}: stop its members before you reset its offsets`,
      )
    }
    const isShared = group?.type === 'share'
    const committed = isShared
      ? (await groups.listShareOffsets(groupId)).flatMap(({ startOffset, ...each }) =>
          startOffset === undefined ? [] : [{ ...each, offset: startOffset }],
        )
      : await groups.listOffsets(groupId)
    const partitions = options.allTopics
      ? inOrder(committed)
      : await selectedPartitions(client, options.topic ?? [])
    if (partitions.length === 0) {
      throw new CliError(`group ${groupId} has no committed offsets: name topics with --topic`)
    }
    const offsets = await newOffsets(client, partitions, committed, target, options)
    if (options.execute && isShared) await groups.alterShareOffsets(groupId, offsets)
    else if (options.execute) await groups.alterOffsets(groupId, offsets)
    const rows = offsets.map(({ topic, partition, offset }) => [
      groupId,
      topic,
      String(partition),
      String(offset),
    ])
    await print(process.stdout, table([['GROUP', 'TOPIC', 'PARTITION', 'NEW-OFFSET'], ...rows]))
  })
}

function targetOf(options: ResetOptions): Target {
  const [target, second] = targets.filter((name) => options[name] !== undefined)
  if (target === undefined || second !== undefined) {
    const problem = target === undefined ? 'no new offset' : 'several new offsets'
    throw new CliError(
      `${problem}: use one of --to-earliest, --to-latest, --to-offset, --shift-by, --to-datetime`,
    )
  }
  if (options.execute && options.dryRun)
    throw new CliError('--dry-run and --execute exclude each other: omit one of them')
  return target
}

/** Returns the new offsets, limited to the offsets that the log has, as Kafka's tool does. */
async function newOffsets(
  client: KafkaClient,
  partitions: readonly TopicPartition[],
  committed: readonly CommittedOffset[],
  target: Target,
  options: ResetOptions,
): Promise<CommittedOffset[]> {
  const at = (timestamp: number): Promise<number[]> => offsetsAt(client, partitions, timestamp)
  const [earliest, latest] = [await at(OffsetSpec.Earliest), await at(OffsetSpec.Latest)]
  const timestamp = options.toDatetime ?? 0
  const byTime =
    target === 'toDatetime'
      ? await resolveStart(client, partitions, { at: 'timestamp', timestamp })
      : []
  return partitions.map(({ topic, partition }, i) => {
    const current = committed.find(
      (one) => one.topic === topic && one.partition === partition,
    )?.offset
    if (target === 'shiftBy' && current === undefined) {
      throw new CliError(
        `no committed offset to shift in ${topic}-${partition}: use --to-earliest, --to-latest or --to-offset`,
      )
    }
    const wanted = {
      toEarliest: earliest[i]!,
      toLatest: latest[i]!,
      toOffset: options.toOffset ?? 0,
      shiftBy: (current ?? 0) + (options.shiftBy ?? 0),
      toDatetime: byTime[i] ?? 0,
    }[target]
    return { topic, partition, offset: Math.min(Math.max(wanted, earliest[i]!), latest[i]!) }
  })
}

function dateTime(text: string): number {
  const hasZone = /(Z|[+-]\d{2}:?\d{2})$/.test(text)
  const timestamp = Date.parse(hasZone ? text : `${text}Z`)
  if (!/^\d{4}-\d{2}-\d{2}T/.test(text) || Number.isNaN(timestamp)) {
    throw new InvalidArgumentError('It must be YYYY-MM-DDTHH:mm:ss[.sss], with a zone or in UTC.')
  }
  return timestamp
}
