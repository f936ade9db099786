import type { Command } from 'commander'
import { repeatable, wholeNumber } from '../arguments.ts'
import { bootstrapOption } from '../bootstrap-option.ts'
import type { BootstrapOption } from '../bootstrap-option.ts'
import { addDefaultCommand } from '../default-command.ts'
import { nameOf } from '../../client/topic-partition.ts'
import { SystemClock } from '../../platform/system-clock.ts'
import { withClient } from '../with-client.ts'
import { printRows, type RowOptions } from '../rows.ts'
import { addAbort } from './abort-transaction.ts'
import { addFindHanging } from './find-hanging.ts'

const EXAMPLES = `
States: Empty, Ongoing, PrepareCommit, PrepareAbort, CompleteCommit, CompleteAbort, PrepareEpochFence, Dead.

Examples:
  odradek transactions                                          print all transactional ids
  odradek transactions list --state Ongoing --duration-filter 60000
                                                                those that have been open for more than a minute
  odradek transactions describe orders-1                        print the partitions of its open transaction
  odradek transactions describe-producers orders --partition 0  print the producers of a partition
  odradek transactions find-hanging --topic orders              print transactions that nothing will end
  odradek transactions abort orders-1                           abort the open transaction, and fence its producers
  odradek transactions abort --topic orders --partition 0 --start-offset 42
                                                                end a hanging transaction in one partition`

interface ListOptions extends BootstrapOption, RowOptions {
  readonly state?: string[]
  readonly producerId?: number[]
  readonly durationFilter?: number
  readonly transactionalIdPattern?: string
}

interface DescribeProducersOptions extends BootstrapOption, RowOptions {
  readonly partition: number
  readonly brokerId?: number
}

/** `odradek transactions` */
export function transactions(command: Command): void {
  command
    .description('List, describe and abort transactions, and find those that hang.')
    .addOption(bootstrapOption())
    .option('--json', 'print a line of JSON for each row')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', EXAMPLES)
  addList(command)
  command
    .command('describe')
    .description('Print the state and the partitions of transactional ids.')
    .argument('<transactional-id...>')
    .action((ids: string[], _options, leaf: Command) => describe(ids, leaf.optsWithGlobals()))
  command
    .command('describe-producers')
    .description('Print the producers whose state a partition keeps.')
    .argument('<topic>')
    .requiredOption('-p, --partition <number>', 'the partition', wholeNumber(0))
    .option('--broker-id <id>', 'ask this replica (default: the leader)', wholeNumber(0))
    .action((topic: string, _options, leaf: Command) =>
      describeProducers(topic, leaf.optsWithGlobals()),
    )
  addFindHanging(command)
  addAbort(command)
}

function addList(command: Command): void {
  addDefaultCommand(command, 'list')
    .description('Print transactional ids.')
    .option('--list', "accepted for compatibility with Kafka's tool; has no effect")
    .option('--state <name>', 'only ids in this state; repeatable', repeatable(String))
    .option('--producer-id <id>', 'only this producer; repeatable', repeatable(wholeNumber(0)))
    .option(
      '--duration-filter <ms>',
      'only ids whose last transaction began longer ago',
      wholeNumber(-1),
    )
    .option(
      '--transactional-id-pattern <regex>',
      'only ids that this regular expression (RE2) matches completely',
    )
    .action((_options, leaf: Command) => list(leaf.optsWithGlobals()))
}

async function list(options: ListOptions): Promise<void> {
  const { bootstrapServer, state, producerId, durationFilter, transactionalIdPattern } = options
  const found = await withClient(bootstrapServer, ({ admin }) =>
    admin.transactions.list({
      ...(state !== undefined && { states: state }),
      ...(producerId !== undefined && { producerIds: producerId }),
      ...(durationFilter !== undefined && { durationMs: durationFilter }),
      ...(transactionalIdPattern !== undefined && { pattern: transactionalIdPattern }),
    }),
  )
  await printRows(options, found, {
    TransactionalId: ({ transactionalId }) => transactionalId,
    Coordinator: ({ coordinatorId }) => coordinatorId,
    ProducerId: ({ producerId }) => producerId,
    TransactionState: ({ state }) => state,
  })
}

async function describe(
  ids: readonly string[],
  options: BootstrapOption & RowOptions,
): Promise<void> {
  const { bootstrapServer } = options
  const found = await withClient(bootstrapServer, ({ admin }) => admin.transactions.describe(ids))
  const nowMs = new SystemClock().now()
  await printRows(options, found, {
    CoordinatorId: ({ coordinatorId }) => coordinatorId,
    TransactionalId: ({ transactionalId }) => transactionalId,
    ProducerId: ({ producerId }) => producerId,
    ProducerEpoch: ({ producerEpoch }) => producerEpoch,
    TransactionState: ({ state }) => state,
    TransactionTimeoutMs: ({ timeoutMs }) => timeoutMs,
    CurrentTransactionStartTimeMs: ({ startMs }) => startMs,
    TransactionDurationMs: ({ startMs }) => (startMs === undefined ? undefined : nowMs - startMs),
    TopicPartitions: ({ partitions }) => partitions.map(nameOf),
  })
}

async function describeProducers(topic: string, options: DescribeProducersOptions): Promise<void> {
  const { bootstrapServer, partition, brokerId } = options
  const [found] = await withClient(bootstrapServer, ({ admin }) =>
    admin.records.describeProducers(
      [{ topic, partition }],
      brokerId === undefined ? {} : { brokerId },
    ),
  )
  const known = (value: number): number | undefined => (value < 0 ? undefined : value)
  await printRows(options, found!.producers, {
    ProducerId: ({ producerId }) => producerId,
    ProducerEpoch: ({ producerEpoch }) => producerEpoch,
    LatestCoordinatorEpoch: ({ coordinatorEpoch }) => known(coordinatorEpoch),
    LastSequence: ({ lastSequence }) => lastSequence,
    LastTimestamp: ({ lastTimestamp }) => lastTimestamp,
    CurrentTransactionStartOffset: ({ currentTxnStartOffset }) => known(currentTxnStartOffset),
  })
}
