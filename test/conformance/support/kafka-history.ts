import { DescribeProducers } from '../../../src/protocol/messages/index.ts'
import type { RecordInput } from '../../../src/record/batch-encoder.ts'
import { SeededRandom } from '../../../src/platform/random.ts'
import { allCodecs } from './client.ts'
import type { Producer, RawClient } from './raw-client.ts'

type TopicConfig = Readonly<Record<string, string | number>>

/** A topic of one partition on a real broker, and what is done to it. */
export interface KafkaLife {
  readonly topic: string
  readonly config: TopicConfig
  live(client: RawClient, topic: string): Promise<void>
}

/** Small segments. Only Kafka's own tests use the first config, hence its name. */
const small: TopicConfig = {
  'internal.segment.bytes': 16_000,
  'index.interval.bytes': 1000,
  'retention.ms': -1,
}

const idsOfTransactions = ['first', 'second', 'third']

/** Histories in which the broker itself compresses, stamps, ends transactions and compacts. */
export const kafkaLives: readonly KafkaLife[] = [
  ...allCodecs.map((codec) => ({
    topic: `codec-${codec}`,
    config: { ...small, 'compression.type': codec === 'none' ? 'uncompressed' : codec },
    live: (client: RawClient, topic: string) => appendBatches(client, topic, 150),
  })),
  {
    topic: 'append-time',
    config: { ...small, 'message.timestamp.type': 'LogAppendTime' },
    live: (client, topic) => appendBatches(client, topic, 150),
  },
  { topic: 'idempotent', config: small, live: appendIdempotently },
  { topic: 'transactions', config: small, live: liveInTransactions },
  {
    topic: 'compacted',
    config: {
      ...small,
      'cleanup.policy': 'compact',
      'min.cleanable.dirty.ratio': 0.01,
      'delete.retention.ms': 0,
    },
    live: liveInTransactions,
  },
]

/** The config with which the cleaner does not wait. */
export const eagerCleaner = { 'log.cleaner.backoff.ms': 100 }

/** Appends batches of a few records without a producer id, and does not wait for each response. */
export async function appendBatches(
  client: RawClient,
  topic: string,
  count: number,
): Promise<void> {
  const random = new SeededRandom(count)
  const appends: Promise<number>[] = []
  for (let index = 0; index < count; index++) {
    appends.push(client.produce(topic, 0, recordsOf(random, index)))
  }
  await Promise.all(appends)
}

async function appendIdempotently(client: RawClient, topic: string): Promise<void> {
  const random = new SeededRandom(2)
  const producers: Producer[] = []
  for (let count = 0; count < 40; count++) producers.push(await client.initProducer())
  for (let index = 0; index < 200; index++) {
    const producer = producers[random.int(producers.length)]!
    // A producer that lost its records starts a new epoch.
    if (random.int(20) === 0) Object.assign(producer, nextEpoch(producer))
    await client.produce(topic, 0, recordsOf(random, index), {}, producer)
  }
}

/**
 * Appends overlapping transactions, some of which are aborted. Resolves with the producers of those
 * that stay open.
 */
export async function appendTransactions(client: RawClient, topic: string): Promise<Producer[]> {
  const random = new SeededRandom(3)
  const producers: Producer[] = []
  for (const id of idsOfTransactions) producers.push(await client.initProducer(`${topic}-${id}`))
  const open = new Set<Producer>()
  for (let index = 0; index < 200; index++) {
    const producer = producers[random.int(producers.length)]!
    const kind = random.int(6)
    if (kind === 0) await client.produce(topic, 0, recordsOf(random, index, true))
    else if (kind === 1 && open.delete(producer)) {
      await client.endTransaction(producer, random.int(2) === 0)
    } else {
      if (!open.has(producer)) await client.addToTransaction(producer, topic, [0])
      open.add(producer)
      await client.produce(topic, 0, recordsOf(random, index, true), {}, producer)
    }
  }
  return [...open]
}

async function liveInTransactions(client: RawClient, topic: string): Promise<void> {
  await appendTransactions(client, topic)
}

/** Appends to one open transaction until the broker stops. */
export async function appendUntilGone(
  client: RawClient,
  topic: string,
  producer: Producer,
): Promise<void> {
  const random = new SeededRandom(producer.producerId)
  for (let index = 0; ; index++) {
    await client.produce(topic, 0, recordsOf(random, index, true), {}, producer)
  }
}

/** Returns the broker's state of a partition's producers, in the form of `Log.activeProducers`. */
export async function describeProducers(client: RawClient, topic: string): Promise<object[]> {
  const { topics } = await client.connection.call(DescribeProducers, 0, {
    topics: [{ name: topic, partitionIndexes: [0] }],
  })
  const { errorCode, activeProducers } = topics[0]!.partitions[0]!
  if (errorCode !== 0) throw new Error(`DescribeProducers: ${errorCode}`)
  return activeProducers.toSorted((a, b) => a.producerId - b.producerId)
}

function nextEpoch({ producerEpoch }: Producer): Partial<Producer> {
  return { producerEpoch: producerEpoch + 1, sequence: 0 }
}

function recordsOf(random: SeededRandom, index: number, isKeyed = false): RecordInput[] {
  const timestamp = Date.now() - random.int(10_000)
  return Array.from({ length: 1 + random.int(5) }, (_, place) => ({
    key: !isKeyed && place % 3 === 0 ? null : Buffer.from(`key-${random.int(20)}`),
    value: random.int(10) === 0 ? null : Buffer.from(`${index} `.repeat(1 + random.int(60))),
    timestamp: timestamp + place,
    headers: place % 2 === 0 ? [] : [{ key: 'größe', value: random.int(2) ? null : Buffer.of() }],
  }))
}
