import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { FindCoordinator, InitProducerId, Produce } from '../../../src/protocol/messages/index.ts'
import { BatchView } from '../../../src/record/batch-view.ts'
import { startTestCluster, type TestCluster } from '../../support/test-cluster.ts'
import {
  batch,
  createTopic,
  fetchOne,
  isPending,
  leaders,
  produce,
  produceRequest,
  topicId,
  UNKNOWN_TOPIC_ID,
  valuesOf,
} from '../support.ts'

const ORDERS = { topics: [{ name: 'orders', partitions: 3 }] }

/** Returns the error of each partition, by index. */
async function errorsOf(
  cluster: TestCluster,
  partitionData: { index: number; records: Uint8Array | null }[],
  options: { acks?: number; transactionalId?: string } = {},
  version = 12,
) {
  const request = produceRequest('orders', partitionData, options)
  const { responses } = await cluster.call(Produce, version, request)
  return responses.flatMap(({ partitionResponses }) =>
    partitionResponses.map(({ index, errorCode }) => [index, errorCode]),
  )
}

function withByte(records: Uint8Array, position: number, value: number): Uint8Array {
  const changed = Uint8Array.from(records)
  changed[position] = value
  return changed
}

describe('Produce', () => {
  test('returns the base offset and the log start offset, and a fetch returns the batch', async () => {
    const cluster = await startTestCluster(ORDERS)
    expect(await produce(cluster, 'orders', batch(['a', 'b']))).toMatchObject({
      index: 0,
      errorCode: ErrorCode.None,
      baseOffset: 0,
      logAppendTimeMs: -1,
      logStartOffset: 0,
      errorMessage: null,
      recordErrors: [],
    })
    expect(await produce(cluster, 'orders', batch(['c']))).toMatchObject({ baseOffset: 2 })
    const { records, highWatermark } = await fetchOne(cluster, 'orders')
    expect(valuesOf(records)).toEqual(['a', 'b', 'c'])
    expect(highWatermark).toBe(3)
  })

  test.each([3, 4, 5, 6, 7, 8, 9, 10, 11, 12])('takes a batch in version %i', async (version) => {
    const cluster = await startTestCluster(ORDERS)
    await produce(cluster, 'orders', batch(['a']), { version })
    const { errorCode, baseOffset, logStartOffset } = await produce(
      cluster,
      'orders',
      batch(['b']),
      { version },
    )
    expect(errorCode).toBe(ErrorCode.None)
    expect(baseOffset).toBe(1)
    expect(logStartOffset).toBe(version < 5 ? -1 : 0)
  })

  test('names topics by their id from version 13 on', async () => {
    const cluster = await startTestCluster(ORDERS)
    const topic = { topicId: await topicId(cluster, 'orders') }
    expect(await produce(cluster, topic, batch(['a']), { version: 13 })).toMatchObject({
      errorCode: ErrorCode.None,
      baseOffset: 0,
    })
    const unknown = { topicId: UNKNOWN_TOPIC_ID }
    expect(await produce(cluster, unknown, batch(['a']), { version: 13 })).toMatchObject({
      errorCode: ErrorCode.UnknownTopicId,
      baseOffset: -1,
    })
  })

  test.each([
    ['of a topic that is not there', 'nothing', 0],
    ['that the topic does not have', 'orders', 9],
    ['with a negative index', 'orders', -1],
    ['of a topic that cannot be', 'a b', 0],
  ])('answers UNKNOWN_TOPIC_OR_PARTITION for a partition %s', async (_, topic, partition) => {
    const cluster = await startTestCluster(ORDERS)
    expect(await produce(cluster, topic, batch(['a']), { partition })).toMatchObject({
      errorCode: ErrorCode.UnknownTopicOrPartition,
      baseOffset: -1,
      logStartOffset: -1,
    })
  })

  test('answers INVALID_REQUIRED_ACKS to acks that are not -1, 0 or 1, where there is a partition', async () => {
    const cluster = await startTestCluster(ORDERS)
    for (const acks of [2, -2]) {
      const data = [0, 9].map((index) => ({ index, records: batch(['a']) }))
      expect(await errorsOf(cluster, data, { acks })).toEqual([
        [0, ErrorCode.InvalidRequiredAcks],
        [9, ErrorCode.UnknownTopicOrPartition],
      ])
    }
    expect((await fetchOne(cluster, 'orders')).highWatermark).toBe(0)
  })

  test('omits topics without partitions', async () => {
    const cluster = await startTestCluster(ORDERS)
    const { responses } = await cluster.call(Produce, 12, produceRequest('orders', []))
    expect(responses).toEqual([])
  })

  test('appends the last of two batches for the same partition', async () => {
    const cluster = await startTestCluster(ORDERS)
    const data = ['a', 'b'].map((value) => ({ index: 1, records: batch([value]) }))
    expect(await errorsOf(cluster, data)).toEqual([[1, ErrorCode.None]])
    expect(valuesOf((await fetchOne(cluster, 'orders', { partition: 1 })).records)).toEqual(['b'])
  })

  test('keeps what was produced when later requests reuse its memory', async () => {
    const cluster = await startTestCluster(ORDERS)
    const values = ['a', 'b', 'c'].map((letter) => letter.repeat(20_000))
    for (const value of values) await produce(cluster, 'orders', batch([value]))
    const first = (await fetchOne(cluster, 'orders')).records
    await fetchOne(cluster, 'orders', { fetchOffset: 2 })
    expect(valuesOf(first)).toEqual(values)
  })
})

describe('records that are refused', () => {
  test.each([
    ['no bytes', new Uint8Array(0)],
    ['no records at all', null],
    ['fewer bytes than a length takes', new Uint8Array(10)],
    ['a batch cut off in its records', batch(['a long value']).subarray(0, 70)],
    ['a batch cut off in its header', batch(['a long value']).subarray(0, 40)],
    ['two batches', Buffer.concat([batch(['a']), batch(['b'])])],
    ['a message set of magic 1', withByte(batch(['a']), 16, 1)],
  ])('%s: INVALID_RECORD, and the other partition is appended to', async (_, records) => {
    const cluster = await startTestCluster(ORDERS)
    const data = [
      { index: 0, records },
      { index: 1, records: batch(['a']) },
    ]
    expect(await errorsOf(cluster, data)).toEqual([
      [0, ErrorCode.InvalidRecord],
      [1, ErrorCode.None],
    ])
  })

  test('a wrong checksum: CORRUPT_MESSAGE, and the other partition is appended to', async () => {
    const cluster = await startTestCluster(ORDERS)
    const data = [
      { index: 0, records: withByte(batch(['a']), 17, 0) },
      { index: 1, records: batch(['a']) },
    ]
    expect(await errorsOf(cluster, data)).toEqual([
      [0, ErrorCode.CorruptMessage],
      [1, ErrorCode.None],
    ])
  })

  test.each([
    ['an unknown magic', withByte(batch(['a']), 16, 3), 'Invalid magic found in record: 3'],
    [
      'an impossible length',
      new Uint8Array(17),
      'Record size 0 is less than the minimum record overhead (14)',
    ],
  ])('%s: CORRUPT_MESSAGE for the request as a whole', async (_, records, errorMessage) => {
    const cluster = await startTestCluster(ORDERS)
    const data = [
      { index: 0, records: batch(['a']) },
      { index: 1, records },
    ]
    const { responses } = await cluster.call(Produce, 12, produceRequest('orders', data))
    const refused = { errorCode: ErrorCode.CorruptMessage, errorMessage, logStartOffset: -1 }
    expect(responses[0]!.partitionResponses).toMatchObject([refused, refused])
    expect((await fetchOne(cluster, 'orders')).highWatermark).toBe(0)
  })

  test('a transactional batch without transactional id: TRANSACTIONAL_ID_AUTHORIZATION_FAILED for all', async () => {
    const cluster = await startTestCluster(ORDERS)
    const transactional = batch(['a'], {
      isTransactional: true,
      producerId: 5,
      producerEpoch: 0,
      baseSequence: 0,
    })
    const data = [
      { index: 0, records: batch(['a']) },
      { index: 1, records: transactional },
    ]
    expect(await errorsOf(cluster, data)).toEqual([
      [0, ErrorCode.TransactionalIdAuthorizationFailed],
      [1, ErrorCode.TransactionalIdAuthorizationFailed],
    ])
  })

  test('zstd before version 7: UNSUPPORTED_COMPRESSION_TYPE', async () => {
    const cluster = await startTestCluster(ORDERS)
    const records = batch(['a'], { compression: 'zstd' })
    expect(await errorsOf(cluster, [{ index: 0, records }], {}, 6)).toEqual([
      [0, ErrorCode.UnsupportedCompressionType],
    ])
    expect(await errorsOf(cluster, [{ index: 0, records }], {}, 7)).toEqual([[0, ErrorCode.None]])
  })

  test('a batch above max.message.bytes: MESSAGE_TOO_LARGE', async () => {
    const cluster = await startTestCluster()
    await createTopic(cluster, 'small', { configs: { 'max.message.bytes': '200' } })
    expect(await produce(cluster, 'small', batch(['x'.repeat(200)]))).toMatchObject({
      errorCode: ErrorCode.MessageTooLarge,
      baseOffset: -1,
    })
    expect(await produce(cluster, 'small', batch(['x']))).toMatchObject({ errorCode: 0 })
  })

  test('records without keys on a compacted topic: INVALID_RECORD that names them, from version 8 on (KIP-467)', async () => {
    const cluster = await startTestCluster()
    await createTopic(cluster, 'compacted', { configs: { 'cleanup.policy': 'compact' } })
    const records = batch(['a', 'b'], { key: null })
    const { errorCode, errorMessage, recordErrors } = await produce(cluster, 'compacted', records)
    expect(errorCode).toBe(ErrorCode.InvalidRecord)
    expect(errorMessage).toContain('One or more records have been rejected')
    expect(recordErrors.map(({ batchIndex }) => batchIndex)).toEqual([0, 1])
    expect(recordErrors[0]!.batchIndexErrorMessage).toContain('compacted')
    const before = await produce(cluster, 'compacted', records, { version: 7 })
    expect(before).toMatchObject({ errorCode: ErrorCode.InvalidRecord, recordErrors: [] })
  })

  test('a timestamp further ahead than message.timestamp.after.max.ms: INVALID_TIMESTAMP', async () => {
    const cluster = await startTestCluster(ORDERS)
    const hourAhead = cluster.clock.now() + 3_600_000
    const at = (timestamp: number) => batch(['a'], { timestamps: [timestamp] })
    expect(await produce(cluster, 'orders', at(hourAhead))).toMatchObject({ errorCode: 0 })
    expect(await produce(cluster, 'orders', at(hourAhead + 1))).toMatchObject({
      errorCode: ErrorCode.InvalidTimestamp,
      recordErrors: [{ batchIndex: 0 }],
    })
  })

  test('anything for an internal topic, except from the admin client: INVALID_TOPIC_EXCEPTION', async () => {
    const cluster = await startTestCluster(ORDERS)
    await cluster.call(FindCoordinator, 4, { key: '', keyType: 0, coordinatorKeys: ['group'] })
    expect(await produce(cluster, '__consumer_offsets', batch(['a']))).toMatchObject({
      errorCode: ErrorCode.InvalidTopicException,
    })
    expect(
      await produce(cluster, '__consumer_offsets', batch(['a']), { partition: 999 }),
    ).toMatchObject({ errorCode: ErrorCode.UnknownTopicOrPartition })
  })
})

describe('topic configs', () => {
  test('message.timestamp.type=LogAppendTime stamps the records and returns the time', async () => {
    const cluster = await startTestCluster()
    await createTopic(cluster, 'stamped', {
      configs: { 'message.timestamp.type': 'LogAppendTime' },
    })
    await cluster.clock.advance(1234)
    const { logAppendTimeMs } = await produce(cluster, 'stamped', batch(['a'], { timestamps: [5] }))
    expect(logAppendTimeMs).toBe(cluster.clock.now())
    const { records } = await fetchOne(cluster, 'stamped')
    const view = new BatchView(records!)
    expect(view.maxTimestamp).toBe(cluster.clock.now())
    expect(view.isChecksumValid).toBe(true)
  })

  test.each([
    ['gzip', 'gzip'],
    ['snappy', 'snappy'],
    ['lz4', 'lz4'],
    ['uncompressed', 'none'],
  ])('compression.type=%s is the stored codec, whatever was sent', async (type, stored) => {
    const cluster = await startTestCluster()
    await createTopic(cluster, 'packed', { configs: { 'compression.type': type } })
    const values = ['a'.repeat(500), 'b'.repeat(500)]
    await produce(
      cluster,
      'packed',
      batch(values, { compression: type === 'gzip' ? 'lz4' : 'gzip' }),
    )
    const { records } = await fetchOne(cluster, 'packed')
    expect(new BatchView(records!).compression).toBe(stored)
    expect(valuesOf(records)).toEqual(values)
  })

  test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)(
    'compression.type=producer keeps %s as it came',
    async (compression) => {
      const cluster = await startTestCluster(ORDERS)
      const sent = batch(['a'.repeat(500)], { compression, partitionLeaderEpoch: 0 })
      await produce(cluster, 'orders', Uint8Array.from(sent))
      expect(Buffer.from((await fetchOne(cluster, 'orders')).records!)).toEqual(Buffer.from(sent))
    },
  )
})

describe('acks=0', () => {
  const send = (records: Uint8Array, index = 0) =>
    produceRequest('orders', [{ index, records }], { acks: 0 })

  test('is not answered, and the next request is', async () => {
    const { connect } = await startTestCluster(ORDERS)
    const connection = await connect()
    connection.send(Produce, 12, send(batch(['a'])))
    connection.send(Produce, 12, send(batch(['b'])))
    const { records } = await fetchOne(connection, 'orders')
    expect(valuesOf(records)).toEqual(['a', 'b'])
  })

  test.each([
    ['an unknown partition', 9, batch(['a'])],
    ['a corrupt batch', 0, withByte(batch(['a']), 17, 0)],
  ])('closes the connection when there is an error: %s', async (_, index, records) => {
    const { connect } = await startTestCluster(ORDERS)
    const connection = await connect()
    connection.send(Produce, 12, send(records, index))
    await connection.closed()
    expect(connection.isClosed).toBe(true)
  })
})

describe('an idempotent producer', () => {
  async function startProducer() {
    const cluster = await startTestCluster(ORDERS)
    const { producerId } = await cluster.call(InitProducerId, 4, {
      transactionalId: null,
      transactionTimeoutMs: 60_000,
    })
    const append = (baseSequence: number, producerEpoch = 0, count = 1) =>
      produce(
        cluster,
        'orders',
        batch(Array<string>(count).fill('a'), { producerId, producerEpoch, baseSequence }),
      )
    return { cluster, append }
  }

  test('gets the first offset again when it repeats one of its last five batches', async () => {
    const { cluster, append } = await startProducer()
    for (let sequence = 0; sequence < 6; sequence++) await append(sequence)
    for (let sequence = 1; sequence < 6; sequence++) {
      expect(await append(sequence)).toMatchObject({ errorCode: 0, baseOffset: sequence })
    }
    expect((await fetchOne(cluster, 'orders')).highWatermark).toBe(6)
  })

  test('gets OUT_OF_ORDER_SEQUENCE_NUMBER for an older or too new batch', async () => {
    const { append } = await startProducer()
    for (let sequence = 0; sequence < 6; sequence++) await append(sequence)
    expect(await append(0)).toMatchObject({ errorCode: ErrorCode.OutOfOrderSequenceNumber })
    expect(await append(7)).toMatchObject({
      errorCode: ErrorCode.OutOfOrderSequenceNumber,
      baseOffset: -1,
    })
    expect(await append(6)).toMatchObject({ errorCode: 0, baseOffset: 6 })
  })

  test('may start with any sequence if the broker does not know it', async () => {
    const { append } = await startProducer()
    expect(await append(5)).toMatchObject({ errorCode: 0, baseOffset: 0 })
    expect(await append(6)).toMatchObject({ errorCode: 0, baseOffset: 1 })
  })

  test('starts a new epoch with sequence 0, which fences the old one', async () => {
    const { append } = await startProducer()
    await append(0)
    expect(await append(3, 1)).toMatchObject({ errorCode: ErrorCode.OutOfOrderSequenceNumber })
    expect(await append(0, 1)).toMatchObject({ errorCode: 0, baseOffset: 1 })
    expect(await append(1, 0)).toMatchObject({ errorCode: ErrorCode.InvalidProducerEpoch })
  })

  test('counts records, not batches', async () => {
    const { append } = await startProducer()
    await append(0, 0, 3)
    expect(await append(1)).toMatchObject({ errorCode: ErrorCode.OutOfOrderSequenceNumber })
    expect(await append(3)).toMatchObject({ errorCode: 0, baseOffset: 3 })
  })
})

describe('several brokers', () => {
  test('one that does not lead the partition answers NOT_LEADER_OR_FOLLOWER and, from version 10 on, who does (KIP-951)', async () => {
    const cluster = await startTestCluster({ ...ORDERS, brokers: 3 })
    const leaderIds = await leaders(cluster, 'orders')
    const partition = leaderIds.findIndex((leader) => leader !== 1)
    const leaderId = leaderIds[partition]!
    const request = produceRequest('orders', [{ index: partition, records: batch(['a']) }])

    const { responses, nodeEndpoints } = await cluster.call(Produce, 10, request)
    expect(responses[0]!.partitionResponses[0]).toMatchObject({
      errorCode: ErrorCode.NotLeaderOrFollower,
      baseOffset: -1,
      currentLeader: { leaderId, leaderEpoch: 0 },
    })
    const { host, port } = cluster.cluster.brokers.find(({ id }) => id === leaderId)!
    expect(nodeEndpoints).toEqual([{ nodeId: leaderId, host, port, rack: null }])

    const old = await cluster.call(Produce, 9, request)
    expect(old.nodeEndpoints).toEqual([])
    expect(old.responses[0]!.partitionResponses[0]!.currentLeader.leaderId).toBe(-1)

    const leader = await cluster.connect(leaderId)
    expect(await produce(leader, 'orders', batch(['a']), { partition })).toMatchObject({
      errorCode: 0,
    })
  })
})

test('a produce after a parked fetch on the same connection waits for it, as Kafka mutes the channel', async () => {
  const cluster = await startTestCluster(ORDERS)
  const connection = await cluster.connect()
  const fetched = fetchOne(connection, 'orders', {}, { maxWaitMs: 500 })
  const produced = produce(connection, 'orders', batch(['a']))
  expect(await isPending(produced)).toBe(true)
  await cluster.clock.advance(500)
  expect(valuesOf((await fetched).records)).toEqual([])
  expect(await produced).toMatchObject({ errorCode: 0, baseOffset: 0 })
})
