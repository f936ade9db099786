import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  readOffsetCheckpoint,
  writeOffsetCheckpoint,
} from '../../../src/log/files/checkpoint-file.ts'
import { LeaderEpochs } from '../../../src/log/leader-epochs.ts'
import { partitionOfDirectoryName, renamedDirectoryName } from '../../../src/log/log-file-names.ts'
import { readMetaProperties } from '../../../src/log/files/meta-properties.ts'
import {
  readPartitionMetadata,
  writePartitionMetadata,
} from '../../../src/log/files/partition-metadata.ts'
import {
  decodeProducerSnapshot,
  encodeProducerSnapshot,
} from '../../../src/log/producer/producer-snapshot.ts'
import { crc32c } from '../../../src/platform/crc32c.ts'
import { MemoryFileSystem } from '../../../src/platform/memory-file-system.ts'
import { sharedData } from '../../support/shared-data.ts'

const text = (fileSystem: MemoryFileSystem, path: string) =>
  Buffer.from(fileSystem.readFile(path)).toString()

describe('an offset checkpoint', () => {
  test('is a version, a count and a line per partition', () => {
    const fileSystem = new MemoryFileSystem()
    const offsets = new Map([
      ['a.b-c 0', 12],
      ['d 3', 0],
    ])
    for (const durability of ['synced', 'pageCache'] as const) {
      writeOffsetCheckpoint(fileSystem, '/checkpoint', offsets, durability)
      expect(text(fileSystem, '/checkpoint')).toBe('0\n2\na.b-c 0 12\nd 3 0\n')
      expect(readOffsetCheckpoint(fileSystem, '/checkpoint')).toEqual(offsets)
    }
    expect(fileSystem.list('/')).toEqual(['checkpoint'])
    expect(readOffsetCheckpoint(fileSystem, '/none')).toEqual(new Map())
    fileSystem.writeFile('/empty', '')
    expect(readOffsetCheckpoint(fileSystem, '/empty')).toEqual(new Map())
  })

  test.each([
    '1\n0\n',
    '0\n2\na 0 1\n',
    '0\n1\na 0\n',
    '0\n1\na 0 x\n',
    '0\nx\n',
    '0\n1\na 0 1',
    '0\n',
    '0\n1\na x 1\n',
  ])('is refused when it is malformed: %j', (content) => {
    const fileSystem = new MemoryFileSystem()
    fileSystem.writeFile('/checkpoint', content)
    expect(() => readOffsetCheckpoint(fileSystem, '/checkpoint')).toThrow('/checkpoint')
  })
})

describe('leader epochs', () => {
  const epochsOf = (...entries: [number, number][]) => {
    const fileSystem = new MemoryFileSystem()
    const epochs = new LeaderEpochs(fileSystem, '/', 'pageCache')
    for (const [epoch, offset] of entries) epochs.assign(epoch, offset)
    return { epochs, file: () => text(fileSystem, '/leader-epoch-checkpoint'), fileSystem }
  }

  test('are written when they are assigned and read again', () => {
    const { file, fileSystem } = epochsOf([0, 0], [0, 5], [2, 10])
    expect(file()).toBe('0\n2\n0 0\n2 10\n')
    const loaded = new LeaderEpochs(fileSystem, '/', 'pageCache')
    loaded.load()
    expect(loaded.latestEpoch).toBe(2)
    expect([
      loaded.epochForOffset(-1),
      loaded.epochForOffset(9),
      loaded.epochForOffset(10),
    ]).toEqual([-1, 0, 2])
  })

  test('that a later assignment contradicts are dropped', () => {
    expect(epochsOf([1, 0], [3, 10], [2, 12]).file()).toBe('0\n2\n1 0\n2 12\n')
    expect(epochsOf([1, 0], [3, 10], [4, 10]).file()).toBe('0\n2\n1 0\n4 10\n')
    expect(epochsOf([1, 5], [1, 2]).file()).toBe('0\n1\n1 2\n')
  })

  test('are truncated with the log at both ends', () => {
    const { epochs, file } = epochsOf([0, 0], [1, 10], [2, 20])
    epochs.truncateFromEnd(20)
    expect(file()).toBe('0\n2\n0 0\n1 10\n')
    epochs.truncateFromStart(5)
    expect(file()).toBe('0\n2\n0 5\n1 10\n')
    epochs.truncateFromStart(10)
    expect(file()).toBe('0\n1\n1 10\n')
    expect(epochs.endOffsetFor(1, 15)).toEqual({ epoch: 1, endOffset: 15 })
    expect(epochs.endOffsetFor(0, 15)).toEqual({ epoch: 0, endOffset: 10 })
    epochs.clear()
    expect(epochs.endOffsetFor(1, 15)).toEqual({ epoch: -1, endOffset: -1 })
  })
})

describe('a producer snapshot', () => {
  const vectors = sharedData('vectors-internal.jsonl')

  test.skipIf(vectors === undefined)("is Kafka's to the byte (needs the shared vectors)", () => {
    const full = readFileSync(vectors!, 'utf8')
      .split('\n')
      .filter((line) => line.includes('"api":"ProducerSnapshot"'))
      .map((line) => JSON.parse(line) as { fill: string; hex: string })
      .find(({ fill }) => fill === 'full')!
    const bytes = Buffer.concat([Buffer.from([0, 1]), Buffer.from(full.hex, 'hex')])
    bytes.writeUInt32BE(crc32c(bytes, 6), 2)
    const producers = decodeProducerSnapshot(bytes)
    expect(producers.map(({ producerEpoch }) => producerEpoch)).toEqual([260, 269])
    expect(Buffer.from(encodeProducerSnapshot(producers)).equals(bytes)).toBe(true)
  })

  test('without producers is ten bytes; a flipped bit is detected', () => {
    const bytes = encodeProducerSnapshot([])
    expect(bytes.length).toBe(10)
    expect(decodeProducerSnapshot(bytes)).toEqual([])
    bytes[9] = 1
    expect(() => decodeProducerSnapshot(bytes)).toThrow('CRC')
    bytes[1] = 2
    expect(() => decodeProducerSnapshot(bytes)).toThrow('version')
  })
})

describe('small files', () => {
  test("partition.metadata has Kafka's format", () => {
    const fileSystem = new MemoryFileSystem()
    expect(readPartitionMetadata(fileSystem, '/')).toBeUndefined()
    writePartitionMetadata(fileSystem, '/', 'HzpyqVWTQf-ogwHqX9oFRA', 'pageCache')
    expect(text(fileSystem, '/partition.metadata')).toBe(
      'version: 0\ntopic_id: HzpyqVWTQf-ogwHqX9oFRA',
    )
    expect(readPartitionMetadata(fileSystem, '/')).toBe('HzpyqVWTQf-ogwHqX9oFRA')
    fileSystem.writeFile('/partition.metadata', 'version: 1\n')
    expect(() => readPartitionMetadata(fileSystem, '/')).toThrow('malformed')
  })

  test('meta.properties is read as Java writes it', () => {
    const fileSystem = new MemoryFileSystem()
    expect(readMetaProperties(fileSystem, '/')).toBeUndefined()
    fileSystem.writeFile(
      '/meta.properties',
      '#\n#Sat Nov 21 05:45:00 UTC 2026\ncluster.id=T2RyYWRla09yYWNsZTAwMQ\nnode.id=4\nversion=1\n',
    )
    expect(readMetaProperties(fileSystem, '/')).toEqual({
      clusterId: 'T2RyYWRla09yYWNsZTAwMQ',
      nodeId: 4,
      directoryId: undefined,
    })
    fileSystem.writeFile('/meta.properties', 'version=0\nbroker.id=1\n')
    expect(() => readMetaProperties(fileSystem, '/')).toThrow('/meta.properties')
  })

  test('directory names contain topic and partition', () => {
    expect(partitionOfDirectoryName('a-b.c_D-12')).toEqual({ topic: 'a-b.c_D', partition: 12 })
    for (const name of [
      'orders',
      '-1',
      'orders-',
      'a b-1',
      'orders-1.0f-delete',
      'orders-1.0f-future',
    ]) {
      expect(partitionOfDirectoryName(name)).toBeUndefined()
    }
    const deleted = renamedDirectoryName('t'.repeat(249), 7, 'f'.repeat(32), '-delete')
    expect(deleted.length).toBe(255)
    expect(deleted.endsWith(`-7.${'f'.repeat(32)}-delete`)).toBe(true)
  })
})
