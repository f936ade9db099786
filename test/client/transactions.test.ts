import { describe, expect, it } from 'vitest'
import { ClientError } from '../../src/client/client-error.ts'
import type { Consumer } from '../../src/client/consumer/consumer.ts'
import type { KafkaClient } from '../../src/client/kafka-client.ts'
import type { IsolationLevel } from '../../src/client/list-offsets.ts'
import type { Producer } from '../../src/client/producer/producer.ts'
import type { TopicPartition } from '../../src/client/topic-partition.ts'
import { SeededRandom } from '../../src/platform/random.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import {
  AddOffsetsToTxn,
  ApiVersions,
  EndTxn,
  InitProducerId,
} from '../../src/protocol/messages/index.ts'
import { scaled } from '../support/scale.ts'
import type { InterceptedRequest, Verdict } from './support/intercepted-network.ts'
import { advanceUntil, startTestClients, type TestClients } from './support/test-client.ts'

const PARTITIONS = 3
const RECORDS = 45
const topics = ['orders', 'invoices'].map((name) => ({ name, partitions: PARTITIONS }))
const seeds = Array.from({ length: scaled(60) }, (_, seed) => seed + 1)
const protocols = [1, 2]
const value = (text: string): Buffer => Buffer.from(text)

function partitionsOf(topic: string): TopicPartition[] {
  return Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition }))
}

/** Starts a cluster with a level of transaction.version, and clients of it. */
async function startWithVersion(level: number, options = {}): Promise<TestClients> {
  const clients = await startTestClients({ brokers: 2, topics }, options)
  const { admin } = clients.newClient()
  const update = { feature: 'transaction.version', level, upgradeType: 'safeDowngrade' } as const
  if (level !== 2) await advanceUntil(clients.clock, admin.features.update([update]))
  return clients
}

/** Returns the values of a topic by partition, up to its end. */
async function read(
  { newClient, clock }: TestClients,
  topic: string,
  isolationLevel: IsolationLevel,
): Promise<string[][]> {
  const consumer = newClient().consumer({ autoOffsetReset: 'earliest', isolationLevel })
  const partitions = partitionsOf(topic)
  consumer.assign(partitions)
  const values = partitions.map((): string[] => [])
  while (!partitions.every((each) => consumer.currentLag(each) === 0)) {
    const records = await advanceUntil(clock, consumer.poll({ timeoutMs: 100 }))
    for (const record of records) values[record.partition]!.push(String(record.value))
  }
  await consumer.close()
  return values
}

describe.each(protocols)('transactions with transaction.version %i', (level) => {
  it('show read_committed consumers the records of committed transactions only', async () => {
    const clients = await startWithVersion(level)
    const { clock, newClient } = clients
    const producer = newClient().producer({ transactionalId: 't' })
    const send = async (text: string): Promise<void> => {
      producer.beginTransaction()
      await producer.send({ topic: 'orders', partition: 0, value: value(text) })
    }
    await advanceUntil(clock, producer.initTransactions())
    await advanceUntil(clock, send('committed'))
    await advanceUntil(clock, producer.commitTransaction())
    await advanceUntil(clock, send('aborted'))
    await advanceUntil(clock, producer.abortTransaction())
    await advanceUntil(clock, send('open'))
    expect((await read(clients, 'orders', 'read_committed'))[0]).toEqual(['committed'])
    const all = (await read(clients, 'orders', 'read_uncommitted'))[0]
    expect(all).toEqual(['committed', 'aborted', 'open'])
    await advanceUntil(clock, producer.commitTransaction())
    expect((await read(clients, 'orders', 'read_committed'))[0]).toEqual(['committed', 'open'])
  })

  it('let read_committed consumers wait for an open transaction', async () => {
    const { clock, newClient } = await startWithVersion(level)
    const producer = newClient().producer({ transactionalId: 't' })
    await advanceUntil(clock, producer.initTransactions())
    producer.beginTransaction()
    await advanceUntil(clock, producer.send({ topic: 'orders', partition: 0, value: value('1') }))
    const other = newClient().producer()
    await advanceUntil(clock, other.send({ topic: 'orders', partition: 0, value: value('2') }))
    const consumer = newClient().consumer({
      autoOffsetReset: 'earliest',
      isolationLevel: 'read_committed',
    })
    consumer.assign([{ topic: 'orders', partition: 0 }])
    expect(await advanceUntil(clock, consumer.poll({ timeoutMs: 2_000 }))).toEqual([])
    await advanceUntil(clock, producer.commitTransaction())
    const records = await advanceUntil(clock, consumer.poll({ timeoutMs: 2_000 }))
    expect(records.map((record) => String(record.value))).toEqual(['1', '2'])
  })

  it('commit the offsets of a member of a group, and refuse those of a former one', async () => {
    const { clock, newClient } = await startWithVersion(level)
    const consumer = newClient().consumer({ groupId: 'g', autoCommit: false })
    consumer.subscribe(['orders'])
    while (consumer.assignment.length === 0)
      await advanceUntil(clock, consumer.poll({ timeoutMs: 100 }))
    const producer = newClient().producer({ transactionalId: 't' })
    await advanceUntil(clock, producer.initTransactions())
    const offsets = [{ topic: 'orders', partition: 1, offset: 7 }]
    const former = consumer.groupMetadata
    producer.beginTransaction()
    await advanceUntil(clock, producer.sendOffsetsToTransaction(offsets, former))
    await advanceUntil(clock, producer.commitTransaction())
    const [orders1] = partitionsOf('orders').slice(1)
    const committed = await advanceUntil(clock, consumer.committed([orders1!]))
    expect(committed).toMatchObject([{ partition: 1, offset: 7 }])
    await advanceUntil(clock, consumer.close())
    producer.beginTransaction()
    const refused = producer.sendOffsetsToTransaction(offsets, former)
    await expect(advanceUntil(clock, refused)).rejects.toMatchObject({
      code: 'TRANSACTION_ABORTABLE',
      cause: { errorName: 'UNKNOWN_MEMBER_ID' },
    })
    await advanceUntil(clock, producer.abortTransaction())
  })

  it('fence a producer when another one has its transactional id', async () => {
    const clients = await startWithVersion(level)
    const { clock, newClient } = clients
    const [zombie, successor] = [1, 2].map(() => newClient().producer({ transactionalId: 't' }))
    const record = { topic: 'orders', partition: 0, value: value('zombie') }
    await advanceUntil(clock, zombie!.initTransactions())
    zombie!.beginTransaction()
    await advanceUntil(clock, zombie!.send(record))
    await advanceUntil(clock, successor!.initTransactions())
    await expect(advanceUntil(clock, zombie!.commitTransaction())).rejects.toMatchObject({
      code: 'PRODUCER_FENCED',
    })
    expect(() => zombie!.beginTransaction()).toThrow(
      expect.objectContaining({ code: 'PRODUCER_FENCED' }) as Error,
    )
    expect((await read(clients, 'orders', 'read_committed'))[0]).toEqual([])
  })

  it('are aborted when their time is over', async () => {
    const clients = await startWithVersion(level)
    const { clock, newClient } = clients
    const producer = newClient().producer({ transactionalId: 't', transactionTimeoutMs: 5_000 })
    await advanceUntil(clock, producer.initTransactions())
    producer.beginTransaction()
    const record = { topic: 'orders', partition: 0, value: value('late') }
    await advanceUntil(clock, producer.send(record))
    await clock.advance(20_000)
    expect((await read(clients, 'orders', 'read_committed'))[0]).toEqual([])
    // With version 2 the coordinator takes the epoch of the commit as that of the next transaction.
    await expect(advanceUntil(clock, producer.commitTransaction())).rejects.toMatchObject({
      code: level === 1 ? 'PRODUCER_FENCED' : 'PRODUCER_FAILED',
      advice: expect.stringContaining('transactionTimeoutMs') as string,
    })
  })
})

describe.each(protocols)(
  'consume, transform and produce over a network with faults (transaction.version %i)',
  (level) => {
    it.each(seeds)('has each record exactly once in the result (seed %i)', async (seed) => {
      const clients = await startWithVersion(level, {
        requestTimeoutMs: 1_000,
        retryTimeoutMs: 600_000,
      })
      const random = new SeededRandom(seed)
      const sent = await fill(clients, random)
      clients.network.verdict = faults(random)
      await transformAll(clients, random)
      clients.network.verdict = () => undefined
      expect(await read(clients, 'invoices', 'read_committed')).toEqual(sent)
    })
  },
)

/** Sends the records of `orders`. Returns their values by partition. */
async function fill({ newClient, clock }: TestClients, random: SeededRandom): Promise<string[][]> {
  const producer = newClient().producer()
  const sent = Array.from({ length: PARTITIONS }, (): string[] => [])
  for (let i = 0; i < RECORDS; i++) {
    const partition = random.int(PARTITIONS)
    sent[partition]!.push(String(i))
    const record = { topic: 'orders', partition, value: value(String(i)) }
    await advanceUntil(clock, producer.send(record))
  }
  return sent
}

/** Copies `orders` to `invoices` in transactions. Some are aborted, some producers die. */
async function transformAll(clients: TestClients, random: SeededRandom): Promise<void> {
  const { clock, newClient } = clients
  let step = newStep(newClient())
  await advanceUntil(clock, step.start())
  for (let copied = false; !copied;) {
    const dice = random.int(10)
    try {
      copied = await advanceUntil(clock, step.copy(1 + random.int(5), dice === 0))
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
      if (error.code !== 'TRANSACTION_ABORTABLE') step = newStep(newClient())
      else if (!(await advanceUntil(clock, step.abort()))) step = newStep(newClient())
      await advanceUntil(clock, step.start())
    }
    if (dice !== 1) continue
    // The producer of the last step is a zombie from now on.
    step = newStep(newClient())
    await advanceUntil(clock, step.start())
  }
}

function newStep(client: KafkaClient) {
  const consumer = client.consumer({ groupId: 'g', autoOffsetReset: 'earliest', autoCommit: false })
  const producer = client.producer({ transactionalId: 't', deliveryTimeoutMs: 600_000 })
  let isReady = false
  return {
    /** Initializes the producer if needed, and continues at the committed offsets. */
    start: async (): Promise<void> => {
      if (!isReady) await producer.initTransactions()
      isReady = true
      await rewind(consumer)
    },
    /** Copies some records. Returns whether there are no more. */
    copy: (count: number, isAborted: boolean): Promise<boolean> =>
      copy(consumer, producer, count, isAborted),
    /** Returns whether the producer can continue. */
    abort: (): Promise<boolean> =>
      producer.abortTransaction().then(
        () => true,
        () => false,
      ),
  }
}

async function rewind(consumer: Consumer): Promise<void> {
  const partitions = partitionsOf('orders')
  consumer.assign(partitions)
  const committed = await consumer.committed(partitions)
  consumer.seekToBeginning()
  for (const each of committed) consumer.seek(each, each.offset)
}

async function copy(
  consumer: Consumer,
  producer: Producer,
  count: number,
  isAborted: boolean,
): Promise<boolean> {
  const partitions = partitionsOf('orders')
  const polled = await consumer.poll({ timeoutMs: 200 })
  const records = polled.slice(0, count)
  for (const unread of polled.slice(count).reverse()) consumer.seek(unread, unread.offset)
  if (records.length === 0) return partitions.every((each) => consumer.currentLag(each) === 0)
  producer.beginTransaction()
  for (const { partition, value } of records)
    producer.send({ topic: 'invoices', partition, value }).catch(() => {})
  const next = new Map(records.map((record) => [record.partition, record.offset + 1]))
  const offsets = Array.from(next, ([partition, offset]) => ({
    topic: 'orders',
    partition,
    offset,
  }))
  await producer.sendOffsetsToTransaction(offsets, { groupId: 'g' })
  if (isAborted) {
    await producer.abortTransaction()
    await rewind(consumer)
  } else {
    await producer.commitTransaction()
  }
  return false
}

const refusals = [
  ErrorCode.ConcurrentTransactions,
  ErrorCode.CoordinatorLoadInProgress,
  ErrorCode.NotCoordinator,
  ErrorCode.CoordinatorNotAvailable,
]
const coordinated: ReadonlySet<number> = new Set([
  InitProducerId.key,
  AddOffsetsToTxn.key,
  EndTxn.key,
])

/** Some requests are lost, some responses are, and some are refused or never answered. */
function faults(random: SeededRandom): (request: InterceptedRequest) => Verdict {
  return ({ api }) => {
    if (api.key === ApiVersions.key) return undefined
    const dice = random.int(100)
    if (dice < 6) return 'loseResponse'
    if (dice < 10) return 'cut'
    if (dice < 11) return 'hang'
    if (dice >= 20 || !coordinated.has(api.key)) return undefined
    const errorCode = refusals[random.int(refusals.length)]!
    return { answer: { throttleTimeMs: 0, errorCode, producerId: -1, producerEpoch: -1 } }
  }
}
