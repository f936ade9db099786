import { describe, expect, test } from 'vitest'
import { CrashableFileSystem } from '../support/disk/crashable-file-system.ts'
import { FaultyFileSystem } from '../support/disk/faulty-file-system.ts'
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts'
import { SeededRandom } from '../../src/platform/random.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { InitProducerId, OffsetFetch, Produce } from '../../src/protocol/messages/index.ts'
import {
  batch,
  commit,
  coordinatorOf,
  createTopic,
  deleteTopic,
  fetchOne,
  isPending,
  listOffset,
  produce,
  produceRequest,
  settle,
  stableGroup,
  topicId,
  valuesOf,
  type Caller,
} from '../broker/support.ts'
import { startClusterOn } from '../support/cluster-on.ts'
import { HeldSyncs } from '../support/held-syncs.ts'

const ORDERS = { topics: [{ name: 'orders', partitions: 2 }] }
const FSYNC = { durability: 'fsync' } as const

/** Starts a cluster whose syncs do not complete from now on. */
async function startHeld() {
  const fileSystem = new HeldSyncs(new MemoryFileSystem())
  const started = await startClusterOn(fileSystem, ['/data'], { ...ORDERS, ...FSYNC })
  await produce(started, 'orders', batch(['first']))
  await commitOffset(started, 'group')
  fileSystem.synced.length = 0
  fileSystem.hold()
  return { fileSystem, ...started }
}

async function values(caller: Caller, partition = 0): Promise<string[]> {
  const { records } = await fetchOne(caller, 'orders', { partition })
  return valuesOf(records)
}

describe("with durability 'fsync'", () => {
  test('a Produce is answered, and its records can be read, when they are on the disk', async () => {
    const started = await startHeld()
    const { fileSystem } = started
    const producing = produce(await started.connect(), 'orders', batch(['second']))
    expect(await isPending(producing)).toBe(true)
    expect(await values(started)).toEqual(['first'])
    expect(await listOffset(started, 'orders', -1)).toMatchObject({ offset: 1 })
    const waiting = fetchOne(
      await started.connect(),
      'orders',
      { fetchOffset: 1 },
      { maxWaitMs: 10_000 },
    )
    expect(await isPending(waiting)).toBe(true)
    await fileSystem.release()
    expect(await producing).toMatchObject({ errorCode: 0, baseOffset: 1 })
    const { records, highWatermark } = await waiting
    expect([valuesOf(records), highWatermark]).toEqual([['second'], 2])
  })

  test('acks=1 waits like acks=-1, and acks=0 does not wait', async () => {
    const started = await startHeld()
    const one = await started.connect()
    const answered = one.call(
      Produce,
      9,
      produceRequest('orders', [{ index: 0, records: batch(['one']) }], { acks: 1 }),
    )
    expect(await isPending(answered)).toBe(true)
    const none = await started.connect()
    none.send(
      Produce,
      9,
      produceRequest('orders', [{ index: 1, records: batch(['none']) }], { acks: 0 }),
    )
    expect(await listOffset(none, 'orders', -1, { partitionIndex: 1 })).toMatchObject({ offset: 0 })
    await started.fileSystem.release()
    await answered
    expect(await values(started, 1)).toEqual(['none'])
  })

  test('a Produce whose topic is deleted before the records are on the disk is not acknowledged', async () => {
    const fileSystem = new HeldSyncs(new MemoryFileSystem())
    const started = await startClusterOn(fileSystem, ['/data'], { ...ORDERS, ...FSYNC })
    fileSystem.hold((path) => path.includes('/orders-0/'))
    const producing = produce(await started.connect(), 'orders', batch(['first']))
    expect(await isPending(producing)).toBe(true)
    await deleteTopic(started, 'orders')
    expect(await producing).toMatchObject({
      errorCode: ErrorCode.UnknownTopicOrPartition,
    })
  })

  test('requests that arrive during a sync share the next one', async () => {
    const started = await startHeld()
    const { fileSystem } = started
    const producing: Promise<unknown>[] = []
    for (let producer = 0; producer < 20; producer++) {
      const connection = await started.connect()
      producing.push(produce(connection, 'orders', batch([`${producer}`])))
    }
    await settle()
    expect(fileSystem.held).toBe(1)
    await fileSystem.release()
    await settle()
    expect(fileSystem.held).toBe(1)
    await fileSystem.release()
    await Promise.all(producing)
    expect(fileSystem.synced.length).toBe(2)
    expect((await values(started)).length).toBe(21)
  })

  test('a duplicate is answered when the original is on the disk', async () => {
    const started = await startHeld()
    const producer = { producerId: 5, producerEpoch: 0, baseSequence: 0 }
    const first = produce(await started.connect(), 'orders', batch(['once'], producer))
    const again = produce(await started.connect(), 'orders', batch(['once'], producer))
    expect(await isPending(again)).toBe(true)
    await started.fileSystem.release()
    expect([(await first).baseOffset, (await again).baseOffset]).toEqual([1, 1])
  })

  test.each<[string, (caller: Caller) => Promise<unknown>]>([
    ['a committed offset', (caller) => commitOffset(caller, 'group')],
    ['a new topic', (caller) => createTopic(caller, 'more')],
    ['a block of producer ids', (caller) => caller.call(InitProducerId, 4, initProducerId)],
    ['the generation of a group', (caller) => stableGroup(caller, 'another')],
  ])('%s is answered when it is on the disk', async (_, act) => {
    const started = await startHeld()
    const answered = act(await started.connect())
    expect(await isPending(answered)).toBe(true)
    while (await isPending(answered)) await started.fileSystem.release()
  })

  test('a request waits for the partitions that it is about, and not for others', async () => {
    const fileSystem = new HeldSyncs(new MemoryFileSystem())
    const topics = [{ name: 'stalled' }, { name: 'other' }]
    const started = await startClusterOn(fileSystem, ['/data'], { topics, ...FSYNC })
    for (const { name } of topics) await produce(started, name, batch(['first']))
    fileSystem.hold((path) => path.includes('/stalled-0/'))
    const stalled = produce(await started.connect(), 'stalled', batch(['second']))
    expect(await isPending(stalled)).toBe(true)
    expect(await produce(started, 'other', batch(['second']))).toMatchObject({ baseOffset: 1 })
    expect(await listOffset(started, 'other', -1)).toMatchObject({ offset: 2 })
    await commitOffset(started, 'group', 'other')
    expect(await listOffset(started, 'stalled', -1)).toMatchObject({ offset: 1 })
    await fileSystem.release()
    expect(await stalled).toMatchObject({ errorCode: 0, baseOffset: 1 })
  })

  test('a stalled __consumer_offsets holds back neither Metadata nor Produce nor groups elsewhere', async () => {
    const fileSystem = new HeldSyncs(new MemoryFileSystem())
    const started = await startClusterOn(fileSystem, ['/data'], { ...ORDERS, ...FSYNC })
    await commitOffset(started, 'group')
    await commitOffset(started, 'elsewhere')
    const [partition] = fileSystem.synced.flatMap(
      (path) => /__consumer_offsets-\d+/.exec(path)?.[0] ?? [],
    )
    fileSystem.hold((path) => path.includes(`/${partition}/`))
    const stalled = commit(await started.connect(), 'group')
    expect(await isPending(stalled)).toBe(true)
    expect(await topicId(started, 'orders')).not.toBe('')
    expect(await createTopic(started, 'more')).toBe(ErrorCode.None)
    expect(await produce(started, 'orders', batch(['first']))).toMatchObject({ errorCode: 0 })
    expect(await commit(started, 'elsewhere')).toBe(ErrorCode.None)
    await fileSystem.release()
    expect(await stalled).toBe(ErrorCode.None)
  })

  test('a stalled metadata log holds back changes of the metadata only', async () => {
    const fileSystem = new HeldSyncs(new MemoryFileSystem())
    const started = await startClusterOn(fileSystem, ['/data'], { ...ORDERS, ...FSYNC })
    await commitOffset(started, 'group')
    fileSystem.hold((path) => path.includes('/__cluster_metadata-0/'))
    const created = createTopic(await started.connect(), 'more')
    expect(await isPending(created)).toBe(true)
    expect(await produce(started, 'more', batch(['early']))).toMatchObject({
      errorCode: ErrorCode.UnknownTopicOrPartition,
    })
    expect(await topicId(started, 'orders')).not.toBe('')
    expect(await produce(started, 'orders', batch(['first']))).toMatchObject({ errorCode: 0 })
    expect(await values(started)).toEqual(['first'])
    expect(await commit(started, 'group')).toBe(ErrorCode.None)
    await stableGroup(started, 'another')
    await fileSystem.release()
    expect(await created).toBe(ErrorCode.None)
    expect(await produce(started, 'more', batch(['first']))).toMatchObject({ errorCode: 0 })
  })

  test('the topics of a start are on the disk when it has succeeded', async () => {
    const fileSystem = new FaultyFileSystem(new MemoryFileSystem())
    fileSystem.inject({
      code: 'EIO',
      operations: ['sync'],
      isAffected: (path) => path.endsWith('/__cluster_metadata-0/00000000000000000000.log'),
    })
    await expect(
      startClusterOn(fileSystem, ['/data'], { ...ORDERS, ...FSYNC }),
    ).rejects.toMatchObject({ code: 'DATA_DIRECTORY_UNUSABLE' })
  })

  test('a rolled segment is synced with the next one', async () => {
    const started = await startHeld()
    await createTopicHeld(started.fileSystem, started, 'small', { 'segment.bytes': '1048576' })
    started.fileSystem.synced.length = 0
    const producing: Promise<unknown>[] = []
    for (let index = 0; index < 3; index++) {
      const records = batch(['x'.repeat(700_000)])
      producing.push(produce(await started.connect(), 'small', records))
    }
    await settle()
    while (started.fileSystem.held > 0) await started.fileSystem.release()
    await Promise.all(producing)
    const names = started.fileSystem.synced.filter((path) => /\/small-0\/.*\.log$/.test(path))
    expect(new Set(names.map((path) => Number(path.split('/').at(-1)!.slice(0, 20))))).toEqual(
      new Set([0, 1, 2]),
    )
  })

  test('a sync that fails answers KAFKA_STORAGE_ERROR, and no consumer sees the records', async () => {
    const fileSystem = new FaultyFileSystem(new MemoryFileSystem())
    const disks = ['/one', '/two']
    const started = await startClusterOn(fileSystem, disks, { ...ORDERS, ...FSYNC })
    await produce(started, 'orders', batch(['safe']), { partition: 1 })
    fileSystem.inject({
      code: 'EIO',
      operations: ['sync'],
      isAffected: (path) => path.startsWith('/two/'),
    })
    const answer = await produce(started, 'orders', batch(['lost']), { partition: 1 })
    expect(answer).toMatchObject({ errorCode: ErrorCode.KafkaStorageError })
    expect(await fetchOne(started, 'orders', { partition: 1 })).toMatchObject({ errorCode: 56 })
    expect(await produce(started, 'orders', batch(['on']))).toMatchObject({ errorCode: 0 })
  })

  test('an offset that cannot be synced is not acknowledged', async () => {
    const fileSystem = new FaultyFileSystem(new MemoryFileSystem())
    const started = await startClusterOn(fileSystem, ['/one', '/two'], {
      ...ORDERS,
      ...FSYNC,
      config: { 'offsets.topic.num.partitions': 1 },
    })
    await commitOffset(started, 'group')
    fileSystem.inject({
      code: 'EIO',
      operations: ['sync'],
      isAffected: (path) => path.includes('/__consumer_offsets-0/'),
    })
    await expect(commit(await started.connect(), 'group')).rejects.toThrow('closed the connection')
  })

  test('an offset that cannot be synced to a disk that the broker can do without answers NOT_COORDINATOR', async () => {
    const fileSystem = new FaultyFileSystem(new MemoryFileSystem())
    const started = await startClusterOn(fileSystem, ['/one', '/two'], {
      ...ORDERS,
      ...FSYNC,
      config: { 'offsets.topic.num.partitions': 4 },
    })
    const groups = Array.from({ length: 12 }, (_, index) => `group-${index}`)
    for (const group of groups) await commitOffset(started, group)
    fileSystem.inject({
      code: 'EIO',
      operations: ['sync'],
      isAffected: (path) => path.startsWith('/two/') && path.includes('/__consumer_offsets-'),
    })
    const answers: number[] = []
    for (const group of groups) answers.push(await commit(started, group))
    expect(new Set(answers)).toEqual(new Set([ErrorCode.None, ErrorCode.NotCoordinator]))
  })
})

test("with durability 'fsync' what a crash left behind can be read from the first request on", async () => {
  const memory = new MemoryFileSystem()
  const files = new FaultyFileSystem(memory)
  const before = await startClusterOn(files, ['/data'], { ...ORDERS, ...FSYNC })
  await produce(before, 'orders', batch(['first']))
  await produce(before, 'orders', batch(['second']))
  files.kill()
  const fileSystem = new HeldSyncs(memory)
  const isHeld = (path: string) => path.includes('/orders-')
  fileSystem.hold(isHeld)
  const after = await startClusterOn(fileSystem, ['/data'], FSYNC)
  // Again, so that it ends before the cluster is closed.
  fileSystem.hold(isHeld)
  expect(await listOffset(after, 'orders', -1)).toMatchObject({ offset: 2 })
  expect(await values(after)).toEqual(['first', 'second'])
})

test('with the durability of the page cache nothing waits for the disk', async () => {
  const fileSystem = new HeldSyncs(new MemoryFileSystem())
  const started = await startClusterOn(fileSystem, ['/data'], ORDERS)
  fileSystem.hold()
  expect(await produce(started, 'orders', batch(['first']))).toMatchObject({ errorCode: 0 })
  await commitOffset(started, 'group')
  expect(await values(started)).toEqual(['first'])
  expect(fileSystem.synced).toEqual([])
})

describe('when the power fails', () => {
  test.each([true, false])(
    "nothing that was acknowledged with durability 'fsync' is lost (a sync keeps names: %s)",
    async (fileSyncKeepsNames) => {
      const fileSystem = new CrashableFileSystem({ fileSyncKeepsNames })
      const before = await startClusterOn(fileSystem, ['/one', '/two'], FSYNC)
      const expected = new Map<string, string[]>()
      const random = new SeededRandom(4)
      let committed = -1
      for (let step = 0; step < 60; step++) {
        const topic = `topic-${random.int(4)}`
        if (!expected.has(topic)) {
          const configs = { 'segment.bytes': '1048576' }
          expect(await createTopic(before, topic, { configs })).toBe(ErrorCode.None)
          expected.set(topic, [])
        } else if (random.int(4) === 0) {
          await commitOffset(before, `group-${step}`, topic)
          committed = step
        } else {
          const value = `${step} `.padEnd(random.int(400_000), 'x')
          const { errorCode } = await produce(before, topic, batch([value]))
          expect(errorCode).toBe(ErrorCode.None)
          expected.get(topic)!.push(value)
        }
        if (step % 6 !== 0) continue
        const image = fileSystem.afterPowerFailure(new SeededRandom(step))
        const after = await startClusterOn(image, ['/one', '/two'], FSYNC)
        for (const [name, all] of expected) {
          expect(await topicId(after, name)).toBe(await topicId(before, name))
          expect(await allValues(after, name)).toEqual(all)
        }
        if (committed >= 0) expect(await committedBy(after, `group-${committed}`)).toBe(5)
        await after.cluster.close()
      }
    },
  )

  test.each([true, false])(
    'nothing is lost after a clean close with any durability (a sync keeps names: %s)',
    async (fileSyncKeepsNames) => {
      const fileSystem = new CrashableFileSystem({ fileSyncKeepsNames })
      const before = await startClusterOn(fileSystem, ['/one', '/two'], ORDERS)
      const configs = { 'segment.bytes': '1048576' }
      await createTopic(before, 'rolled', { partitions: 2, configs })
      for (let step = 0; step < 5; step++) {
        const partition = step % 2
        const records = () => batch([`${step}`.padEnd(600_000)])
        expect(await produce(before, 'rolled', records(), { partition })).toMatchObject({
          errorCode: 0,
        })
      }
      await commitOffset(before, 'group')
      await before.cluster.close()
      for (let seed = 0; seed < 10; seed++) {
        const image = fileSystem.afterPowerFailure(new SeededRandom(seed))
        expect(image.exists('/two/1/.kafka_cleanshutdown')).toBe(true)
        const after = await startClusterOn(image, ['/one', '/two'])
        for (const [partitionIndex, offset] of [
          [0, 3],
          [1, 2],
        ] as const) {
          const end = await listOffset(after, 'rolled', -1, { partitionIndex })
          expect(end).toMatchObject({ errorCode: 0, offset })
        }
        expect(await committedBy(after, 'group')).toBe(5)
        await after.cluster.close()
      }
    },
  )

  test.each([undefined, '', '\0'.repeat(42), 'version: 0\ntopic_id: abc'])(
    'records are found although their partition.metadata was lost: %j',
    async (left) => {
      const fileSystem = new CrashableFileSystem()
      const before = await startClusterOn(fileSystem, ['/data'], { ...ORDERS, ...FSYNC })
      await produce(before, 'orders', batch(['first']))
      const id = await topicId(before, 'orders')
      const image = fileSystem.afterPowerFailure(new SeededRandom(1))
      const path = '/data/1/orders-0/partition.metadata'
      if (left === undefined) image.remove(path)
      else image.writeFile(path, left)
      const after = await startClusterOn(image, ['/data'])
      expect(await values(after)).toEqual(['first'])
      await after.cluster.close()
      expect(Buffer.from(image.readFile(path)).toString()).toContain(id)
    },
  )

  test('records that a consumer has read still exist', async () => {
    const fileSystem = new CrashableFileSystem()
    const held = new HeldSyncs(fileSystem)
    const before = await startClusterOn(held, ['/data'], { ...ORDERS, ...FSYNC })
    await produce(before, 'orders', batch(['first']))
    held.hold()
    const producing = produce(await before.connect(), 'orders', batch(['second']))
    await settle()
    const shown = await values(before)
    for (let seed = 0; seed < 10; seed++) {
      const image = fileSystem.afterPowerFailure(new SeededRandom(seed))
      const after = await startClusterOn(image, ['/data'], FSYNC)
      expect((await values(after)).slice(0, shown.length)).toEqual(shown)
      await after.cluster.close()
    }
    await held.release()
    await producing
  })
})

/** Commits offset 5 of partition 0. */
async function commitOffset(caller: Caller, groupId: string, topic = 'orders'): Promise<void> {
  await coordinatorOf(caller, groupId)
  expect(await commit(caller, groupId, topic)).toBe(ErrorCode.None)
}

const initProducerId = {
  transactionalId: null,
  transactionTimeoutMs: 1000,
  producerId: -1,
  producerEpoch: -1,
}

async function createTopicHeld(
  fileSystem: HeldSyncs,
  caller: Caller,
  name: string,
  configs: Record<string, string>,
): Promise<void> {
  const created = createTopic(caller, name, { configs })
  await settle()
  await fileSystem.release()
  await created
}

async function allValues(caller: Caller, topic: string): Promise<string[]> {
  const { offset } = await listOffset(caller, topic, -1)
  const found: string[] = []
  while (found.length < offset) {
    const { records } = await fetchOne(caller, topic, { fetchOffset: found.length })
    found.push(...valuesOf(records, found.length))
  }
  return found
}

async function committedBy(caller: Caller, groupId: string): Promise<number | undefined> {
  await coordinatorOf(caller, groupId)
  const { groups } = await caller.call(OffsetFetch, 8, {
    groupId: '',
    topics: null,
    groups: [{ groupId, topics: null }],
    requireStable: false,
  })
  return groups[0]!.topics[0]?.partitions[0]?.committedOffset
}
