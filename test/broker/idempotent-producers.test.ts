import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { DeleteRecords, IncrementalAlterConfigs } from '../../src/protocol/messages/index.ts'
import { temporaryRoot } from '../cluster/support/temporary-root.ts'
import { startTestCluster, type TestCluster } from '../support/test-cluster.ts'
import { batch, type Caller, createTopic, produce } from './support.ts'
import { producersOf } from './transaction-kit.ts'

// All errors and offsets are those of a real broker.

const outOfOrder = { errorCode: ErrorCode.OutOfOrderSequenceNumber }
const fenced = { errorCode: ErrorCode.InvalidProducerEpoch }
const invalid = { errorCode: ErrorCode.InvalidRecord }

const MAX_SEQUENCE = 2 ** 31 - 1

/** Sends a batch of producer 7. Returns the error, or the offset of the first record. */
async function send(
  caller: Caller,
  baseSequence: number,
  { count = 1, producerEpoch = 0, topic = 'orders' } = {},
) {
  const values = Array.from({ length: count }, (_, index) => `v${index}`)
  const records = batch(values, { producerId: 7, producerEpoch, baseSequence })
  const { errorCode, baseOffset } = await produce(caller, topic, records)
  return errorCode === ErrorCode.None ? baseOffset : { errorCode }
}

/** Sends batches of one record with the sequences below `count`. */
async function sendMany(caller: Caller, count: number) {
  for (let sequence = 0; sequence < count; sequence++) await send(caller, sequence)
}

const start = () => startTestCluster({ topics: [{ name: 'orders' }] })

describe('a repeated batch', () => {
  test('gets its first offset if it is one of the last five', async () => {
    const cluster = await start()
    for (let sequence = 0; sequence < 14; sequence += 2) {
      expect(await send(cluster, sequence, { count: 2 })).toBe(sequence)
    }
    for (const sequence of [0, 2]) {
      expect(await send(cluster, sequence, { count: 2 })).toEqual(outOfOrder)
    }
    for (let sequence = 4; sequence < 14; sequence += 2) {
      expect(await send(cluster, sequence, { count: 2 })).toBe(sequence)
    }
  })

  test.each([
    [12, 1],
    [12, 3],
    [13, 2],
    [11, 1],
    [20, 1],
  ])('is out of order with other limits: sequence %i, %i records', async (sequence, count) => {
    const cluster = await start()
    for (let next = 0; next < 14; next += 2) await send(cluster, next, { count: 2 })
    expect(await send(cluster, sequence, { count })).toEqual(outOfOrder)
  })

  test('has the append time of the first one with LogAppendTime', async () => {
    const cluster = await start()
    const configs = { 'message.timestamp.type': 'LogAppendTime' }
    await createTopic(cluster, 'timed', { configs })
    const records = () => batch(['a'], { producerId: 7, producerEpoch: 0, baseSequence: 0 })
    const first = await produce(cluster, 'timed', records())
    await cluster.clock.advance(1000)
    expect(await produce(cluster, 'timed', records())).toEqual(first)
  })
})

test('a batch with a producer id needs an epoch and a sequence', async () => {
  const cluster = await start()
  expect(await send(cluster, -1)).toEqual(invalid)
  expect(await send(cluster, -2)).toEqual(invalid)
  expect(await send(cluster, -1, { producerEpoch: -1 })).toEqual(invalid)
})

test('an epoch begins with sequence 0, and fences the earlier ones', async () => {
  const cluster = await start()
  await sendMany(cluster, 3)
  expect(await send(cluster, 3, { producerEpoch: 2 })).toEqual(outOfOrder)
  expect(await send(cluster, 0, { producerEpoch: 2 })).toBe(3)
  expect(await send(cluster, 0, { producerEpoch: 1 })).toEqual(fenced)
  expect(await send(cluster, 2)).toEqual(fenced)
  expect(await send(cluster, 0, { producerEpoch: 2 })).toBe(3)
  expect(await send(cluster, 1, { producerEpoch: 2 })).toBe(4)
})

test('after 2^31 - 1 the sequence continues with 0, also within a batch', async () => {
  const cluster = await start()
  expect(await send(cluster, MAX_SEQUENCE - 1)).toBe(0)
  expect(await send(cluster, MAX_SEQUENCE, { count: 3 })).toBe(1)
  expect(await send(cluster, MAX_SEQUENCE, { count: 3 })).toBe(1)
  expect(await send(cluster, 2)).toBe(4)
  expect(await send(cluster, 0)).toEqual(outOfOrder)
  const options = { producerEpoch: 1 }
  await send(cluster, 0, options)
  expect(await producersOf(cluster)).toEqual([[1, 0, -1]])
})

test('an unknown producer may begin with any sequence', async () => {
  const cluster = await start()
  const options = { producerEpoch: 3 }
  expect(await send(cluster, 9, options)).toBe(0)
  expect(await send(cluster, 10, options)).toBe(1)
  expect(await send(cluster, 12, options)).toEqual(outOfOrder)
})

test('a producer is known after its records were deleted', async () => {
  const cluster = await start()
  await sendMany(cluster, 3)
  const partitions = [{ partitionIndex: 0, offset: 3 }]
  await cluster.call(DeleteRecords, 2, {
    timeoutMs: 1000,
    topics: [{ name: 'orders', partitions }],
  })
  expect(await send(cluster, 2)).toBe(2)
  expect(await send(cluster, 9)).toEqual(outOfOrder)
  expect(await send(cluster, 3)).toBe(3)
})

test.each(['stop', 'kill'] as const)('a producer is known after %s() and a start', async (end) => {
  const cluster = await startTestCluster({
    topics: [{ name: 'orders' }],
    dataDir: temporaryRoot(),
  })
  await sendMany(cluster, 8)
  await cluster.cluster.broker(1)[end]()
  await cluster.cluster.broker(1).start()
  const caller = await cluster.connect()
  expect(await producersOf(caller)).toEqual([[0, 7, -1]])
  // A snapshot has only the last batch. A recovery loads one too.
  expect(await send(caller, 5)).toEqual(outOfOrder)
  expect(await send(caller, 7)).toBe(7)
  expect(await send(caller, 12)).toEqual(outOfOrder)
  expect(await send(caller, 8)).toBe(8)
})

describe('producer.id.expiration.ms', () => {
  async function setExpiration(caller: Caller, value: string | null): Promise<void> {
    const config = {
      name: 'producer.id.expiration.ms',
      configOperation: value === null ? 1 : 0,
      value,
    }
    const resource = { resourceType: 4, resourceName: '', configs: [config] }
    const request = { resources: [resource], validateOnly: false }
    const { responses } = await caller.call(IncrementalAlterConfigs, 1, request)
    expect(responses[0]!.errorCode).toBe(ErrorCode.None)
  }

  async function startWithChecks(): Promise<TestCluster> {
    const cluster = await startTestCluster({
      topics: [{ name: 'orders' }],
      config: { 'producer.id.expiration.check.interval.ms': '500' },
    })
    await cluster.clock.setTime(Date.UTC(2026, 0, 1) + 1)
    return cluster
  }

  test('takes effect at the next check, also after it was changed', async () => {
    const cluster = await startWithChecks()
    await send(cluster, 0)
    await cluster.clock.advance(10_000)
    expect(await producersOf(cluster)).toHaveLength(1)
    await setExpiration(cluster, '1000')
    await cluster.clock.advance(500)
    expect(await producersOf(cluster)).toEqual([])
  })

  test('an expired producer may continue with any sequence; its batches are forgotten', async () => {
    const cluster = await startWithChecks()
    await setExpiration(cluster, '1000')
    await send(cluster, 0)
    await cluster.clock.advance(2000)
    expect(await send(cluster, 7)).toBe(1)
    expect(await send(cluster, 0)).toEqual(outOfOrder)
  })

  test('has its default again after it was deleted', async () => {
    const cluster = await startWithChecks()
    await setExpiration(cluster, '1000')
    await setExpiration(cluster, null)
    await send(cluster, 0)
    await cluster.clock.advance(10_000)
    expect(await producersOf(cluster)).toHaveLength(1)
  })
})
