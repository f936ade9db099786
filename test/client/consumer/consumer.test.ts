import { describe, expect, it } from 'vitest'
import type { KafkaClient } from '../../../src/client/kafka-client.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import {
  Fetch,
  ListOffsets,
  Metadata,
  OffsetFetch,
  OffsetForLeaderEpoch,
} from '../../../src/protocol/messages/index.ts'
import { encodeBatch } from '../../../src/record/batch-encoder.ts'
import {
  ControlRecordType,
  encodeEndTransactionMarker,
} from '../../../src/record/control-record.ts'
import { answering } from '../support/intercepted-network.ts'
import { advanceUntil, startTestClients } from '../support/test-client.ts'

const orders = { topic: 'orders', partition: 0 }

async function produce(
  client: KafkaClient,
  values: readonly string[],
  partition = 0,
): Promise<void> {
  const producer = client.producer()
  await producer.sendAll(
    values.map((text) => ({ topic: 'orders', partition, value: Buffer.from(text) })),
  )
  await producer.close()
}

function text(records: readonly { value: Uint8Array | null }[]): string[] {
  return records.map(({ value }) => String(value))
}

describe('a consumer of assigned partitions', () => {
  it('reads from the beginning or the end, as autoOffsetReset says', async () => {
    const { client, clock } = await startTestClients({ topics: [{ name: 'orders' }] })
    await produce(client, ['a', 'b'])
    const fromStart = client.consumer({ autoOffsetReset: 'earliest' })
    fromStart.assign([orders])
    expect(text(await fromStart.poll())).toEqual(['a', 'b'])
    expect(fromStart.position(orders)).toBe(2)
    expect(fromStart.currentLag(orders)).toBe(0)
    const fromEnd = client.consumer({ autoOffsetReset: 'latest' })
    fromEnd.assign([orders])
    const polled = fromEnd.poll({ timeoutMs: 60_000 })
    while (fromEnd.position(orders) === undefined) await clock.advance(1)
    await produce(client, ['c'])
    expect(text(await advanceUntil(clock, polled))).toEqual(['c'])
  })

  it('continues where a seek has moved it while its position was being validated', async () => {
    const { client, clock, network } = await startTestClients({ topics: [{ name: 'orders' }] })
    await produce(client, ['a', 'b', 'c'])
    const consumer = client.consumer({ autoOffsetReset: 'earliest' })
    consumer.assign([orders])
    consumer.seek(orders, 0)
    expect(text(await advanceUntil(clock, consumer.poll()))).toEqual(['a', 'b', 'c'])
    // The validation waits for a new connection.
    for (const socket of network.sockets) socket.destroy()
    await clock.advance(0)
    await consumer.poll({ timeoutMs: 0 })
    consumer.seek(orders, 2)
    await clock.advance(1_000)
    expect(text(await advanceUntil(clock, consumer.poll()))).toEqual(['c'])
  })

  it('throws when there is no offset and no reset policy', async () => {
    const { client } = await startTestClients({ topics: [{ name: 'orders' }] })
    const consumer = client.consumer({ autoOffsetReset: 'none' })
    consumer.assign([orders])
    await expect(consumer.poll()).rejects.toMatchObject({ code: 'NO_OFFSET' })
    consumer.seek(orders, 7)
    await expect(consumer.poll()).rejects.toMatchObject({ code: 'NO_OFFSET' })
  })

  it('seeks, and forgets what it had fetched for the old position', async () => {
    const { client } = await startTestClients({ topics: [{ name: 'orders' }] })
    await produce(client, ['a', 'b', 'c', 'd'])
    const consumer = client.consumer({ autoOffsetReset: 'earliest', maxPollRecords: 1 })
    consumer.assign([orders])
    expect(text(await consumer.poll())).toEqual(['a'])
    consumer.seek(orders, 3)
    expect(text(await consumer.poll())).toEqual(['d'])
    consumer.seekToBeginning()
    expect(text(await consumer.poll())).toEqual(['a'])
    expect(text(await consumer.poll())).toEqual(['b'])
  })

  it('goes back to the policy when its offset is out of range', async () => {
    const { client } = await startTestClients({ topics: [{ name: 'orders' }] })
    await produce(client, ['a'])
    const consumer = client.consumer({ autoOffsetReset: 'earliest' })
    consumer.assign([orders])
    consumer.seek(orders, 99)
    expect(text(await consumer.poll())).toEqual(['a'])
  })

  it('returns nothing of paused partitions until they are resumed', async () => {
    const { client, clock } = await startTestClients({
      topics: [{ name: 'orders', partitions: 2 }],
    })
    await produce(client, ['a'])
    const consumer = client.consumer({ autoOffsetReset: 'earliest' })
    consumer.assign([orders, { topic: 'orders', partition: 1 }])
    consumer.pause([orders])
    expect(await advanceUntil(clock, consumer.poll())).toEqual([])
    await produce(client, ['b'], 1)
    expect(text(await advanceUntil(clock, consumer.poll()))).toEqual(['b'])
    consumer.resume([orders])
    expect(text(await advanceUntil(clock, consumer.poll()))).toEqual(['a'])
  })

  it('returns an empty array when the time is up, and rejects when its signal is aborted', async () => {
    const { client, clock } = await startTestClients({ topics: [{ name: 'orders' }] })
    const consumer = client.consumer()
    consumer.assign([orders])
    expect(await advanceUntil(clock, consumer.poll({ timeoutMs: 100 }))).toEqual([])
    const abort = new AbortController()
    const polled = consumer.poll({ signal: abort.signal })
    await expect(consumer.poll()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    abort.abort()
    await expect(polled).rejects.toMatchObject({ code: 'ABORTED' })
    const waiting = consumer.poll()
    await consumer.close()
    await expect(waiting).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('follows a partition to another leader', async () => {
    const { client, clock, network } = await startTestClients({ topics: [{ name: 'orders' }] })
    await produce(client, ['a'])
    let refusals = 2
    network.verdict = answering(Fetch, ({ topics }) => {
      if (refusals-- <= 0) return undefined
      return fetchAnswer(topics[0]!.topicId, { errorCode: ErrorCode.NotLeaderOrFollower })
    })
    const consumer = client.consumer({ autoOffsetReset: 'earliest' })
    consumer.assign([orders])
    const before = network.requestsOf(Metadata).length
    expect(text(await advanceUntil(clock, consumer.poll()))).toEqual(['a'])
    expect(network.requestsOf(Metadata).length).toBeGreaterThan(before)
  })

  it('asks the new leader at once that an answer names (KIP-951)', async () => {
    const { client, network } = await startTestClients({ brokers: 2, topics: [{ name: 'orders' }] })
    await produce(client, ['a'])
    const { brokerId, host, port } = (await client.admin.cluster.describe()).brokers[1]!
    let asked = 0
    network.verdict = answering(Fetch, ({ topics }) =>
      fetchAnswer(
        topics[0]!.topicId,
        asked++ === 0
          ? {
              errorCode: ErrorCode.NotLeaderOrFollower,
              currentLeader: { leaderId: brokerId, leaderEpoch: 9 },
              nodeEndpoints: [{ nodeId: brokerId, host, port, rack: null }],
            }
          : { records: encodeBatch([{ value: Buffer.from('from the new leader') }]) },
      ),
    )
    const consumer = client.consumer({ autoOffsetReset: 'earliest' })
    consumer.assign([orders])
    consumer.seek(orders, 0)
    expect(text(await consumer.poll())).toEqual(['from the new leader'])
    const fetches = network.requests.filter(({ api }) => api.key === Fetch.key)
    expect(fetches.map(({ address }) => address)[1]).toBe(`${host}:${port}`)
    expect(network.requestsOf(Fetch)[1]).toMatchObject({
      topics: [{ partitions: [{ currentLeaderEpoch: 9 }] }],
    })
  })

  it.each([
    ['goes back to the end of its epoch', { leaderEpoch: 0, endOffset: 2 }, ['c']],
    [
      'is reset when the leader does not know its epoch',
      { leaderEpoch: -1, endOffset: -1 },
      ['a', 'b', 'c'],
    ],
    ['stays where it is when nothing was truncated', { leaderEpoch: 0, endOffset: 3 }, []],
  ])('with a position of an older epoch %s (KIP-320)', async (_name, answer, expected) => {
    const { client, clock, network } = await startTestClients({ topics: [{ name: 'orders' }] })
    await produce(client, ['a', 'b', 'c'])
    const admin = client.admin.groups
    await admin.alterOffsets('g', [{ ...orders, offset: 3, leaderEpoch: 0 }])
    network.verdict = answering(OffsetForLeaderEpoch, () => ({
      throttleTimeMs: 0,
      topics: [{ topic: 'orders', partitions: [{ errorCode: 0, partition: 0, ...answer }] }],
    }))
    const consumer = client.consumer({ groupId: 'g', autoOffsetReset: 'earliest' })
    consumer.assign([orders])
    expect(text(await advanceUntil(clock, consumer.poll()))).toEqual(expected)
    expect(network.requestsOf(OffsetForLeaderEpoch)).toMatchObject([
      { topics: [{ topic: 'orders', partitions: [{ leaderEpoch: 0 }] }] },
    ])
    const strict = client.consumer({ groupId: 'g', autoOffsetReset: 'none' })
    strict.assign([orders])
    if (answer.endOffset < 3)
      await expect(strict.poll()).rejects.toMatchObject({ code: 'NO_OFFSET' })
  })

  it('refuses a batch with a wrong checksum, unless it does not check', async () => {
    const { client, network } = await startTestClients({ topics: [{ name: 'orders' }] })
    const records = encodeBatch([{ value: Buffer.from('a') }])
    records[records.length - 1]! ^= 1
    network.verdict = answering(Fetch, ({ topics }) => fetchAnswer(topics[0]!.topicId, { records }))
    const careful = client.consumer({ autoOffsetReset: 'earliest' })
    careful.assign([orders])
    await expect(careful.poll()).rejects.toMatchObject({ errorName: 'CORRUPT_MESSAGE' })
  })

  it('leaves out aborted transactions with read_committed', async () => {
    const { client, network } = await startTestClients({ topics: [{ name: 'orders' }] })
    network.verdict = answering(Fetch, ({ topics, isolationLevel }) =>
      fetchAnswer(topics[0]!.topicId, {
        records: transactions(),
        abortedTransactions: isolationLevel === 1 ? [{ producerId: 1, firstOffset: 0 }] : null,
      }),
    )
    const committed = client.consumer({
      autoOffsetReset: 'earliest',
      isolationLevel: 'read_committed',
    })
    committed.assign([orders])
    expect(text(await committed.poll())).toEqual(['committed', 'plain', 'again'])
    const all = client.consumer({ autoOffsetReset: 'earliest' })
    all.assign([orders])
    expect(text(await all.poll())).toEqual(['aborted', 'committed', 'plain', 'again'])
    expect(all.position(orders)).toBe(7)
  })
})

describe('the requests of a consumer', () => {
  it('name the isolation level and the leader epoch', async () => {
    const { client, network } = await startTestClients({ topics: [{ name: 'orders' }] })
    await produce(client, ['a'])
    const consumer = client.consumer({
      groupId: 'g',
      autoOffsetReset: 'earliest',
      isolationLevel: 'read_committed',
    })
    consumer.assign([orders])
    await consumer.poll()
    expect(network.requestsOf(ListOffsets).at(-1)).toMatchObject({ isolationLevel: 1 })
    expect(network.requestsOf(Fetch).at(-1)).toMatchObject({
      isolationLevel: 1,
      topics: [{ partitions: [{ currentLeaderEpoch: 0 }] }],
    })
    expect(network.requestsOf(OffsetFetch).at(-1)).toMatchObject({ requireStable: true })
  })
})

/**
 * One transaction of producer 1 that is aborted, one of producer 2 and another of producer 1 that
 * are committed.
 */
function transactions(): Buffer {
  const batch = (text: string, baseOffset: number, producerId: number, isTransactional = true) =>
    encodeBatch([{ value: Buffer.from(text) }], {
      baseOffset,
      isTransactional,
      ...(isTransactional && { producerId, producerEpoch: 0, baseSequence: 0 }),
    })
  const end = (type: 0 | 1, baseOffset: number, producerId: number) =>
    encodeEndTransactionMarker(
      { type, coordinatorEpoch: 0 },
      { timestamp: 0, baseOffset, producerId, producerEpoch: 0 },
    )
  return Buffer.concat([
    batch('aborted', 0, 1),
    batch('committed', 1, 2),
    end(ControlRecordType.Abort, 2, 1),
    end(ControlRecordType.Commit, 3, 2),
    batch('plain', 4, -1, false),
    batch('again', 5, 1),
    end(ControlRecordType.Commit, 6, 1),
  ])
}

function fetchAnswer(
  topicId: string,
  {
    errorCode = 0,
    records = null,
    abortedTransactions = null,
    currentLeader = { leaderId: -1, leaderEpoch: -1 },
    nodeEndpoints = [],
  }: {
    currentLeader?: { leaderId: number; leaderEpoch: number }
    nodeEndpoints?: { nodeId: number; host: string; port: number; rack: string | null }[]
    errorCode?: number
    records?: Uint8Array | null
    abortedTransactions?: { producerId: number; firstOffset: number }[] | null
  },
) {
  return {
    throttleTimeMs: 0,
    errorCode: 0,
    sessionId: 0,
    responses: [
      {
        topic: 'orders',
        topicId,
        partitions: [
          {
            partitionIndex: 0,
            errorCode,
            highWatermark: 7,
            lastStableOffset: 7,
            logStartOffset: 0,
            divergingEpoch: { epoch: -1, endOffset: -1 },
            currentLeader,
            snapshotId: { endOffset: -1, epoch: -1 },
            abortedTransactions,
            preferredReadReplica: -1,
            records,
          },
        ],
      },
    ],
    nodeEndpoints,
  }
}
