import type { Kafka } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startCluster, type Cluster } from '../../src/index.ts'
import { portsInARow } from '../cluster/support/ports.ts'
import { temporaryRoot } from '../cluster/support/temporary-root.ts'
import { Member } from './support/member.ts'
import { connectProducer, kafkaFor, transports } from './support/transports.ts'

const valuesOf = (member: Member): (string | null)[] => member.received.map(({ value }) => value)

describe.each(transports)('a group of kafkajs consumers %s', (_transport, optionsOf) => {
  let cluster: Cluster
  let kafka: Kafka

  beforeAll(async () => {
    cluster = await startCluster({
      brokers: 2,
      config: { 'num.partitions': 4 },
      logLevel: 'silent',
    })
    kafka = kafkaFor(cluster, optionsOf(cluster))
  })
  afterAll(() => cluster.close())

  test('assigns the partitions again when a member joins and when one leaves', async () => {
    const producer = await connectProducer(kafka)
    const send = (round: string) =>
      producer.send({
        topic: 'orders',
        messages: [0, 1, 2, 3].map((partition) => ({ value: `${round}${partition}`, partition })),
      })
    await send('a')
    const first = await Member.join(kafka, 'orders', { groupId: 'orders' })
    await first.holds(4)
    await first.receives(4)

    const second = await Member.join(kafka, 'orders', { groupId: 'orders' })
    const shares = await Promise.all([first.holds(2), second.holds(2)])
    expect(new Set(shares.flat())).toEqual(new Set([0, 1, 2, 3]))
    await send('b')
    await Promise.all([first.receives(6), second.receives(2)])
    const seen = new Set([...valuesOf(first), ...valuesOf(second)])
    expect(seen).toEqual(new Set(['a0', 'a1', 'a2', 'a3', 'b0', 'b1', 'b2', 'b3']))

    await first.leave()
    await second.holds(4)
    await send('c')
    await second.receives(6)
    expect(new Set(valuesOf(second).slice(2))).toEqual(new Set(['c0', 'c1', 'c2', 'c3']))
  })

  test('continues at its committed offset', async () => {
    const producer = await connectProducer(kafka)
    const send = (value: string) =>
      producer.send({ topic: 'resume', messages: [{ value, partition: 0 }] })
    await send('a')
    await send('b')
    const first = await Member.join(kafka, 'resume', { groupId: 'resume' })
    await first.receives(2)
    await first.leave()
    await send('c')
    const second = await Member.join(kafka, 'resume', { groupId: 'resume' })
    expect(await second.receives(1)).toMatchObject([{ offset: '2', value: 'c' }])
  })

  test('reads again what was not committed', async () => {
    const producer = await connectProducer(kafka)
    await producer.send({ topic: 'again', messages: [{ value: 'a', partition: 0 }] })
    const first = await Member.join(kafka, 'again', { groupId: 'again' })
    await first.receives(1)
    first.consumer.seek({ topic: 'again', partition: 0, offset: '0' })
    expect(await first.receives(2)).toMatchObject([{ offset: '0' }, { offset: '0' }])
  })
})

describe.each(transports)('kafkajs %s, after a restart', (_transport, optionsOf) => {
  test("continues at its group's committed offset, and continues to produce idempotently", async () => {
    const dataDir = temporaryRoot()
    const restart = async (): Promise<[Cluster, Kafka]> => {
      const cluster = await startCluster({ dataDir, logLevel: 'silent' })
      onTestFinished(() => cluster.close())
      return [cluster, kafkaFor(cluster, optionsOf(cluster))]
    }
    const [before, kafka] = await restart()
    const producer = await connectProducer(kafka, { idempotent: true, maxInFlightRequests: 1 })
    await producer.send({ topic: 'orders', messages: [{ value: 'a' }, { value: 'b' }] })
    const first = await Member.join(kafka, 'orders', { groupId: 'orders' })
    await first.receives(2)
    await first.leave()
    await before.close()

    const [, kafkaAfter] = await restart()
    const producerAfter = await connectProducer(kafkaAfter, {
      idempotent: true,
      maxInFlightRequests: 1,
    })
    await producerAfter.send({ topic: 'orders', messages: [{ value: 'c' }] })
    const second = await Member.join(kafkaAfter, 'orders', { groupId: 'orders' })
    expect(await second.receives(1)).toMatchObject([{ offset: '2', value: 'c' }])
  })
})

test('a kafkajs consumer finds the broker again after a restart on its port', async () => {
  const dataDir = temporaryRoot()
  const port = await portsInARow(1)
  const start = async (): Promise<Cluster> => {
    const cluster = await startCluster({ dataDir, port, logLevel: 'silent' })
    onTestFinished(() => cluster.close())
    return cluster
  }
  const before = await start()
  const kafka = kafkaFor(before)
  const producer = await connectProducer(kafka)
  await producer.send({ topic: 'orders', messages: [{ value: 'a' }] })
  const member = await Member.join(kafka, 'orders', { groupId: 'orders' })
  await member.receives(1)
  await before.close()
  await start()
  await producer.send({ topic: 'orders', messages: [{ value: 'b' }] })
  expect((await member.receives(2)).map(({ value }) => value)).toEqual(['a', 'b'])
})
