import type { Command } from 'commander'
import { wholeNumber } from '../arguments.ts'
import type { BootstrapOption } from '../bootstrap-option.ts'
import { CliError } from '../cli-error.ts'
import type { KafkaClient } from '../../client/kafka-client.ts'
import type { TopicPartition } from '../../client/topic-partition.ts'
import { SystemClock } from '../../platform/system-clock.ts'
import { findHanging } from '../hanging-transactions.ts'
import { printRows, type RowOptions } from '../rows.ts'
import { withClient } from '../with-client.ts'

const MINUTE_MS = 60_000
/** Kafka's default of `transaction.max.timeout.ms`. */
const MAX_TIMEOUT_MINUTES = 15

interface FindHangingOptions extends BootstrapOption, RowOptions {
  readonly topic?: string
  readonly partition?: number
  readonly brokerId?: number
  readonly maxTransactionTimeout: number
}

/** `odradek transactions find-hanging` */
export function addFindHanging(transactions: Command): void {
  transactions
    .command('find-hanging')
    .description(
      'Print transactions that are open in a partition although their coordinator does not know them.',
    )
    .option('--topic <name>', 'only this topic')
    .option('-p, --partition <number>', 'only this partition of the topic', wholeNumber(0))
    .option('--broker-id <id>', 'only partitions with a replica on this broker', wholeNumber(0))
    .option(
      '--max-transaction-timeout <minutes>',
      'only producers that have sent nothing for longer',
      wholeNumber(0),
      MAX_TIMEOUT_MINUTES,
    )
    .action((_options, leaf: Command) => run(leaf.optsWithGlobals()))
}

async function run(options: FindHangingOptions): Promise<void> {
  const { bootstrapServer, topic, partition, brokerId, maxTransactionTimeout } = options
  if (topic === undefined && brokerId === undefined)
    throw new CliError('nothing to search: use --topic or --broker-id')
  if (partition !== undefined && topic === undefined)
    throw new CliError('--partition needs --topic: add it, or omit --partition')
  const nowMs = new SystemClock().now()
  const found = await withClient(bootstrapServer, async (client) => {
    const partitions = await partitionsOf(client, options)
    return findHanging(client, partitions, nowMs - maxTransactionTimeout * MINUTE_MS, brokerId)
  })
  await printRows(options, found, {
    Topic: (each) => each.topic,
    Partition: (each) => each.partition,
    ProducerId: ({ producerId }) => producerId,
    ProducerEpoch: ({ producerEpoch }) => producerEpoch,
    CoordinatorEpoch: ({ coordinatorEpoch }) => coordinatorEpoch,
    StartOffset: ({ currentTxnStartOffset }) => currentTxnStartOffset,
    LastTimestamp: ({ lastTimestamp }) => lastTimestamp,
    DurationMinutes: ({ lastTimestamp }) => Math.floor((nowMs - lastTimestamp) / MINUTE_MS),
  })
}

async function partitionsOf(
  { admin }: KafkaClient,
  { topic, partition, brokerId }: FindHangingOptions,
): Promise<TopicPartition[]> {
  const names = topic === undefined ? (await admin.topics.list()).map(({ name }) => name) : [topic]
  const topics = await admin.topics.describe(names)
  return topics.flatMap(({ name, partitions }) =>
    partitions
      .filter(
        ({ partitionIndex, replicaNodes }) =>
          (partition === undefined || partitionIndex === partition) &&
          (brokerId === undefined || replicaNodes.includes(brokerId)),
      )
      .map(({ partitionIndex }) => ({ topic: name, partition: partitionIndex })),
  )
}
