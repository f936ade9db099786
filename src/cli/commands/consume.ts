import { Option, type Command } from 'commander'
import { repeatable, wholeNumber } from '../arguments.ts'
import { bootstrapOption } from '../bootstrap-option.ts'
import type { BootstrapOption } from '../bootstrap-option.ts'
import { CliError } from '../cli-error.ts'
import type { KafkaClient } from '../../client/kafka-client.ts'
import type { IsolationLevel } from '../../client/list-offsets.ts'
import type { TopicPartition } from '../../client/topic-partition.ts'
import { withClient } from '../with-client.ts'
import { Consumption } from '../consumption.ts'
import { jsonLine, recordFormatter } from '../record-format.ts'
import { startOffset } from '../start-offset.ts'
import type { StartOffset } from '../start-offset.ts'
import { onTermination } from '../terminal.ts'

const EXAMPLES = `
Tokens of --format: %s value, %k key, %h headers, %t topic, %p partition, %o offset, %T timestamp in ms, %S size of the
value, %K size of the key (-1: null), %% percent sign; \\n, \\t, \\r, \\0 and \\xHH as in C.
SIGINT or SIGTERM ends the command. As a member of a group it then commits the offsets of the printed records.

Examples:
  odradek consume orders                               new records as they arrive
  odradek consume orders --from-beginning -e           all records, then exit
  odradek consume orders -o -10 -e                     the last ten records of each partition
  odradek consume orders -o s@1767225600000 -c 1       the first record of 2026
  odradek consume orders -f '%p:%o %k=%s\\n'
  odradek consume orders -e --isolation-level read_committed
                                                       without aborted and open transactions
  odradek consume orders audit --group checker         as a member of a group, from its committed offsets`

interface ConsumeOptions extends BootstrapOption {
  readonly fromBeginning?: boolean
  readonly offset?: StartOffset
  readonly count?: number
  readonly exit?: boolean
  readonly partition?: number[]
  readonly format: string
  readonly json?: boolean
  readonly group?: string
  readonly isolationLevel: IsolationLevel
}

/** `odradek consume` */
export function consume(command: Command): void {
  command
    .description('Print the records of topics.')
    .argument('<topic...>')
    .addOption(bootstrapOption())
    .option('--from-beginning', 'start at the first record; the same as -o beginning')
    .option(
      '-o, --offset <offset>',
      'beginning, end, an offset, -count from the end, s@timestamp in ms (default: end; with -e beginning)',
      startOffset,
    )
    .option('-c, --count <number>', 'exit after this number of records', wholeNumber(1))
    .option('-e, --exit', 'exit at the end of the partitions')
    .option(
      '-p, --partition <number>',
      'only this partition; repeatable',
      repeatable(wholeNumber(0)),
    )
    .option('-f, --format <text>', 'format of a printed record', '%s\\n')
    .option('-J, --json', 'print a line of JSON for each record')
    .option(
      '-G, --group <id>',
      'consume as a member of this group; -o applies to partitions without a committed offset',
    )
    .addOption(
      new Option(
        '--isolation-level <level>',
        'read_committed: only records of committed transactions',
      )
        .choices(['read_uncommitted', 'read_committed'])
        .default('read_uncommitted'),
    )
    .addHelpText('after', EXAMPLES)
    .action(run)
}

async function run(topics: string[], options: ConsumeOptions): Promise<void> {
  const { bootstrapServer, group, partition, json, format, exit = false, count } = options
  if (group !== undefined && partition !== undefined) {
    throw new CliError(
      '--group and --partition exclude each other: the group assigns the partitions; omit one of them',
    )
  }
  const consumption = {
    formatter: json ? jsonLine : recordFormatter(format),
    output: process.stdout,
    isExitingAtEnd: exit,
    maxRecords: count ?? Infinity,
    start: startOf(options),
    isolationLevel: options.isolationLevel,
  }
  const stopping = new AbortController()
  const letGo = onTermination(() => stopping.abort())
  try {
    await withClient(bootstrapServer, async (client) => {
      const reader = new Consumption(client, consumption, stopping.signal)
      if (group !== undefined) return reader.inGroup(group, topics)
      return reader.ofPartitions(await partitionsOf(client, topics, partition))
    })
  } finally {
    letGo()
  }
}

function startOf({ offset, fromBeginning, exit }: ConsumeOptions): StartOffset {
  return offset ?? (fromBeginning || exit ? { at: 'earliest' } : { at: 'latest' })
}

async function partitionsOf(
  client: KafkaClient,
  names: readonly string[],
  wanted: readonly number[] | undefined,
): Promise<TopicPartition[]> {
  const topics = await client.admin.topics.describe(names)
  return topics.flatMap(({ name, partitions }) => {
    const indexes = wanted ?? partitions.map(({ partitionIndex }) => partitionIndex)
    return indexes.map((partition) => ({ topic: name, partition }))
  })
}
