import type { Command } from 'commander'
import { wholeNumber } from '../arguments.ts'
import type { BootstrapOption } from '../bootstrap-option.ts'
import { CliError } from '../cli-error.ts'
import type { PartitionTransaction } from '../../client/admin/transactions-admin.ts'
import type { KafkaClient } from '../../client/kafka-client.ts'
import { nameOf } from '../../client/topic-partition.ts'
import { print } from '../terminal.ts'
import { withClient } from '../with-client.ts'

const EXAMPLES = `
With a transactional id, its coordinator aborts the open transaction, and the producers of the id are fenced.
With --topic, an abort marker ends a transaction in one partition. Only for transactions that 'odradek transactions
find-hanging' has found. Identify it with --start-offset, or with --producer-id, --producer-epoch and
--coordinator-epoch.

Examples:
  odradek transactions abort orders-1
  odradek transactions abort --topic orders --partition 0 --start-offset 42`

interface AbortOptions extends BootstrapOption {
  readonly topic?: string
  readonly partition?: number
  readonly startOffset?: number
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly coordinatorEpoch?: number
}

/** `odradek transactions abort` */
export function addAbort(transactions: Command): void {
  transactions
    .command('abort')
    .description('Abort the open transaction of a transactional id, or a hanging transaction.')
    .argument('[transactional-id]')
    .option('--topic <name>', 'topic of a hanging transaction')
    .option('-p, --partition <number>', 'its partition', wholeNumber(0))
    .option('--start-offset <offset>', 'the offset of its first record', wholeNumber(0))
    .option('--producer-id <id>', 'its producer, instead of --start-offset', wholeNumber(0))
    .option('--producer-epoch <number>', 'the epoch of the producer', wholeNumber(0, 32767))
    .option('--coordinator-epoch <number>', 'the epoch of the coordinator', wholeNumber(-1))
    .addHelpText('after', EXAMPLES)
    .action((id: string | undefined, _options, leaf: Command) => run(id, leaf.optsWithGlobals()))
}

async function run(id: string | undefined, options: AbortOptions): Promise<void> {
  const { bootstrapServer, topic, partition } = options
  if ((id === undefined) === (topic === undefined))
    throw new CliError('abort needs either a transactional id, or --topic and --partition')
  if (topic !== undefined && partition === undefined)
    throw new CliError('--topic needs --partition: add it')
  await withClient(bootstrapServer, async (client) => {
    if (id !== undefined) return abortOf(client, id)
    const transaction = await transactionIn(client, topic!, partition!, options)
    await client.admin.transactions.abort(transaction)
    const { producerId } = transaction
    const name = nameOf(transaction)
    return print(process.stdout, `Aborted the transaction of producer ${producerId} in ${name}.\n`)
  })
}

async function abortOf({ admin }: KafkaClient, id: string): Promise<void> {
  // To fence an unknown id would create it.
  const [found] = await admin.transactions.describe([id])
  if (found!.state !== 'Ongoing')
    throw new CliError(
      `transactional id ${id} has no open transaction: its state is ${found!.state}`,
    )
  await admin.transactions.forceTerminate(id)
  await print(process.stdout, `Aborted the transaction of ${id}, and fenced its producers.\n`)
}

async function transactionIn(
  { admin }: KafkaClient,
  topic: string,
  partition: number,
  options: AbortOptions,
): Promise<PartitionTransaction> {
  const { startOffset } = options
  const identity =
    startOffset === undefined
      ? options
      : (await admin.records.describeProducers([{ topic, partition }]))[0]!.producers.find(
          (each) => each.currentTxnStartOffset === startOffset,
        )
  if (identity === undefined)
    throw new CliError(
      `no open transaction in ${topic}-${partition} starts at offset ${startOffset}: 'odradek transactions describe-producers ${topic} --partition ${partition}' shows the open ones`,
    )
  const { producerId, producerEpoch, coordinatorEpoch } = identity
  if (producerId === undefined || producerEpoch === undefined || coordinatorEpoch === undefined)
    throw new CliError(
      'abort cannot tell which transaction: add --start-offset, or all of --producer-id, --producer-epoch and --coordinator-epoch',
    )
  // It is -1 until a marker was written. As in Kafka's tool, the first one has 0.
  const markerEpoch = Math.max(coordinatorEpoch, 0)
  return { topic, partition, producerId, producerEpoch, coordinatorEpoch: markerEpoch }
}
