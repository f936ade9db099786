import { expect, test } from 'vitest'
import { PartitionSet } from '../../../src/coordinator/transaction/partition-set.ts'
import { transactionRecords } from '../../../src/coordinator/transaction/transaction-records.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { TransactionLogRecord } from '../../../src/protocol/internal/transaction-log.ts'
import { encodeBatch } from '../../../src/record/batch-encoder.ts'
import { BatchView } from '../../../src/record/batch-view.ts'
import { recordsOf } from '../../../src/record/records.ts'
import { errorName, producerOf, TestCoordinator } from './support.ts'

/** Batches of a Kafka 4.4 broker, in `__transaction_state`. */
const recorded = [
  'AAAAAAAAAAYAAABuAAAAAAIKkwDzAAAAAAAAAAABoiT/nfcAAAGiJP+d9///////////////////AAAAAXgAAAASAAAABXcxLXYxWgABAAAAAAAAAAgAAAAA6mAAAAAAAaIk/53y//////////8BAAgAAAAAAAAACAA=',
  'AAAAAAAAAAgAAACnAAAAAAJg3TDeAAAAAAAAAAABoiT/oMUAAAGiJP+gxf//////////////////AAAAAegBAAAAEgAAAAV3MS12McgBAAEAAAAAAAAACAAAAADqYAEEBXcxLXUCAAAAAwAFdzEtdAQAAAAAAAAAAQAAAAUAE19fY29uc3VtZXJfb2Zmc2V0cwIAAAAEAAAAAaIk/6DFAAABoiT/nzYBAAgAAAAAAAAACAA=',
  'AAAAAAAAAAsAAABzAAAAAALdCF+5AAAAAAAAAAABoiT/wVIAAAGiJP/BUv//////////////////AAAAAYABAAAAEgAAAAV3MS12MWIAAQAAAAAAAAAIAAEAAOpgAwEAAAGiJP/BUgAAAaIk/8FSAgAIAAAAAAAAAAgCAgACAA==',
  'AAAAAAAAAAcAAACzAAAAAAIwoIEJAAAAAAAAAAABoiT/wx8AAAGiJP/DH///////////////////AAAAAYACAAAAEgAAAAV3MS12MuABAAEAAAAAAAAACgAAAADqYAEFBncxLXp6AgAAAAcABXcxLXUDAAAABAAAAAkABXcxLXQEAAAAAgAAAAEAAAADAAt3MS10b3BpYy1jAgAAAAAAAAABoiT/wx8AAAGiJP/DHwIACAAAAAAAAAAKAgIAAgA=',
  'AAAAAAAAAAkAAABzAAAAAAJgohIIAAAAAAAAAAABoiT/wzIAAAGiJP/DMv//////////////////AAAAAYABAAAAEgAAAAV3MS12MmIAAQAAAAAAAAAKAAEAAOpgBAEAAAGiJP/DKAAAAaIk/8MfAgAIAAAAAAAAAAoCAgACAA==',
]

test.each(recorded)('a record of a real broker is encoded with the same bytes', (base64) => {
  const bytes = Buffer.from(base64, 'base64')
  const batch = new BatchView(bytes)
  const [stored] = recordsOf(batch)
  const { key, value, timestamp } = stored!
  const serde = transactionRecords(() => 2)
  const { key: encodedKey, value: encodedValue } = serde.encode(serde.decode(key!, value)!)
  const encoded = encodeBatch([{ key: encodedKey, value: encodedValue, timestamp }], {
    baseOffset: batch.baseOffset,
    partitionLeaderEpoch: 0,
  })
  expect(Buffer.from(encoded)).toEqual(bytes)
})

test('a batch of the coordinator has no producer and no sequence, as that of a real broker', () => {
  const coordinator = new TestCoordinator()
  coordinator.begin('w1-v2')
  const index = coordinator.coordinator.partitionFor('w1-v2')
  for (const bytes of [...coordinator.topic.read(index), Buffer.from(recorded[3]!, 'base64')]) {
    const { producerId, producerEpoch, baseSequence, isTransactional } = new BatchView(bytes)
    expect([producerId, producerEpoch, baseSequence, isTransactional]).toEqual([-1, -1, -1, false])
  }
})

test('partitions are stored in the order of a real broker, also those of one hash bucket', () => {
  const coordinator = new TestCoordinator()
  const partitions = ['t-3', 't-2', 't-1', 'zz-7', 'u-9', 'u-4', 'topic-c-0']
  coordinator.begin(
    'a',
    partitions.map((partition) => `l21-${partition}`),
  )
  const records = coordinator.topic.records(coordinator.coordinator.partitionFor('a'))
  expect(TransactionLogRecord.decodeValue(records.at(-1)!.value!).transactionPartitions).toEqual([
    { topic: 'l21-zz', partitionIds: [7] },
    { topic: 'l21-topic-c', partitionIds: [0] },
    { topic: 'l21-u', partitionIds: [9, 4] },
    { topic: 'l21-t', partitionIds: [2, 3, 1] },
  ])
})

test('more partitions than a Java HashSet has room for at first: the order changes with its size', () => {
  const partitions = Array.from({ length: 40 }, (_, partition) => ({ topic: 't', partition }))
  const oneByOne = partitions.reduce((set, each) => set.with([each]), PartitionSet.empty)
  const together = PartitionSet.empty.with(partitions)
  expect(oneByOne.toArray()).toEqual(together.toArray())
  expect(together.toArray().map(({ partition }) => partition)).not.toEqual(
    partitions.map(({ partition }) => partition),
  )
})

test.each([
  [0, 0],
  [1, 1],
  [2, 1],
])('transaction.version %i: records of version %i', (transactionVersion, version) => {
  const coordinator = new TestCoordinator({ transactionVersion })
  const producer = coordinator.begin('a')
  coordinator.end('a', producer, true, 4)
  const index = coordinator.coordinator.partitionFor('a')
  const versions = coordinator.topic
    .records(index)
    .map(({ value }) => Buffer.from(value!).readInt16BE(0))
  expect(versions).toEqual([version, version, version, version])
})

test('transaction.version 0 has no records for transactions v2: UNSUPPORTED_VERSION, then the id is blocked as in Kafka', () => {
  const coordinator = new TestCoordinator()
  const next = producerOf(coordinator.end('a', coordinator.begin('a'), true))
  coordinator.transactionVersion = 0
  expect(errorName(coordinator.init('a').errorCode)).toBe('UnsupportedVersion')
  expect(errorName(coordinator.init('a').errorCode)).toBe('ConcurrentTransactions')
  expect(coordinator.stateOf('a')).toBe('CompleteCommit 1000/1')
  const index = coordinator.coordinator.partitionFor('a')
  coordinator.coordinator.onResigned(index)
  coordinator.elect(index)
  // A request of transactions v1 replaces the version of the last one.
  expect(coordinator.add('a', next, ['t-0'], 3)).toEqual(['t-0 None'])
  expect(errorName(coordinator.end('a', next, true, 5).errorCode)).toBe('UnsupportedVersion')
})

test('AddPartitionsToTxn v4 with transaction.version 0: the whole request is refused', () => {
  const coordinator = new TestCoordinator({ transactionVersion: 0 })
  const { producerId, producerEpoch } = producerOf(coordinator.init('a'))
  const topics = [{ name: 't', partitions: [0] }]
  const transaction = { transactionalId: 'a', producerId, producerEpoch, verifyOnly: false, topics }
  expect(coordinator.addAll([transaction])).toEqual({
    errorCode: ErrorCode.UnsupportedVersion,
    resultsByTransaction: [],
    resultsByTopicV3AndBelow: [],
  })
})

test('records of an unknown type or a later version are skipped', () => {
  const serde = transactionRecords(() => 2)
  const key = TransactionLogRecord.encodeKey({ transactionalId: 'a' })
  expect(serde.decode(Buffer.from([0, 1]), Buffer.from([0, 0]))).toBeUndefined()
  expect(serde.decode(key, Buffer.from([0, 2]))).toBeUndefined()
  expect(serde.decode(key, null)).toEqual({ transactionalId: 'a', metadata: null })
})
