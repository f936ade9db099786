import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  ManualClock,
  openDirectory,
  startCluster,
  type ClusterOptions,
  type OpenDirectoryOptions,
} from '../../src/index.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import {
  AlterConfigs,
  CreatePartitions,
  CreateTopics,
  DeleteRecords,
  DeleteTopics,
  IncrementalAlterConfigs,
  Produce,
  WriteTxnMarkers,
} from '../../src/protocol/messages/index.ts'
import { encodeBatch } from '../../src/record/batch-encoder.ts'
import {
  commitOffset,
  committedOffset,
  connectTo,
  describeTopic,
  fetch,
  formGroup,
  produce,
} from './support/requests.ts'
import { temporaryRoot } from './support/temporary-root.ts'

const TOPIC = 'orders'
const NO_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAA'
const DAY_MS = 24 * 60 * 60 * 1000

/**
 * Creates a broker's log directory with a topic of one partition that contains `first`, `second`
 * and `third`.
 */
async function filledDirectory(
  options: ClusterOptions = {},
): Promise<{ directory: string; topicId: string }> {
  const dataDir = temporaryRoot()
  const cluster = await startCluster({ dataDir, topics: [{ name: TOPIC }], ...options })
  const connection = await connectTo(cluster.brokers[0]!)
  for (const value of ['first', 'second', 'third']) await produce(connection, TOPIC, [value])
  const { topicId } = await describeTopic(connection, TOPIC)
  connection.close()
  await cluster.close()
  return { directory: join(dataDir, '1'), topicId }
}

async function open(paths: string | readonly string[], options: OpenDirectoryOptions = {}) {
  const cluster = await openDirectory(paths, { logLevel: 'silent', ...options })
  onTestFinished(() => cluster.close())
  return { cluster, connection: await connectTo(cluster.brokers[0]!) }
}

/** Returns every file with its content. */
function contentOf(directory: string): Map<string, string> {
  const names = readdirSync(directory, { recursive: true, withFileTypes: true })
  const files = names.filter((entry) => entry.isFile())
  return new Map(
    files
      .map(({ parentPath, name }) => join(parentPath, name))
      .sort()
      .map((path) => [path, readFileSync(path, 'base64')]),
  )
}

const values = (records: readonly { value: string }[]): string[] =>
  records.map(({ value }) => value)

test('a data directory is served unchanged, with the ids of its topics', async () => {
  const { directory, topicId } = await filledDirectory()
  const before = contentOf(directory)
  const { cluster, connection } = await open(directory)
  expect(await describeTopic(connection, TOPIC)).toMatchObject({ topicId, leaders: [1] })
  expect(values((await fetch(connection, TOPIC, 0)).records)).toEqual(['first', 'second', 'third'])
  expect(await fetch(connection, TOPIC, 1)).toMatchObject({ highWatermark: 3, logStartOffset: 0 })
  await cluster.close()
  expect(contentOf(directory)).toEqual(before)
})

test('a data directory of a cluster with several brokers is also served', async () => {
  const { directory } = await filledDirectory()
  const { connection } = await open(join(directory, '..'))
  expect((await fetch(connection, TOPIC, 0)).records).toHaveLength(3)
})

test('a copy of a broker that was running is repaired in memory', async () => {
  const { directory } = await filledDirectory()
  const partition = join(directory, `${TOPIC}-0`)
  rmSync(join(directory, '.kafka_cleanshutdown'))
  const log = join(partition, '00000000000000000000.log')
  writeFileSync(log, Buffer.concat([readFileSync(log), Buffer.from('torn')]))
  rmSync(join(partition, '00000000000000000000.index'))
  const before = contentOf(directory)
  const { connection } = await open(partition)
  expect(await fetch(connection, TOPIC, 0)).toMatchObject({ highWatermark: 3 })
  expect(contentOf(directory)).toEqual(before)
})

test('missing partitions below the highest exist and are empty', async () => {
  const { directory } = await filledDirectory()
  renameSync(join(directory, `${TOPIC}-0`), join(directory, `${TOPIC}-2`))
  const { connection } = await open(join(directory, `${TOPIC}-2`))
  expect(await describeTopic(connection, TOPIC)).toMatchObject({ leaders: [1, 1, 1] })
  expect(await fetch(connection, TOPIC, 0)).toMatchObject({ highWatermark: 0, records: [] })
})

test('a topic may be renamed, so that two copies of it can be served', async () => {
  const { directory, topicId } = await filledDirectory()
  const root = temporaryRoot()
  cpSync(join(directory, `${TOPIC}-0`), join(root, 'copy-0'), { recursive: true })
  const { connection } = await open([join(directory, `${TOPIC}-0`), join(root, 'copy-0')], {
    names: { [TOPIC]: 'monday' },
  })
  const [monday, copy] = [
    await describeTopic(connection, 'monday'),
    await describeTopic(connection, 'copy'),
  ]
  expect(monday.topicId).toBe(topicId)
  expect(copy.topicId).not.toBe(topicId)
  for (const name of ['monday', 'copy']) {
    expect((await fetch(connection, name, 0)).records).toHaveLength(3)
  }
})

test("Kafka's internal topics are skipped, and served as data under another name", async () => {
  const { directory } = await filledDirectory()
  renameSync(join(directory, `${TOPIC}-0`), join(directory, '__consumer_offsets-4'))
  cpSync(join(directory, '__consumer_offsets-4'), join(directory, 'other-0'), { recursive: true })
  const passed = await open(directory)
  expect((await describeTopic(passed.connection, 'other')).errorCode).toBe(ErrorCode.None)
  const { errorCode } = await describeTopic(passed.connection, '__consumer_offsets')
  expect(errorCode).toBe(ErrorCode.UnknownTopicOrPartition)
  const named = await open(directory, { names: { __consumer_offsets: 'offsets' } })
  expect(await describeTopic(named.connection, 'offsets')).toMatchObject({
    leaders: [1, 1, 1, 1, 1],
  })
})

test('the leader epoch is above that of the records', async () => {
  const { directory } = await filledDirectory()
  const checkpoint = join(directory, `${TOPIC}-0`, 'leader-epoch-checkpoint')
  writeFileSync(checkpoint, '0\n2\n0 0\n41 2\n')
  const { connection } = await open(directory)
  expect((await describeTopic(connection, TOPIC)).leaderEpochs[0]).toBeGreaterThanOrEqual(41)
  rmSync(checkpoint)
  const again = await open(directory)
  expect((await fetch(again.connection, TOPIC, 0)).records).toHaveLength(3)
})

test('neither retention nor compaction changes old records', async () => {
  const { directory } = await filledDirectory()
  const clock = new ManualClock(Date.now() + 1000 * DAY_MS)
  const { cluster, connection } = await open(directory, { clock })
  for (let day = 0; day < 30; day++) await clock.advance(DAY_MS)
  await cluster.topic(TOPIC).applyRetention()
  await expect(cluster.topic(TOPIC).compact()).rejects.toMatchObject({
    code: 'NOT_COMPACTED',
    message: `Topic ${TOPIC} is read-only: its files are served as they are.`,
  })
  expect((await fetch(connection, TOPIC, 0)).records).toHaveLength(3)
})

test('consumers commit offsets, in memory', async () => {
  const { directory } = await filledDirectory()
  const before = contentOf(directory)
  const { connection } = await open(directory)
  const member = await formGroup(connection, 'group')
  expect(await commitOffset(connection, member, TOPIC, 2)).toBe(ErrorCode.None)
  expect(await committedOffset(connection, 'group', TOPIC)).toMatchObject({ committedOffset: 2 })
  expect(contentOf(directory)).toEqual(before)
})

test('whatever would change an opened topic is refused with POLICY_VIOLATION', async () => {
  const { directory, topicId } = await filledDirectory()
  const { connection } = await open(directory)
  const refused = ErrorCode.PolicyViolation
  const errorMessage = 'Topic orders is read-only: its files are served as they are.'
  const records = encodeBatch([{ value: Buffer.from('no'), timestamp: 0 }])
  const { responses: produced } = await connection.call(Produce, 9, {
    transactionalId: null,
    acks: -1,
    timeoutMs: 1000,
    topicData: [{ name: TOPIC, topicId: NO_TOPIC_ID, partitionData: [{ index: 0, records }] }],
  })
  expect(produced[0]!.partitionResponses).toMatchObject([{ errorCode: refused, errorMessage }])
  const byName = await connection.call(DeleteTopics, 6, {
    topicNames: [],
    topics: [
      { name: TOPIC, topicId: NO_TOPIC_ID },
      { name: 'missing', topicId: NO_TOPIC_ID },
    ],
    timeoutMs: 1000,
  })
  expect(byName.responses).toMatchObject([
    { errorCode: refused, errorMessage },
    { errorCode: ErrorCode.UnknownTopicOrPartition },
  ])
  const byId = await connection.call(DeleteTopics, 6, {
    topicNames: [],
    topics: [{ name: null, topicId }],
    timeoutMs: 1000,
  })
  expect(byId.responses).toMatchObject([{ errorCode: refused }])
  const deleted = await connection.call(DeleteRecords, 2, {
    topics: [{ name: TOPIC, partitions: [{ partitionIndex: 0, offset: 1 }] }],
    timeoutMs: 1000,
  })
  expect(deleted.topics[0]!.partitions).toMatchObject([{ errorCode: refused }])
  const grown = await connection.call(CreatePartitions, 2, {
    topics: [{ name: TOPIC, count: 2, assignments: null }],
    timeoutMs: 1000,
    validateOnly: false,
  })
  expect(grown.results).toMatchObject([{ errorCode: refused, errorMessage }])
  const configs = [{ name: 'retention.ms', value: '1' }]
  const resource = { resourceType: 2, resourceName: TOPIC }
  const altered = await connection.call(AlterConfigs, 1, {
    resources: [{ ...resource, configs }],
    validateOnly: false,
  })
  expect(altered.responses).toMatchObject([{ ...resource, errorCode: refused, errorMessage }])
  const changed = await connection.call(IncrementalAlterConfigs, 1, {
    resources: [
      { ...resource, configs: configs.map((config) => ({ ...config, configOperation: 0 })) },
    ],
    validateOnly: false,
  })
  expect(changed.responses).toMatchObject([{ ...resource, errorCode: refused, errorMessage }])
  const topics = [
    { name: TOPIC, partitionIndexes: [0] },
    { name: 'missing', partitionIndexes: [0] },
  ]
  const marker = { producerId: 7, producerEpoch: 0, transactionResult: true, coordinatorEpoch: 0 }
  const { markers } = await connection.call(WriteTxnMarkers, 1, {
    markers: [{ ...marker, topics }],
  })
  const unknown = ErrorCode.UnknownTopicOrPartition
  expect(markers).toMatchObject([
    { topics: [{ name: TOPIC, partitions: [{ errorCode: refused }] }] },
    { topics: [{ name: 'missing', partitions: [{ errorCode: unknown }] }] },
  ])
  const byOldName = await connection.call(DeleteTopics, 5, {
    topicNames: [TOPIC],
    topics: [],
    timeoutMs: 1000,
  })
  expect(byOldName.responses).toMatchObject([{ name: TOPIC, errorCode: refused, errorMessage }])
  expect((await fetch(connection, TOPIC, 0)).records).toHaveLength(3)
})

test('a Produce with acks=0 to an opened topic closes its connection, and the other topics get their records', async () => {
  const { directory } = await filledDirectory()
  const { cluster, connection } = await open(directory)
  const created = { numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
  await connection.call(CreateTopics, 7, { topics: [{ name: 'new', ...created }] })
  const producer = await connectTo(cluster.brokers[0]!)
  const records = encodeBatch([{ value: Buffer.from('x'), timestamp: 0 }])
  const topicData = [TOPIC, 'new'].map((name) => {
    return { name, topicId: NO_TOPIC_ID, partitionData: [{ index: 0, records }] }
  })
  producer.send(Produce, 9, { transactionalId: null, acks: 0, timeoutMs: 1000, topicData })
  await producer.closed()
  expect((await fetch(connection, 'new', 0)).records).toHaveLength(1)
  expect((await fetch(connection, TOPIC, 0)).records).toHaveLength(3)
})

test('an error says what cannot be opened', async () => {
  const { directory } = await filledDirectory()
  const partition = join(directory, `${TOPIC}-0`)
  const empty = temporaryRoot()
  mkdirSync(join(empty, '__consumer_offsets-3'))
  writeFileSync(join(empty, '__consumer_offsets-3', 'partition.metadata'), '')
  const code = (paths: string | readonly string[], options: object = {}) =>
    openDirectory(paths, options).then(
      async (cluster) => cluster.close().then(() => 'opened'),
      (error: { code: string }) => error.code,
    )
  expect(await code(join(empty, 'missing'))).toBe('DATA_DIRECTORY_UNUSABLE')
  expect(await code(empty)).toBe('DATA_DIRECTORY_UNUSABLE')
  expect(await code([])).toBe('DATA_DIRECTORY_UNUSABLE')
  mkdirSync(join(empty, 'far', 'orders-2147483647'), { recursive: true })
  expect(await code(join(empty, 'far'))).toBe('DATA_DIRECTORY_UNUSABLE')
  mkdirSync(join(empty, 'circular'))
  symlinkSync('orders-0', join(empty, 'circular', 'orders-0'))
  expect(await code(join(empty, 'circular'))).toBe('DATA_DIRECTORY_UNUSABLE')
  expect(await code([partition, partition])).toBe('DATA_DIRECTORY_UNUSABLE')
  expect(await code(join(empty, '__consumer_offsets-3'))).toBe('INVALID_TOPIC')
  expect(await code(partition, { names: { missing: 'other' } })).toBe('INVALID_TOPIC')
  expect(await code(partition, { names: { orders: 'a b' } })).toBe('INVALID_TOPIC')
  expect(await code(partition, { dataDir: empty })).toBe('INVALID_OPTION')
  expect(await code(partition, { names: { orders: 1 } })).toBe('INVALID_OPTION')
  expect(await code(partition)).toBe('opened')
})
