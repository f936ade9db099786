import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startCluster, type BrokerFailure } from '../../src/index.ts'
import { FaultyFileSystem, type FileFault } from '../support/disk/faulty-file-system.ts'
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts'
import { DiskFileSystem } from '../../src/platform/disk-file-system.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import {
  DescribeConfigs,
  DescribeLogDirs,
  DescribeTopicPartitions,
  Heartbeat,
  IncrementalAlterConfigs,
  Metadata,
  OffsetForLeaderEpoch,
} from '../../src/protocol/messages/index.ts'
import {
  batch,
  commit,
  coordinatorOf,
  createTopic,
  deleteTopic,
  fetchOne,
  listOffset,
  metadataRequest,
  produce,
  settle,
  stableGroup,
  topicId,
  valuesOf,
  type Caller,
} from '../broker/support.ts'
import { startClusterOn, type ClusterOn } from '../support/cluster-on.ts'
import { pathsIn, temporaryRoot } from './support/temporary-root.ts'

/** For the administrator of a Linux alone; others skip what needs it. */
const [MOUNT, UNMOUNT] = ['mount', 'umount'] as const

const DISKS = ['/one', '/two', '/three']
const ORDERS = { topics: [{ name: 'orders', partitions: 6 }] }

const onDisk = (disk: string) => (path: string) => path.startsWith(`${disk}/`)

function breakDisk(fileSystem: FaultyFileSystem, disk: string, fault: Partial<FileFault> = {}) {
  return fileSystem.inject({ code: 'EIO', isAffected: onDisk(disk), ...fault })
}

const produceTo = (caller: Caller, partition: number, topic = 'orders') =>
  produce(caller, topic, batch([`to ${partition}`]), { partition })

async function partitionOf(caller: Caller, name: string, partition: number) {
  const { topics } = await caller.call(Metadata, 12, metadataRequest([{ name }]))
  const { errorCode, leaderId, isrNodes, offlineReplicas } = topics[0]!.partitions[partition]!
  return { errorCode, leaderId, isrNodes, offlineReplicas }
}

/** Error code and partitions of each directory. */
async function directoriesOf(caller: Caller): Promise<[string, ErrorCode, string][]> {
  const { results } = await caller.call(DescribeLogDirs, 4, { topics: null })
  return results.map(({ logDir, errorCode, topics }) => [
    logDir,
    errorCode as ErrorCode,
    topics
      .flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex }) => `${name}-${partitionIndex}`),
      )
      .sort()
      .join(' '),
  ])
}

/** Returns the records of each partition of `orders`. */
async function contents(caller: Caller): Promise<(string[] | ErrorCode)[]> {
  const found: (string[] | ErrorCode)[] = []
  for (let partition = 0; partition < 6; partition++) {
    const { errorCode, records } = await fetchOne(caller, 'orders', { partition })
    found.push(errorCode === ErrorCode.None ? valuesOf(records) : (errorCode as ErrorCode))
  }
  return found
}

async function startOnDisks(fileSystem = new FaultyFileSystem(new MemoryFileSystem())) {
  const started = await startClusterOn(fileSystem, DISKS, {
    ...ORDERS,
    config: { 'offsets.topic.num.partitions': 3 },
  })
  return { fileSystem, ...started }
}

describe('several data directories', () => {
  test('share the partitions: the next one is placed where there are the fewest', async () => {
    const started = await startOnDisks()
    expect(await directoriesOf(started)).toEqual([
      ['/one/1', ErrorCode.None, 'orders-0 orders-3'],
      ['/two/1', ErrorCode.None, 'orders-1 orders-4'],
      ['/three/1', ErrorCode.None, 'orders-2 orders-5'],
    ])
    await deleteTopic(started, 'orders')
    await createTopic(started, 'a')
    await createTopic(started, 'b', { partitions: 3 })
    expect(await directoriesOf(started)).toEqual([
      ['/one/1', ErrorCode.None, 'a-0 b-2'],
      ['/two/1', ErrorCode.None, 'b-0'],
      ['/three/1', ErrorCode.None, 'b-1'],
    ])
  })

  test('are removed by a failed start if it created them', async () => {
    const root = temporaryRoot()
    mkdirSync(join(root, 'there'))
    const dataDir = ['there', 'a', 'b/c'].map((path) => join(root, path))
    const started = startCluster({ dataDir, brokers: 2, topics: [{ name: 'no such name' }] })
    await expect(started).rejects.toMatchObject({ code: 'INVALID_TOPIC' })
    expect(pathsIn(root)).toEqual(['there'])
  })

  test('are removed by a start that fails because one is in use, if it created them', async () => {
    const root = temporaryRoot()
    const first = await startCluster({ dataDir: join(root, 'used') })
    onTestFinished(() => first.close())
    const before = pathsIn(root)
    const started = startCluster({ dataDir: ['new', 'used'].map((path) => join(root, path)) })
    await expect(started).rejects.toMatchObject({
      code: 'DATA_DIRECTORY_LOCKED',
      message: expect.stringMatching(
        /^The data directory \S+ is in use by .*: close that cluster, or use another/,
      ),
    })
    expect(pathsIn(root)).toEqual(before)
  })

  test('are returned as log.dirs', async () => {
    const { call } = await startOnDisks()
    const configurationKeys = ['log.dirs', 'log.dir', 'metadata.log.dir']
    const resources = [{ resourceType: 4, resourceName: '1', configurationKeys }]
    const { results } = await call(DescribeConfigs, 4, { resources, includeSynonyms: false })
    const values = results[0]!.configs.map(({ name, value, configSource }) => [
      name,
      value,
      configSource,
    ])
    expect(values).toEqual([
      ['log.dir', '/tmp/kafka-logs', 5],
      ['log.dirs', '/one/1,/two/1,/three/1', 4],
      ['metadata.log.dir', null, 5],
    ])
  })

  test('find their partitions again after a restart, also those that have no files', async () => {
    const first = await startOnDisks()
    await produceTo(first, 4)
    const before = await directoriesOf(first)
    await first.cluster.close()
    expect(first.fileSystem.list('/one/1')).toContain('__cluster_metadata-0')
    const second = await startOnDisks(first.fileSystem)
    expect(await directoriesOf(second)).toEqual(before)
    expect((await contents(second))[4]).toEqual(['to 4'])
  })

  test.each(['', '/one/1', '/two/1'])(
    'serve the partitions of one that lost its id: %j',
    async (lost) => {
      const first = await startOnDisks()
      for (const partition of [1, 3]) await produceTo(first, partition)
      const before = await directoriesOf(first)
      await first.cluster.close()
      const { fileSystem } = first
      const path = `${lost}/meta.properties`
      if (lost !== '') {
        const text = Buffer.from(fileSystem.readFile(path)).toString()
        fileSystem.writeFile(path, text.replace(/directory\.id=.*/, ''))
      }
      const second = await startOnDisks(fileSystem)
      expect(await directoriesOf(second)).toEqual(before)
      expect(await contents(second)).toEqual([[], ['to 1'], [], ['to 3'], [], []])
      if (lost !== '')
        expect(Buffer.from(fileSystem.readFile(path)).toString()).toContain('directory.id=')
      await second.cluster.close()
    },
  )

  test('serve partitions that were moved from an offline one to another', async () => {
    const first = await startOnDisks()
    for (const partition of [1, 4]) await produceTo(first, partition)
    await first.cluster.close()
    const { fileSystem } = first
    fileSystem.rename('/two/1/orders-1', '/three/1/orders-1')
    breakDisk(fileSystem, '/two')
    const second = await startOnDisks(fileSystem)
    expect((await contents(second))[1]).toEqual(['to 1'])
    expect(Array.isArray((await contents(second))[4])).toBe(false)
  })

  test('rename a partition with an invalid partition.metadata, and serve the others', async () => {
    const first = await startOnDisks()
    for (const partition of [0, 3]) await produceTo(first, partition)
    await first.cluster.close()
    first.fileSystem.writeFile('/one/1/orders-0/partition.metadata', 'garbage')
    const second = await startOnDisks(first.fileSystem)
    expect(await contents(second)).toEqual([[], [], [], ['to 3'], [], []])
    const names = first.fileSystem.list('/one/1')
    expect(names.filter((name) => /^orders-0\..*-stray$/.test(name))).toHaveLength(1)
  })

  test('are refused if two have the same partition', async () => {
    const { fileSystem, cluster, call } = await startOnDisks()
    await produceTo({ call }, 0)
    await cluster.close()
    fileSystem.makeDirectory('/two/1/orders-0')
    await expect(startOnDisks(fileSystem)).rejects.toMatchObject({
      code: 'DATA_DIRECTORY_UNUSABLE',
      message: expect.stringContaining('exists in both /one/1/orders-0 and /two/1/orders-0'),
    })
  })

  test('are refused if one is a copy of another', async () => {
    const { fileSystem, cluster } = await startOnDisks()
    await cluster.close()
    const properties = fileSystem.readFile('/one/1/meta.properties')
    fileSystem.writeFile('/two/1/meta.properties', properties)
    await expect(startOnDisks(fileSystem)).rejects.toMatchObject({
      code: 'DATA_DIRECTORY_UNUSABLE',
      message: expect.stringMatching(/\/one\/1 and \/two\/1 have the same directory\.id \S{22}:/),
    })
  })

  test.each<[string, (fileSystem: FaultyFileSystem) => void]>([
    ['a partition lies in two', (files) => files.makeDirectory('/two/1/orders-0')],
    [
      'one belongs to another cluster',
      (files) => {
        const properties = 'version=1\ncluster.id=T2RyYWRla09yYWNsZTAwMQ\nnode.id=1\n'
        files.writeFile('/three/1/meta.properties', properties)
      },
    ],
    ['the one with the metadata log cannot be read', (files) => void breakDisk(files, '/one')],
    ['the metadata log is gone', (files) => files.remove('/one/1/__cluster_metadata-0')],
  ])('are still marked as closed cleanly when a start fails because %s', async (_what, spoil) => {
    const { fileSystem, cluster, call } = await startOnDisks()
    await produceTo({ call }, 0)
    await cluster.close()
    spoil(fileSystem)
    await expect(startOnDisks(fileSystem)).rejects.toMatchObject({
      code: 'DATA_DIRECTORY_UNUSABLE',
    })
    fileSystem.heal()
    for (const disk of DISKS) expect(fileSystem.list(`${disk}/1`)).toContain('.kafka_cleanshutdown')
  })
})

describe('a cordoned log directory', () => {
  const cordon = async (caller: Caller, value: string) => {
    const configs = [{ name: 'cordoned.log.dirs', configOperation: 0, value }]
    const resources = [{ resourceType: 4, resourceName: '1', configs }]
    const request = { resources, validateOnly: false }
    const { responses } = await caller.call(IncrementalAlterConfigs, 1, request)
    const { errorCode, errorMessage } = responses[0]!
    return { errorCode, errorMessage }
  }

  test('gets no new partitions, and keeps the existing ones', async () => {
    const started = await startOnDisks()
    expect(await cordon(started, '/one/1,/three/1')).toMatchObject({ errorCode: 0 })
    await createTopic(started, 'more', { partitions: 2 })
    expect((await directoriesOf(started)).map(([, , partitions]) => partitions)).toEqual([
      'orders-0 orders-3',
      'more-0 more-1 orders-1 orders-4',
      'orders-2 orders-5',
    ])
    expect(await produceTo(started, 0)).toMatchObject({ errorCode: 0 })
    const { results } = await started.call(DescribeLogDirs, 5, { topics: null })
    expect(results.map(({ isCordoned }) => isCordoned)).toEqual([true, false, true])
  })

  test('excludes its broker from placement if there is no other, until it is uncordoned', async () => {
    const started = await startOnDisks()
    await cordon(started, '*')
    expect(await createTopic(started, 'more')).toBe(ErrorCode.InvalidReplicationFactor)
    await cordon(started, '')
    expect(await createTopic(started, 'more')).toBe(ErrorCode.None)
  })

  test('must be in log.dirs', async () => {
    const started = await startOnDisks()
    expect(await cordon(started, '/one/1,/nope')).toEqual({
      errorCode: ErrorCode.InvalidRequest,
      errorMessage:
        'requirement failed: All entries in cordoned.log.dirs must be present in log.dirs or log.dir. Missing entries : /nope',
    })
  })
})

describe('a log directory that fails', () => {
  test('answers KAFKA_STORAGE_ERROR for its partitions, and the others continue', async () => {
    const started = await startOnDisks()
    const { fileSystem, call } = started
    for (let partition = 0; partition < 6; partition++) await produceTo(started, partition)
    breakDisk(fileSystem, '/two', { code: 'ENOSPC', operations: ['write', 'create'] })
    expect(await produceTo(started, 1)).toMatchObject({
      errorCode: ErrorCode.KafkaStorageError,
      baseOffset: -1,
    })
    for (const partition of [1, 4]) {
      expect(await produceTo(started, partition)).toMatchObject({ errorCode: 56 })
      expect(await fetchOne(started, 'orders', { partition })).toMatchObject({ errorCode: 56 })
      const found = await listOffset(started, 'orders', -1, { partitionIndex: partition })
      expect(found).toMatchObject({ errorCode: 56, offset: -1 })
      const asked = [{ partition, currentLeaderEpoch: -1, leaderEpoch: 0 }]
      const request = { replicaId: -1, topics: [{ topic: 'orders', partitions: asked }] }
      const { topics } = await call(OffsetForLeaderEpoch, 4, request)
      expect(topics[0]!.partitions[0]).toMatchObject({ errorCode: 56, endOffset: -1 })
    }
    expect(await produceTo(started, 2)).toMatchObject({ errorCode: 0, baseOffset: 1 })
    expect((await contents(started)).map((found) => found === 56)).toEqual(
      [0, 1, 2, 3, 4, 5].map((partition) => partition % 3 === 1),
    )
  })

  test('leaves its partitions without a leader, and their replica offline', async () => {
    const started = await startOnDisks()
    breakDisk(started.fileSystem, '/two')
    await produceTo(started, 1)
    await settle()
    expect(await partitionOf(started, 'orders', 0)).toEqual({
      errorCode: ErrorCode.None,
      leaderId: 1,
      isrNodes: [1],
      offlineReplicas: [],
    })
    expect(await partitionOf(started, 'orders', 4)).toEqual({
      errorCode: ErrorCode.LeaderNotAvailable,
      leaderId: -1,
      isrNodes: [],
      offlineReplicas: [1],
    })
    const { topics } = await started.call(DescribeTopicPartitions, 0, {
      topics: [{ name: 'orders' }],
      responsePartitionLimit: 10,
      cursor: null,
    })
    expect(topics[0]!.partitions[1]).toMatchObject({
      errorCode: ErrorCode.None,
      leaderId: -1,
      leaderEpoch: 1,
      eligibleLeaderReplicas: [1],
      lastKnownElr: [1],
      offlineReplicas: [1],
    })
  })

  test('is reported as offline, and gets no new partitions', async () => {
    const started = await startOnDisks()
    breakDisk(started.fileSystem, '/two')
    await produceTo(started, 1)
    await settle()
    await createTopic(started, 'more', { partitions: 2 })
    expect(await directoriesOf(started)).toEqual([
      ['/one/1', ErrorCode.None, 'more-0 orders-0 orders-3'],
      ['/two/1', ErrorCode.KafkaStorageError, ''],
      ['/three/1', ErrorCode.None, 'more-1 orders-2 orders-5'],
    ])
    const { results } = await started.call(DescribeLogDirs, 4, { topics: null })
    expect(results[1]).toMatchObject({ totalBytes: -1, usableBytes: -1 })
  })

  test('answers all operations that wait for its partitions', async () => {
    const started = await startOnDisks()
    const waiting = fetchOne(
      await started.connect(),
      'orders',
      { partition: 4 },
      { maxWaitMs: 10_000 },
    )
    await settle()
    breakDisk(started.fileSystem, '/two')
    await produceTo(started, 1)
    expect(await waiting).toMatchObject({ errorCode: ErrorCode.KafkaStorageError })
  })

  test('sends its groups to another coordinator, which does not exist', async () => {
    const started = await startOnDisks()
    await coordinatorOf(started, 'any')
    const [inOne, inTwo] = await groupsByDirectory(started)
    const [, groupId] = await groupsByDirectory(started, 'members')
    const member = await stableGroup(started, groupId!)
    breakDisk(started.fileSystem, '/two')
    expect(await commit(started, inTwo!)).toBe(ErrorCode.NotCoordinator)
    await settle()
    expect(await coordinatorOf(started, inTwo!)).toBe(-1)
    const beat = await started.call(Heartbeat, 3, { groupId: groupId!, ...member })
    expect(beat.errorCode).toBe(ErrorCode.NotCoordinator)
    expect(await commit(started, inOne!)).toBe(ErrorCode.None)
  })

  test.each<[string, Partial<FileFault>, (started: ClusterOn) => Promise<unknown>]>([
    [
      'when a checkpoint cannot be written',
      { operations: ['rename'] },
      ({ clock }) => clock.advance(5000),
    ],
    [
      'when a deleted partition cannot be renamed',
      { operations: ['rename'] },
      (started) => deleteTopic(started, 'orders'),
    ],
    [
      'when a segment cannot be read',
      { operations: ['read'] },
      (started) => fetchOne(started, 'orders', { partition: 1 }),
    ],
  ])('%s is offline', async (_, fault, act) => {
    const started = await startOnDisks()
    await produceTo(started, 1)
    breakDisk(started.fileSystem, '/two', fault)
    await act(started)
    await settle()
    const codes = (await directoriesOf(started)).map(([, errorCode]) => errorCode)
    expect(codes).toEqual([ErrorCode.None, ErrorCode.KafkaStorageError, ErrorCode.None])
  })

  test('is not changed on close, and completely served after a restart with free space', async () => {
    const first = await startOnDisks()
    const { fileSystem } = first
    await coordinatorOf(first, 'any')
    const groups = await groupsByDirectory(first)
    for (const group of groups) await commit(first, group)
    for (let partition = 0; partition < 6; partition++) await produceTo(first, partition)
    const fault = { code: 'ENOSPC', operations: ['write', 'create'], effect: 'half' } as const
    const heal = breakDisk(fileSystem, '/two', fault)
    await produceTo(first, 1)
    const untouched = fileSystem.operations
    await first.cluster.close()
    expect(fileSystem.operations).toBeGreaterThan(untouched)
    expect(fileSystem.exists('/one/1/.kafka_cleanshutdown')).toBe(true)
    expect(fileSystem.exists('/two/1/.kafka_cleanshutdown')).toBe(false)
    expect(fileSystem.exists('/two/1/recovery-point-offset-checkpoint')).toBe(false)
    heal()
    const second = await startOnDisks(fileSystem)
    expect(await contents(second)).toEqual([0, 1, 2, 3, 4, 5].map((index) => [`to ${index}`]))
    expect(await partitionOf(second, 'orders', 1)).toMatchObject({ leaderId: 1, isrNodes: [1] })
    for (const group of groups) expect(await coordinatorOf(second, group)).toBe(1)
    expect(await produceTo(second, 1)).toMatchObject({ errorCode: 0, baseOffset: 1 })
  })

  test('on close gets no clean shutdown marker, and nothing else happens', async () => {
    const first = await startOnDisks()
    const { fileSystem } = first
    for (let partition = 0; partition < 6; partition++) await produceTo(first, partition)
    const heal = breakDisk(fileSystem, '/two', { operations: ['sync'] })
    await first.cluster.close()
    await settle()
    expect(fileSystem.exists('/one/1/.kafka_cleanshutdown')).toBe(true)
    expect(fileSystem.exists('/two/1/.kafka_cleanshutdown')).toBe(false)
    heal()
    const second = await startOnDisks(fileSystem)
    expect(await contents(second)).toEqual([0, 1, 2, 3, 4, 5].map((index) => [`to ${index}`]))
  })

  test('before the start does not affect the others, until it is available again', async () => {
    const first = await startOnDisks()
    for (let partition = 0; partition < 6; partition++) await produceTo(first, partition)
    await first.cluster.close()
    const heal = breakDisk(first.fileSystem, '/two')
    const second = await startOnDisks(first.fileSystem)
    expect((await directoriesOf(second)).map(([, errorCode]) => errorCode)).toEqual([0, 56, 0])
    expect(await partitionOf(second, 'orders', 1)).toMatchObject({
      errorCode: ErrorCode.LeaderNotAvailable,
      offlineReplicas: [1],
    })
    expect((await contents(second)).map((found) => Array.isArray(found))).toEqual(
      [0, 1, 2, 3, 4, 5].map((partition) => partition % 3 !== 1),
    )
    await second.cluster.close()
    heal()
    const third = await startOnDisks(first.fileSystem)
    expect(await contents(third)).toEqual([0, 1, 2, 3, 4, 5].map((index) => [`to ${index}`]))
  })
})

describe('the log directory of the metadata log', () => {
  test('that fails closes its broker, and nothing else', async () => {
    const fileSystem = new FaultyFileSystem(new MemoryFileSystem())
    const started = await startClusterOn(fileSystem, ['/one', '/two'], {
      brokers: 2,
      topics: [{ name: 'orders', partitions: 4 }],
    })
    const second = await started.connect(2)
    const led = await partitionLedBy(second, 2)
    const first = await started.connect(1)
    fileSystem.inject({ code: 'EIO', isAffected: (path) => path.startsWith('/one/1') })
    expect(await createTopic(first, 'more')).toBe(ErrorCode.RequestTimedOut)
    await first.closed()
    // The controller has moved.
    expect(await createTopic(second, 'more')).toBe(ErrorCode.None)
    expect(await produceTo(second, led)).toMatchObject({ errorCode: ErrorCode.None })
    expect((await directoriesOf(second)).map(([, errorCode]) => errorCode)).toEqual([0, 0])
    await started.cluster.close()
    fileSystem.heal()
    const again = await startClusterOn(fileSystem, ['/one', '/two'], { brokers: 2 })
    const read = await fetchOne(await again.connect(2), 'orders', { partition: led })
    expect(valuesOf(read.records)).toEqual([`to ${led}`])
    expect(await createTopic(again, 'more')).toBe(ErrorCode.TopicAlreadyExists)
  })

  test('that cannot be opened is an error of the start', async () => {
    const fileSystem = new FaultyFileSystem(new MemoryFileSystem())
    breakDisk(fileSystem, '/one')
    await expect(startOnDisks(fileSystem)).rejects.toMatchObject({
      code: 'DATA_DIRECTORY_UNUSABLE',
      message: expect.stringContaining('EIO'),
    })
  })

  test('is found in any directory, also when the first one cannot be used', async () => {
    const first = await startOnDisks()
    for (let partition = 0; partition < 6; partition++) await produceTo(first, partition)
    await first.cluster.close()
    const { fileSystem } = first
    const disks = [DISKS[1]!, DISKS[0]!, DISKS[2]!]
    const options = { config: { 'offsets.topic.num.partitions': 3 } }
    for (const isBroken of [false, true]) {
      if (isBroken) breakDisk(fileSystem, '/two')
      const again = await startClusterOn(fileSystem, disks, options)
      expect((await contents(again)).map((found) => Array.isArray(found))).toEqual(
        [0, 1, 2, 3, 4, 5].map((partition) => !isBroken || partition % 3 !== 1),
      )
      expect(await createTopic(again, `more-${isBroken}`)).toBe(ErrorCode.None)
      await again.cluster.close()
    }
  })

  test('is not created again if it may be in a directory that cannot be read', async () => {
    const first = await startOnDisks()
    await first.cluster.close()
    const { fileSystem } = first
    const heal = breakDisk(fileSystem, '/one')
    const disks = [DISKS[1]!, DISKS[0]!]
    await expect(startClusterOn(fileSystem, disks)).rejects.toMatchObject({
      code: 'DATA_DIRECTORY_UNUSABLE',
      message: expect.stringMatching(
        /\/one\/1 cannot be used .*EIO.*no other directory has the metadata log/,
      ),
    })
    heal()
    expect(fileSystem.list('/two/1')).not.toContain('__cluster_metadata-0')
    await startOnDisks(fileSystem)
  })

  test('that cannot be written is an error of the start', async () => {
    const fileSystem = new FaultyFileSystem(new MemoryFileSystem())
    const first = await startOnDisks(fileSystem)
    await first.cluster.close()
    fileSystem.inject({ code: 'ENOSPC', isAffected: (path) => path.includes('metadata-0') })
    await expect(startOnDisks(fileSystem)).rejects.toMatchObject({
      code: 'DATA_DIRECTORY_UNUSABLE',
    })
  })
})

test('a broker whose last log directory fails is closed and fenced, and onBrokerFailure is called', async () => {
  const fileSystem = new FaultyFileSystem(new MemoryFileSystem())
  const failures: BrokerFailure[] = []
  const started = await startClusterOn(fileSystem, ['/one'], {
    brokers: 2,
    topics: [{ name: 'orders', partitions: 2 }],
    onBrokerFailure: (failure) => failures.push(failure),
  })
  const second = await started.connect(2)
  const led = await partitionLedBy(second, 2)
  fileSystem.inject({ code: 'EIO', isAffected: (path) => path.startsWith('/one/2') })
  expect(await produceTo(second, led)).toMatchObject({ errorCode: ErrorCode.KafkaStorageError })
  await second.closed()
  expect(failures).toEqual([
    { id: 2, reason: expect.stringMatching(/^\/one\/2 has failed: EIO/) as string },
  ])
  expect(await partitionOf(started, 'orders', led)).toEqual({
    errorCode: ErrorCode.LeaderNotAvailable,
    leaderId: -1,
    isrNodes: [],
    offlineReplicas: [2],
  })
  expect(await produceTo(started, 1 - led)).toMatchObject({ errorCode: ErrorCode.None })
})

test('a full disk takes its directory offline, and all acknowledged records are served when it has space again', async ({
  skip,
}) => {
  const mounted = mountOfOneMegabyte()
  if (mounted === undefined) return skip('no file system can be mounted here')
  const fileSystem = new DiskFileSystem()
  const disks = [temporaryRoot(), mounted, temporaryRoot()]
  const first = await startClusterOn(fileSystem, disks, {
    topics: [{ name: 'orders', partitions: 3 }],
  })
  const large = batch(['x'.repeat(100_000)])
  let acknowledged = 0
  for (;;) {
    const { errorCode } = await produce(first, 'orders', large.slice(), { partition: 1 })
    if (errorCode === ErrorCode.KafkaStorageError) break
    expect(errorCode).toBe(ErrorCode.None)
    acknowledged++
  }
  expect(acknowledged).toBeGreaterThan(5)
  await settle()
  expect((await directoriesOf(first)).map(([, errorCode]) => errorCode)).toEqual([0, 56, 0])
  expect(await produceTo(first, 0)).toMatchObject({ errorCode: ErrorCode.None })
  await first.cluster.close()
  execFileSync(MOUNT, ['-o', 'remount,size=8m', mounted])
  const second = await startClusterOn(fileSystem, disks)
  const end = await listOffset(second, 'orders', -1, { partitionIndex: 1 })
  expect(end).toMatchObject({ errorCode: 0, offset: acknowledged })
  expect(await produceTo(second, 1)).toMatchObject({ errorCode: 0, baseOffset: acknowledged })
  await second.cluster.close()
})

/** Of broker 1, the first group that is kept in each directory. */
async function groupsByDirectory(caller: Caller, name = 'group'): Promise<string[]> {
  const { results } = await caller.call(DescribeLogDirs, 4, { topics: null })
  const partitions = results.map(
    ({ topics }) =>
      topics.find((topic) => topic.name === '__consumer_offsets')!.partitions[0]!.partitionIndex,
  )
  return partitions.map((partition) => {
    for (let index = 0; ; index++) {
      const group = `${name}-${index}`
      if (partitionOfGroup(group) === partition) return group
    }
  })
}

/** By Java's hash of the name, of 3 partitions. */
function partitionOfGroup(group: string): number {
  let hash = 0
  for (const character of group) hash = (31 * hash + character.charCodeAt(0)) | 0
  return (hash & 0x7fffffff) % 3
}

async function partitionLedBy(caller: Caller, brokerId: number): Promise<number> {
  const request = metadataRequest([{ name: null, topicId: await topicId(caller, 'orders') }])
  const { topics } = await caller.call(Metadata, 12, request)
  return topics[0]!.partitions.find(({ leaderId }) => leaderId === brokerId)!.partitionIndex
}

/** Mounts a separate file system; returns `undefined` if that is not allowed. */
function mountOfOneMegabyte(): string | undefined {
  const path = join(temporaryRoot(), 'full')
  try {
    new DiskFileSystem().makeDirectory(path)
    execFileSync(MOUNT, ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  onTestFinished(() => {
    execFileSync(UNMOUNT, [path])
  })
  return path
}
