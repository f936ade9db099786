import type { Kafka, Producer, Transaction as KafkaJsTransaction } from 'kafkajs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ManualClock, startCluster, type Cluster, type ClusterOptions } from '../../src/index.ts'
import { Member } from './support/member.ts'
import { connectProducer, kafkaFor, transports } from './support/transports.ts'

const ID = 'shipping'
const MINUTE_MS = 60_000

describe.each(transports)('kafkajs transactions %s', (_transport, optionsOf) => {
  async function start(options: ClusterOptions = {}): Promise<{ cluster: Cluster; kafka: Kafka }> {
    const cluster = await startCluster({
      topics: [{ name: 'orders' }],
      logLevel: 'silent',
      ...options,
    })
    onTestFinished(() => cluster.close())
    return { cluster, kafka: kafkaFor(cluster, optionsOf(cluster)) }
  }

  test('are read when they are committed, and never when they are aborted', async () => {
    const { cluster, kafka } = await start()
    const producer = await transactional(kafka)
    await sendIn(await producer.transaction(), 'aborted').then((sent) => sent.abort())
    await sendIn(await producer.transaction(), 'committed').then((sent) => sent.commit())
    const committed = await Member.join(kafka, 'orders', { groupId: 'committed' })
    const all = await Member.join(kafka, 'orders', { groupId: 'all', readUncommitted: true })
    expect(valuesOf(await all.receives(2))).toEqual(['aborted', 'committed'])
    expect(valuesOf(await committed.receives(1))).toEqual(['committed'])
    expect(cluster.transaction(ID)).toMatchObject({ state: 'CompleteCommit', partitions: [] })
  })

  test('commit offsets with sendOffsets, and not when they are aborted', async () => {
    const { kafka } = await start()
    const producer = await transactional(kafka)
    const admin = kafka.admin()
    await admin.connect()
    onTestFinished(() => admin.disconnect())
    const commitOf = async (offset: string, end: 'commit' | 'abort'): Promise<string> => {
      const transaction = await sendIn(await producer.transaction(), offset)
      const topics = [{ topic: 'orders', partitions: [{ partition: 0, offset }] }]
      await transaction.sendOffsets({ consumerGroupId: 'billing', topics })
      await transaction[end]()
      const [topic] = await admin.fetchOffsets({ groupId: 'billing', topics: ['orders'] })
      return topic!.partitions[0]!.offset
    }
    expect(await commitOf('5', 'abort')).toBe('-1')
    expect(await commitOf('6', 'commit')).toBe('6')
    expect(await commitOf('7', 'abort')).toBe('6')
  })

  test('of a zombie are fenced when another producer has taken its id', async () => {
    const { cluster, kafka } = await start()
    const zombie = await sendIn(await (await transactional(kafka)).transaction(), 'zombie')
    const aborted = cluster.transaction(ID).waitFor('CompleteAbort')
    const next = await sendIn(await (await transactional(kafka)).transaction(), 'next')
    await aborted
    await expect(sendIn(zombie, 'late')).rejects.toMatchObject({ type: 'INVALID_PRODUCER_EPOCH' })
    await expect(zombie.commit()).rejects.toMatchObject({ type: 'INVALID_PRODUCER_EPOCH' })
    await next.commit()
    const reader = await Member.join(kafka, 'orders', { groupId: 'reader' })
    expect(valuesOf(await reader.receives(1))).toEqual(['next'])
  })

  test('are aborted when the clock has passed their timeout', async () => {
    const clock = new ManualClock(Date.now())
    const { cluster, kafka } = await start({ clock })
    const producer = await transactional(kafka, { transactionTimeout: MINUTE_MS })
    const late = await sendIn(await producer.transaction(), 'late')
    const transaction = cluster.transaction(ID)
    await clock.advance(MINUTE_MS)
    expect(transaction).toMatchObject({ state: 'Ongoing', ageMs: MINUTE_MS })
    await clock.advance(1)
    expect(transaction.state).toBe('CompleteAbort')
    await expect(late.commit()).rejects.toMatchObject({ type: 'INVALID_PRODUCER_EPOCH' })
  })

  test('that are held in PrepareCommit are not visible to read_committed until they are released', async () => {
    const { cluster, kafka } = await start()
    const producer = await transactional(kafka)
    const reader = await Member.join(kafka, 'orders', { groupId: 'reader' })
    const all = await Member.join(kafka, 'orders', { groupId: 'all', readUncommitted: true })
    const hold = cluster.transaction(ID).hold('PrepareCommit')
    await (await sendIn(await producer.transaction(), 'held')).commit()
    await hold.reached
    expect(valuesOf(await all.receives(1))).toEqual(['held'])
    await fetchesAgain(reader)
    expect(reader.received).toEqual([])
    // kafkajs sends AddPartitionsToTxn again while it gets CONCURRENT_TRANSACTIONS.
    const next = producer.transaction().then((transaction) => sendIn(transaction, 'next'))
    hold.release()
    await cluster.transaction(ID).waitFor('CompleteCommit')
    expect(valuesOf(await reader.receives(1))).toEqual(['held'])
    await (await next).commit()
    expect(valuesOf(await reader.receives(2))).toEqual(['held', 'next'])
  })
})

async function transactional(
  kafka: Kafka,
  options: Parameters<Kafka['producer']>[0] = {},
): Promise<Producer> {
  const fixed = { transactionalId: ID, idempotent: true, maxInFlightRequests: 1 }
  return connectProducer(kafka, { ...fixed, ...options })
}

async function sendIn(transaction: KafkaJsTransaction, value: string): Promise<KafkaJsTransaction> {
  await transaction.send({ topic: 'orders', messages: [{ value }] })
  return transaction
}

/** Resolves when a consumer has got the response to a fetch that it has sent after this call. */
async function fetchesAgain({ consumer }: Member): Promise<void> {
  for (let fetches = 0; fetches < 2; fetches++) {
    await new Promise<void>((resolve) => {
      const stop = consumer.on('consumer.fetch', () => {
        stop()
        resolve()
      })
    })
  }
}

function valuesOf(received: readonly { readonly value: string | null }[]): (string | null)[] {
  return received.map(({ value }) => value)
}
