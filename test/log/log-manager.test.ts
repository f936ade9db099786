import { describe, expect, test } from 'vitest'
import { LogManager } from '../../src/log/log-manager.ts'
import type { LogManagerOptions } from '../../src/log/log-manager-types.ts'
import { defaultLogConfig } from '../../src/log/log-config.ts'
import { ManualClock } from '../../src/platform/manual-clock.ts'
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts'
import { SeededRandom } from '../../src/platform/random.ts'
import { systemTurn } from '../../src/platform/turn.ts'
import { append, clusterId, LogKit, readAll, topicId } from './log-kit.ts'

const text = (fileSystem: MemoryFileSystem, path: string) =>
  Buffer.from(fileSystem.readFile(path)).toString()

function managerOf(
  fileSystem: MemoryFileSystem,
  options: Partial<LogManagerOptions> = {},
): LogManager {
  return new LogManager({
    logDirs: ['/data'],
    fileSystem,
    clock: new ManualClock(),
    random: new SeededRandom(2),
    turn: systemTurn,
    brokerId: 1,
    clusterId,
    ...options,
  })
}

const ordersIn = (kit: LogKit) =>
  kit.fileSystem.list('/data').filter((name) => name.startsWith('orders'))

describe('a log directory', () => {
  test('is formatted once with cluster, node and directory id', () => {
    const fileSystem = new MemoryFileSystem()
    const first = managerOf(fileSystem)
    first.open()
    const { directoryId } = first.logDirs()[0]!
    expect(text(fileSystem, '/data/meta.properties')).toBe(
      `#\nnode.id=1\nversion=1\ncluster.id=${clusterId}\ndirectory.id=${directoryId}\n`,
    )
    first.close()
    const second = managerOf(fileSystem, { clusterId: 'anotherClusterIdOf22ch' })
    second.open()
    expect(second.clusterId).toBe(clusterId)
    expect(second.logDirs()[0]?.directoryId).toBe(directoryId)
  })

  test('is refused if it has the metadata log but no ids', () => {
    const fileSystem = new MemoryFileSystem()
    const manager = managerOf(fileSystem)
    manager.open()
    append(manager.getOrCreate('__cluster_metadata', 0, topicId, defaultLogConfig), ['a'])
    manager.close()
    fileSystem.remove('/data/meta.properties')
    expect(() => managerOf(fileSystem).open()).toThrow('meta.properties is missing')
  })

  test('causes a warning if it has partitions but no id', () => {
    for (const spoil of [undefined, 'version=1\nnode.id=1\ncluster.id=T2RyYWRla09yYWNsZTAwMQ\n']) {
      const kit = new LogKit()
      append(kit.log(), ['a'])
      kit.manager.close()
      expect(kit.warnings).toEqual([])
      if (spoil === undefined) kit.fileSystem.remove('/data/meta.properties')
      else kit.fileSystem.writeFile('/data/meta.properties', spoil)
      kit.crash()
      expect(kit.warnings).toEqual([
        expect.stringContaining('/data/meta.properties has no directory.id'),
      ])
    }
  })

  test('of another broker, or of another cluster than the others, is refused and left unlocked', () => {
    const fileSystem = new MemoryFileSystem()
    const owner = managerOf(fileSystem)
    owner.open()
    owner.close()
    expect(() => managerOf(fileSystem, { brokerId: 2 }).open()).toThrow('belongs to broker 1')
    const other = managerOf(fileSystem, {
      logDirs: ['/other'],
      clusterId: 'anotherClusterIdOf22ch',
    })
    other.open()
    other.close()
    expect(() => managerOf(fileSystem, { logDirs: ['/data', '/other'] }).open()).toThrow(
      '/other belongs to cluster anotherClusterIdOf22ch',
    )
    managerOf(fileSystem).open()
  })

  test('can be opened only once at a time', () => {
    const fileSystem = new MemoryFileSystem()
    const manager = managerOf(fileSystem)
    manager.open()
    expect(() => managerOf(fileSystem, { logDirs: ['/new', '/data'] }).open()).toThrow('ELOCKED')
    manager.close()
    manager.close()
    managerOf(fileSystem, { logDirs: ['/new', '/data'] }).open()
  })

  test('has a marker when everything was closed cleanly', () => {
    const kit = new LogKit()
    append(kit.log(), ['a'])
    const marker = '/data/.kafka_cleanshutdown'
    kit.manager.close()
    expect(text(kit.fileSystem as MemoryFileSystem, marker)).toBe('{"version":0,"brokerEpoch":-1}')
    kit.restart()
    expect(kit.fileSystem.exists(marker)).toBe(false)
    kit.crash()
    kit.manager.close()
    expect(kit.fileSystem.exists(marker)).toBe(false)
    kit.restart()
    kit.log()
    kit.manager.close()
    expect(kit.fileSystem.exists(marker)).toBe(true)
  })
})

describe('logs', () => {
  test('are found again by the directories of their partitions', () => {
    const kit = new LogKit()
    append(kit.log({}, 'orders', 3), ['a'])
    append(kit.log({}, 'a-b.c', 0), ['b'])
    kit.log({}, 'idle')
    kit.restart()
    expect(kit.manager.get('orders', 3)).toBeUndefined()
    expect(kit.manager.storedPartitions()).toEqual([
      { topic: 'a-b.c', partition: 0, topicId, directory: '/data/a-b.c-0', hadCleanShutdown: true },
      {
        topic: 'orders',
        partition: 3,
        topicId,
        directory: '/data/orders-3',
        hadCleanShutdown: true,
      },
    ])
    expect(readAll(kit.log({}, 'orders', 3))).toEqual([[0, 'a']])
    expect(kit.manager.storedPartitions().length).toBe(1)
    expect([...kit.manager.logs()]).toEqual([kit.manager.get('orders', 3)])
  })

  test('that are not opened keep their checkpoints', () => {
    const kit = new LogKit()
    append(kit.log(), ['a', 'b', 'c'])
    kit.log().advanceLogStartOffset(2)
    kit.restart()
    kit.restart()
    expect([kit.log().logStartOffset, kit.log().highWatermark]).toEqual([2, 3])
  })

  test('of an earlier topic with the same name are renamed to strays', () => {
    const kit = new LogKit()
    append(kit.log(), ['old'])
    kit.restart()
    const log = kit.manager.getOrCreate('orders', 0, 'AnotherTopicIdOf22char', defaultLogConfig)
    expect(log.logEndOffset).toBe(0)
    expect(kit.files()).toEqual([])
    const [stray] = ordersIn(kit)
    expect(stray).toMatch(/^orders-0\.[0-9a-f]{32}-stray$/)
    expect(kit.fileSystem.list(`/data/${stray}`)).toContain('00000000000000000000.log')
    expect(kit.warnings[0]).toContain(`renamed it to /data/${stray}`)
    kit.restart()
    expect(kit.manager.storedPartitions()).toEqual([])
  })

  test('that do not belong to this broker are renamed to strays', () => {
    const kit = new LogKit()
    append(kit.log(), ['a'])
    append(kit.log({}, 'orders', 1), ['b'])
    kit.restart()
    kit.manager.setAsideStrays(({ partition }) => partition === 0)
    expect(kit.manager.storedPartitions().map(({ directory }) => directory)).toEqual([
      '/data/orders-1',
    ])
    expect(ordersIn(kit)).toEqual([expect.stringMatching(/-stray$/), 'orders-1'])
  })

  test('are deleted: their files after the delay, or at the next start', async () => {
    const kit = new LogKit()
    append(kit.log(), ['a'])
    append(kit.log({}, 'orders', 1), ['b'])
    kit.manager.delete('orders', 0)
    kit.manager.delete('orders', 0)
    expect(kit.manager.get('orders', 0)).toBeUndefined()
    const renamed = expect.stringMatching(/^orders-0\.[0-9a-f]{32}-delete$/)
    expect(ordersIn(kit)).toEqual([renamed, 'orders-1'])
    await kit.clock.advance(59_999)
    expect(ordersIn(kit)).toEqual([renamed, 'orders-1'])
    await kit.clock.advance(1)
    expect(ordersIn(kit)).toEqual(['orders-1'])
    kit.restart()
    kit.manager.delete('orders', 1)
    kit.restart()
    expect(ordersIn(kit)).toEqual([])
  })

  test('spread over the log directories', () => {
    const kit = new LogKit({ logDirs: ['/one', '/two'] })
    for (let partition = 0; partition < 4; partition++)
      append(kit.log({}, 'orders', partition), ['a'])
    const counts = () => kit.manager.logDirs().map(({ path, logs }) => [path, logs.length])
    expect(counts()).toEqual([
      ['/one', 2],
      ['/two', 2],
    ])
    kit.restart()
    expect(kit.manager.storedPartitions().length).toBe(4)
    expect(readAll(kit.log({}, 'orders', 3))).toEqual([[0, 'a']])
    expect(kit.manager.get('orders', 3)?.directory).toBe('/two/orders-3')
  })
})

describe('checkpoints', () => {
  test('are written some seconds after an offset has moved, and not while idle', async () => {
    const kit = new LogKit()
    const file = '/data/replication-offset-checkpoint'
    append(kit.log(), ['a', 'b'])
    await kit.clock.advance(4999)
    expect(kit.fileSystem.exists(file)).toBe(false)
    await kit.clock.advance(1)
    expect(text(kit.fileSystem as MemoryFileSystem, file)).toBe('0\n1\norders 0 2\n')
    kit.fileSystem.remove(file)
    await kit.clock.advance(60_000)
    expect(kit.fileSystem.exists(file)).toBe(false)
  })

  test('are written on close, with the log start offset if it is above the first segment', () => {
    const kit = new LogKit()
    append(kit.log(), ['a', 'b', 'c'])
    append(kit.log({}, 'orders', 1), ['a'])
    kit.log().advanceLogStartOffset(2)
    kit.manager.close()
    const content = (name: string) => text(kit.fileSystem as MemoryFileSystem, `/data/${name}`)
    expect(content('recovery-point-offset-checkpoint')).toBe('0\n2\norders 0 3\norders 1 1\n')
    expect(content('replication-offset-checkpoint')).toBe('0\n2\norders 0 3\norders 1 1\n')
    expect(content('log-start-offset-checkpoint')).toBe('0\n1\norders 0 2\n')
  })

  test('that cannot be read are ignored', () => {
    const kit = new LogKit()
    append(kit.log(), ['a'])
    kit.manager.close()
    kit.fileSystem.writeFile('/data/recovery-point-offset-checkpoint', '7\n')
    kit.fileSystem.writeFile('/data/replication-offset-checkpoint', '0\n5\norders 0 1\n')
    kit.restart()
    expect(readAll(kit.log())).toEqual([[0, 'a']])
    expect(kit.warnings.length).toBe(2)
  })

  test.each(['recovery-point', 'replication', 'log-start'])(
    'that are missing, empty or truncated cause a warning: %s',
    (name) => {
      const path = `/data/${name}-offset-checkpoint`
      const fileSystem = new MemoryFileSystem()
      const kit = new LogKit({ fileSystem })
      expect(kit.warnings).toEqual([])
      for (let i = 0; i < 3; i++) append(kit.log({ segmentBytes: 100 }), [`${i}`])
      kit.log().updateHighWatermark(3)
      kit.log().advanceLogStartOffset(1)
      kit.restart()
      expect(kit.warnings).toEqual([])
      const whole = Buffer.from(fileSystem.readFile(path))
      for (let length = -1; length < whole.length; length++) {
        kit.manager.close()
        if (length < 0) fileSystem.remove(path)
        else fileSystem.writeFile(path, whole.subarray(0, length))
        kit.warnings.length = 0
        kit.crash()
        expect(kit.warnings).toEqual([expect.stringContaining(path)])
      }
    },
  )

  test('that are missing after the first crash cause no warning', () => {
    const kit = new LogKit()
    append(kit.log(), ['a'])
    kit.crash()
    kit.log()
    expect(kit.warnings).toEqual([])
  })

  test('of producers that are missing cause a warning if there are producers', () => {
    for (const producer of [{}, { producerId: 7, producerEpoch: 0, baseSequence: 0 }]) {
      const kit = new LogKit()
      append(kit.log(), ['a'], producer)
      kit.manager.close()
      const snapshots = kit.files().filter((name) => name.endsWith('.snapshot'))
      expect(snapshots).toHaveLength(1)
      kit.fileSystem.remove(`/data/orders-0/${snapshots[0]}`)
      kit.crash()
      kit.log()
      const expected = 'producerId' in producer ? [expect.stringContaining('the producers of')] : []
      expect(kit.warnings).toEqual(expected)
    }
  })
})
