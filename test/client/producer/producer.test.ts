import { describe, expect, it } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { InitProducerId, Produce } from '../../../src/protocol/messages/index.ts'
import { batchesOf } from '../../../src/record/batch-view.ts'
import { compressionTypes } from '../../../src/record/compression-type.ts'
import { answering } from '../support/intercepted-network.ts'
import { advanceUntil, startTestClients } from '../support/test-client.ts'

const value = (text: string): Buffer => Buffer.from(text)

/**
 * The producer's place in each batch of the Produce requests, in the order in which they were sent.
 */
function sequencesOf(
  requests: { topicData: { partitionData: { records: Uint8Array | null }[] }[] }[],
) {
  return requests.flatMap(({ topicData }) =>
    topicData.flatMap(({ partitionData }) =>
      partitionData.flatMap(({ records }) =>
        [...batchesOf(records!)].map(({ producerEpoch, baseSequence, recordCount }) => ({
          producerEpoch,
          baseSequence,
          recordCount,
        })),
      ),
    ),
  )
}

describe('a producer', () => {
  it.each(compressionTypes)(
    'sends keys, values, headers and timestamps with codec %s',
    async (compression) => {
      const { client } = await startTestClients({ topics: [{ name: 'orders' }] })
      const producer = client.producer({ compression })
      const headers = [{ key: 'source', value: value('test') }]
      const sent = {
        topic: 'orders',
        key: value('k'),
        value: value('v'),
        headers,
        timestamp: 1_000,
      }
      expect(await producer.send(sent)).toEqual({
        topic: 'orders',
        partition: 0,
        offset: 0,
        timestamp: 1_000,
      })
      await producer.close()
      const consumer = client.consumer({ autoOffsetReset: 'earliest' })
      consumer.assign([{ topic: 'orders', partition: 0 }])
      const [record] = await consumer.poll()
      expect(record).toMatchObject({ offset: 0, timestamp: 1_000, topic: 'orders', partition: 0 })
      expect(String(record!.key)).toBe('k')
      expect(String(record!.value)).toBe('v')
      expect(record!.headers.map(({ key, value }) => [key, String(value)])).toEqual([
        ['source', 'test'],
      ])
    },
  )

  it('gathers the records of one turn into one batch, and gives each its offset', async () => {
    const { client, network } = await startTestClients({ topics: [{ name: 'orders' }] })
    const producer = client.producer()
    const sent = ['a', 'b', 'c'].map((text) =>
      producer.send({ topic: 'orders', value: value(text) }),
    )
    expect((await Promise.all(sent)).map(({ offset }) => offset)).toEqual([0, 1, 2])
    expect(network.requestsOf(Produce)).toHaveLength(1)
  })

  it('waits for linger.ms, but not when it is flushed', async () => {
    const { client, clock, network } = await startTestClients({ topics: [{ name: 'orders' }] })
    const producer = client.producer({ lingerMs: 100 })
    await producer.partitionsFor('orders')
    const first = producer.send({ topic: 'orders', value: value('a') })
    await clock.advance(0)
    await clock.advance(99)
    expect(network.requestsOf(Produce)).toHaveLength(0)
    await clock.advance(1)
    await first
    const second = producer.send({ topic: 'orders', value: value('b') })
    await producer.flush()
    expect((await second).offset).toBe(1)
  })

  it('closes a batch at batch.size, and waits while buffer.memory is full', async () => {
    const { client, network } = await startTestClients({ topics: [{ name: 'orders' }] })
    const producer = client.producer({ batchBytes: 1_000, bufferBytes: 2_000 })
    const records = Array.from({ length: 50 }, () => ({
      topic: 'orders',
      value: Buffer.alloc(300),
    }))
    const sent = await producer.sendAll(records)
    expect(sent.map(({ offset }) => offset)).toEqual(records.map((_, i) => i))
    for (const { recordCount } of sequencesOf(network.requestsOf(Produce)))
      expect(recordCount).toBeLessThanOrEqual(3)
  })

  it('sends records with one key to one partition, as the Java client does', async () => {
    const { client } = await startTestClients({ topics: [{ name: 'orders', partitions: 7 }] })
    const producer = client.producer()
    const sent = await producer.sendAll(
      ['21', 'foobar', 'abc'].map((key) => ({ topic: 'orders', key: value(key), value: null })),
    )
    expect(sent.map(({ partition }) => partition)).toEqual([
      (-973932308 & 0x7fffffff) % 7,
      (-790332482 & 0x7fffffff) % 7,
      479470107 % 7,
    ])
  })

  it('creates a topic that does not exist, unless it must not', async () => {
    const { client, clock } = await startTestClients()
    const producer = client.producer()
    const sent = advanceUntil(clock, producer.send({ topic: 'new', value: value('a') }))
    expect((await sent).offset).toBe(0)
    const careful = client.producer({ allowAutoTopicCreation: false })
    await expect(careful.send({ topic: 'missing', value: null })).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC',
      message: 'topic missing does not exist',
    })
  })

  it('refuses a partition that does not exist and a record that is too large', async () => {
    const { client } = await startTestClients({ topics: [{ name: 'orders' }] })
    const producer = client.producer({ maxRequestBytes: 1_000 })
    await expect(
      producer.send({ topic: 'orders', partition: 1, value: null }),
    ).rejects.toMatchObject({ code: 'UNKNOWN_PARTITION' })
    await expect(
      producer.send({ topic: 'orders', value: Buffer.alloc(1_000) }),
    ).rejects.toMatchObject({ code: 'RECORD_TOO_LARGE' })
  })

  it('does not wait for an answer with acks=0', async () => {
    const { client } = await startTestClients({ topics: [{ name: 'orders' }] })
    const producer = client.producer({ acks: 0 })
    expect((await producer.send({ topic: 'orders', value: value('a') })).offset).toBe(-1)
    const consumer = client.consumer({ autoOffsetReset: 'earliest' })
    consumer.assign([{ topic: 'orders', partition: 0 }])
    expect(await consumer.poll()).toHaveLength(1)
  })

  it('splits a batch that the broker finds too large', async () => {
    const { client, network } = await startTestClients({
      topics: [{ name: 'orders', configs: { 'max.message.bytes': '1000' } }],
    })
    const producer = client.producer()
    const records = Array.from({ length: 8 }, () => ({ topic: 'orders', value: Buffer.alloc(300) }))
    const sent = await producer.sendAll(records)
    expect(sent.map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    const refused = 1 + 2
    expect(sequencesOf(network.requestsOf(Produce))).toHaveLength(refused + 4)
  })

  it('drops whatever waits when it is closed without time, and everything after that', async () => {
    const { client, network } = await startTestClients({ topics: [{ name: 'orders' }] })
    network.verdict = ({ api }) => (api.key === Produce.key ? 'hang' : undefined)
    const producer = client.producer()
    const sent = producer.send({ topic: 'orders', value: value('a') })
    sent.catch(() => {})
    await producer.close({ timeoutMs: 0 })
    await expect(sent).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(producer.send({ topic: 'orders', value: null })).rejects.toMatchObject({
      code: 'CLOSED',
    })
  })

  it('ends a call when its signal is aborted', async () => {
    const { client, network } = await startTestClients({ topics: [{ name: 'orders' }] })
    network.verdict = ({ api }) => (api.key === Produce.key ? 'hang' : undefined)
    const abort = new AbortController()
    const producer = client.producer()
    const sent = producer.send({ topic: 'orders', value: null }, { signal: abort.signal })
    abort.abort()
    await expect(sent).rejects.toMatchObject({ code: 'ABORTED' })
  })
})

describe('an idempotent producer', () => {
  it('appends a batch once whose acknowledgement was lost', async () => {
    const { client, clock, network } = await startTestClients({ topics: [{ name: 'orders' }] })
    const producer = client.producer()
    await producer.send({ topic: 'orders', value: value('a') })
    let losses = 2
    network.verdict = ({ api }) =>
      api.key === Produce.key && losses-- > 0 ? 'loseResponse' : undefined
    const sent = await advanceUntil(clock, producer.send({ topic: 'orders', value: value('b') }))
    expect(sent.offset).toBe(1)
    await producer.send({ topic: 'orders', value: value('c') })
    const [end] = await client.admin.records.listOffsets([
      { topic: 'orders', partition: 0, timestamp: -1 },
    ])
    expect(end!.offset).toBe(3)
    const sequences = sequencesOf(network.requestsOf(Produce))
    expect(sequences.map(({ baseSequence }) => baseSequence)).toEqual([0, 1, 1, 1, 2])
  })

  it.each([
    ['is refused', ['first']],
    ['is the first that the broker gets of this producer', []],
  ])('keeps the order of batches when one %s', async (_name, before) => {
    const { client, clock, network } = await startTestClients({ topics: [{ name: 'orders' }] })
    const producer = client.producer()
    for (const text of before) await producer.send({ topic: 'orders', value: value(text) })
    let isFirst = true
    network.verdict = answering(Produce, ({ topicData }) => {
      if (!isFirst) return undefined
      isFirst = false
      return refusal(topicData[0]!, ErrorCode.NotEnoughReplicas)
    })
    const sent: Promise<unknown>[] = []
    for (let i = 0; i < 5; i++) {
      sent.push(producer.send({ topic: 'orders', value: value(String(i)) }))
      // Of the same turn they would be one batch.
      for (let hop = 0; hop < 20; hop++) await Promise.resolve()
    }
    await advanceUntil(clock, Promise.all(sent))
    const consumer = client.consumer({ autoOffsetReset: 'earliest' })
    consumer.assign([{ topic: 'orders', partition: 0 }])
    const records = await consumer.poll()
    expect(records.map((record) => String(record.value))).toEqual([
      ...before,
      '0',
      '1',
      '2',
      '3',
      '4',
    ])
  })

  it('closes the gap of a batch that the broker refuses', async () => {
    const { client, network } = await startTestClients({ topics: [{ name: 'orders' }] })
    const producer = client.producer()
    await producer.send({ topic: 'orders', value: value('a') })
    let isFirst = true
    network.verdict = answering(Produce, ({ topicData }) => {
      if (!isFirst) return undefined
      isFirst = false
      return refusal(topicData[0]!, ErrorCode.InvalidRecord)
    })
    await expect(producer.send({ topic: 'orders', value: value('b') })).rejects.toMatchObject({
      errorName: 'INVALID_RECORD',
    })
    expect((await producer.send({ topic: 'orders', value: value('c') })).offset).toBe(1)
    const sequences = sequencesOf(network.requestsOf(Produce))
    expect(sequences.map(({ baseSequence }) => baseSequence)).toEqual([0, 1, 1])
  })

  it('begins a new epoch after a batch of which it is not known whether it was appended', async () => {
    const { client, clock, network } = await startTestClients({ topics: [{ name: 'orders' }] })
    const producer = client.producer({ deliveryTimeoutMs: 1_000 })
    await producer.send({ topic: 'orders', value: value('a') })
    network.verdict = ({ api }) => (api.key === Produce.key ? 'loseResponse' : undefined)
    await expect(
      advanceUntil(clock, producer.send({ topic: 'orders', value: value('b') })),
    ).rejects.toMatchObject({ code: 'DELIVERY_TIMED_OUT' })
    network.verdict = () => undefined
    const sent = await advanceUntil(clock, producer.send({ topic: 'orders', value: value('c') }))
    expect(sent.offset).toBe(2)
    const last = sequencesOf(network.requestsOf(Produce)).at(-1)
    expect(last).toEqual({ producerEpoch: 1, baseSequence: 0, recordCount: 1 })
    expect(network.requestsOf(InitProducerId)).toHaveLength(1)
  })

  it('goes on in a new epoch when the broker has forgotten the producer', async () => {
    const { client, clock, network } = await startTestClients({ topics: [{ name: 'orders' }] })
    const producer = client.producer()
    await producer.send({ topic: 'orders', value: value('a') })
    let isFirst = true
    network.verdict = answering(Produce, ({ topicData }) => {
      if (!isFirst) return undefined
      isFirst = false
      return refusal(topicData[0]!, ErrorCode.UnknownProducerId, 5)
    })
    await advanceUntil(clock, producer.send({ topic: 'orders', value: value('b') }))
    expect(sequencesOf(network.requestsOf(Produce))).toEqual([
      { producerEpoch: 0, baseSequence: 0, recordCount: 1 },
      { producerEpoch: 0, baseSequence: 1, recordCount: 1 },
      { producerEpoch: 1, baseSequence: 0, recordCount: 1 },
    ])
  })

  it('is not offered with fewer acknowledgements', async () => {
    const { client } = await startTestClients()
    expect(() => client.producer({ acks: 1, idempotent: true })).toThrow('acks -1')
  })
})

function refusal(
  topic: { name: string; topicId: string; partitionData: { index: number }[] },
  errorCode: number,
  logStartOffset = -1,
) {
  const { name, topicId, partitionData } = topic
  return {
    responses: [
      {
        name,
        topicId,
        partitionResponses: partitionData.map(({ index }) => ({
          index,
          errorCode,
          baseOffset: -1,
          logStartOffset,
          recordErrors: [],
          currentLeader: { leaderId: -1, leaderEpoch: -1 },
        })),
      },
    ],
    nodeEndpoints: [],
  }
}
