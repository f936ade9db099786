import { InvalidArgumentError, Option } from 'commander'
import type { Command } from 'commander'
import { compressionTypes } from '../../record/compression-type.ts'
import type { CompressionType } from '../../record/compression-type.ts'
import { keyValue, repeatable, unescape, wholeNumber } from '../arguments.ts'
import type { KeyValue } from '../arguments.ts'
import { bootstrapOption } from '../bootstrap-option.ts'
import type { BootstrapOption } from '../bootstrap-option.ts'
import { CliError } from '../cli-error.ts'
import type { Producer } from '../../client/producer/producer.ts'
import type { ProducerRecord } from '../../client/producer/producer-record.ts'
import { withClient } from '../with-client.ts'
import { parseLine } from '../line-parser.ts'
import { linesOf } from '../terminal.ts'

const EXAMPLES = `
Examples:
  echo hello | odradek produce greetings
  odradek produce users -K : < users.txt               each line is key:value
  odradek produce users -K : -Z < removals.txt         "key:" deletes the key (a tombstone)
  odradek produce events -z zstd -H source=import < events.txt
  odradek produce orders --transactional-id loader < orders.txt
                                                       all lines in one transaction: all are visible, or none
  odradek produce events --headers < events.txt        each line is name:value,name:value<tab>value`

/** More than Kafka's default of 16 KiB: a whole chunk of the input. */
const BATCH_BYTES = 128 * 1024
/** The time within which a record must be acknowledged. */
const DELIVERY_TIMEOUT_MS = 30_000
/** Kafka's default of `transaction.timeout.ms`. */
const TRANSACTION_TIMEOUT_MS = 60_000

interface ProduceOptions extends BootstrapOption {
  readonly keySeparator?: string
  readonly delimiter: string
  readonly key?: string
  readonly headers?: boolean
  readonly header?: KeyValue[]
  readonly partition?: number
  readonly compression: CompressionType
  readonly acks: 0 | 1 | -1
  readonly nullEmpty?: boolean
  readonly transactionalId?: string
  readonly transactionTimeout: number
}

/** `odradek produce` */
export function produce(command: Command): void {
  command
    .description('Send each line of the standard input to a topic as a record.')
    .argument('<topic>', 'created if it does not exist and the broker allows it')
    .addOption(bootstrapOption())
    .option(
      '-K, --key-separator <text>',
      'text between key and value in a line; \\t is a tab (default: lines have no key)',
      unescape,
    )
    .option('-D, --delimiter <text>', 'text at the end of a line', unescape, '\n')
    .option('-k, --key <text>', 'key of the records whose line has none')
    .option('--headers', 'each line begins with headers: name:value,… and a tab')
    .option('-H, --header <name=value>', 'header of every record; repeatable', repeatable(keyValue))
    .option(
      '-p, --partition <number>',
      'partition of every record (default: chosen as Java clients do, by the key)',
      wholeNumber(0),
    )
    .addOption(
      new Option('-z, --compression <codec>', 'compression of the batches')
        .choices(compressionTypes)
        .default('none'),
    )
    .addOption(
      new Option('-a, --acks <0|1|all>', 'replicas that must have a record: none, the leader, all')
        .argParser(parseAcks)
        .default(-1, 'all'),
    )
    .option('-Z, --null-empty', 'send an empty value as a tombstone, and an empty key as null')
    .option(
      '--transactional-id <id>',
      'send the whole input in one transaction of this id; it is aborted after an error',
    )
    .option(
      '--transaction-timeout <ms>',
      'the time after which the coordinator aborts the transaction',
      wholeNumber(1),
      TRANSACTION_TIMEOUT_MS,
    )
    .addHelpText('after', EXAMPLES)
    .action(run)
}

async function run(topic: string, options: ProduceOptions): Promise<void> {
  const { bootstrapServer, compression, acks, transactionalId } = options
  if (transactionalId !== undefined && acks !== -1)
    throw new CliError('--transactional-id needs --acks all: omit --acks')
  await withClient(bootstrapServer, async (client) => {
    const producer = client.producer({
      acks,
      compression,
      batchBytes: BATCH_BYTES,
      deliveryTimeoutMs: DELIVERY_TIMEOUT_MS,
      transactionTimeoutMs: options.transactionTimeout,
      ...(transactionalId !== undefined && { transactionalId }),
    })
    // Before the input is read, so that a missing topic is reported immediately.
    await producer.partitionsFor(topic)
    if (transactionalId === undefined) await sendInput(producer, topic, options)
    else await inTransaction(producer, () => sendInput(producer, topic, options))
    await producer.close()
  })
}

async function sendInput(
  producer: Producer,
  topic: string,
  { partition, delimiter, ...options }: ProduceOptions,
): Promise<void> {
  const format = {
    keySeparator: options.keySeparator,
    hasHeaders: options.headers ?? false,
    isNullEmpty: options.nullEmpty ?? false,
    key: options.key === undefined ? null : Buffer.from(options.key),
    headers: (options.header ?? []).map(({ key, value }) => ({ key, value: Buffer.from(value) })),
  }
  let previous: Promise<unknown> = Promise.resolve()
  for await (const lines of linesOf(process.stdin, Buffer.from(delimiter))) {
    const sent = producer.sendAll(
      lines.map((line): ProducerRecord => ({ topic, partition, ...parseLine(line, format) })),
    )
    sent.catch(() => {})
    // One chunk is sent while the next one is read.
    await previous
    previous = sent
  }
  await previous
}

async function inTransaction(producer: Producer, send: () => Promise<void>): Promise<void> {
  await producer.initTransactions()
  producer.beginTransaction()
  try {
    await send()
    await producer.commitTransaction()
  } catch (error) {
    // Aborts the transaction.
    await producer.close()
    throw error
  }
}

function parseAcks(text: string): 0 | 1 | -1 {
  if (text === 'all' || text === '-1') return -1
  if (text === '0' || text === '1') return text === '0' ? 0 : 1
  throw new InvalidArgumentError('It must be 0, 1 or all.')
}
