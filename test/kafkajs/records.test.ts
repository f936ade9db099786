import type { Kafka } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startCluster, type Cluster } from '../../src/index.ts'
import { codecs } from './support/codecs.ts'
import { Member } from './support/member.ts'
import { connectProducer, kafkaFor, transports } from './support/transports.ts'

describe.each(transports)('kafkajs %s', (_transport, optionsOf) => {
  let cluster: Cluster
  let kafka: Kafka

  beforeAll(async () => {
    cluster = await startCluster({ brokers: 2, logLevel: 'silent' })
    kafka = kafkaFor(cluster, optionsOf(cluster))
  })
  afterAll(() => cluster.close())

  test.each(codecs)('reads what it produced with compression %s', async (name, compression) => {
    const topic = `codec-${name}`
    const producer = await connectProducer(kafka)
    const values = Array.from({ length: 50 }, (_, index) => `${index} ${'abc'.repeat(index)}`)
    const messages = values.map((value) => ({ value, partition: 0 }))
    const [sent] = await producer.send({ topic, messages, compression })
    expect(sent).toMatchObject({ topicName: topic, partition: 0, errorCode: 0, baseOffset: '0' })
    const member = await Member.join(kafka, topic, { groupId: topic })
    const received = await member.receives(50)
    expect(received.map(({ value }) => value)).toEqual(values)
    expect(received.map(({ offset }) => offset)).toEqual(values.map((_, index) => String(index)))
  })

  test('reads keys, headers and tombstones', async () => {
    const topic = 'shapes'
    const producer = await connectProducer(kafka)
    await producer.send({
      topic,
      messages: [
        { key: 'key', value: 'value', headers: { one: '1', two: Buffer.from('2') } },
        { key: 'key', value: null },
        { value: '' },
      ],
    })
    const member = await Member.join(kafka, topic, { groupId: topic })
    expect(await member.receives(3)).toEqual([
      { partition: 0, offset: '0', key: 'key', value: 'value', headers: { one: '1', two: '2' } },
      { partition: 0, offset: '1', key: 'key', value: null, headers: {} },
      { partition: 0, offset: '2', key: null, value: '', headers: {} },
    ])
  })

  test.each([0, 1, -1])('appends records that are produced with acks %i', async (acks) => {
    const topic = `acks${acks}`
    const producer = await connectProducer(kafka)
    await producer.send({ topic, acks, messages: [{ value: 'a' }] })
    await producer.send({ topic, acks, messages: [{ value: 'b' }] })
    const member = await Member.join(kafka, topic, { groupId: topic })
    expect((await member.receives(2)).map(({ value }) => value)).toEqual(['a', 'b'])
  })

  test('sends to several topics and partitions at once', async () => {
    const producer = await connectProducer(kafka)
    const admin = kafka.admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic: 'wide', numPartitions: 6 }, { topic: 'narrow' }] })
    await admin.disconnect()
    const sent = await producer.sendBatch({
      topicMessages: [
        {
          topic: 'wide',
          messages: [0, 1, 2, 3, 4, 5].map((partition) => ({ value: `${partition}`, partition })),
        },
        { topic: 'narrow', messages: [{ value: 'alone' }] },
      ],
    })
    expect(sent.every(({ errorCode }) => errorCode === 0)).toBe(true)
    const member = await Member.join(kafka, 'wide', { groupId: 'wide' })
    const received = await member.receives(6)
    expect(new Set(received.map(({ partition, value }) => `${partition}=${value}`))).toEqual(
      new Set(['0=0', '1=1', '2=2', '3=3', '4=4', '5=5']),
    )
  })

  test('produces idempotently', async () => {
    const topic = 'idempotent'
    const producer = await connectProducer(kafka, { idempotent: true, maxInFlightRequests: 1 })
    for (const value of ['a', 'b', 'c']) await producer.send({ topic, messages: [{ value }] })
    const member = await Member.join(kafka, topic, { groupId: topic })
    expect((await member.receives(3)).map(({ value }) => value)).toEqual(['a', 'b', 'c'])
  })

  test('gets the reason why a batch is refused', async () => {
    const producer = await connectProducer(kafka, { retry: { retries: 0 } })
    const messages = [{ value: 'x'.repeat(2_000_000) }]
    await expect(producer.send({ topic: 'large', messages })).rejects.toMatchObject({
      type: 'MESSAGE_TOO_LARGE',
    })
  })
})
