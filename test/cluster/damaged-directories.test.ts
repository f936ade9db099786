import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { getuid } from 'node:process'
import { gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  openDirectory,
  type OpenDirectoryOptions,
  type OpenProblem,
  startCluster,
} from '../../src/index.ts'
import { encodeBatch } from '../../src/record/batch-encoder.ts'
import { batchesOf } from '../../src/record/batch-view.ts'
import { connectTo, fetch, produce } from './support/requests.ts'
import { temporaryRoot } from './support/temporary-root.ts'
import { scaled } from '../support/scale.ts'

const FIRST = '00000000000000000000.log'
const SECOND = '00000000000000000003.log'
const THIRD = '00000000000000000006.log'

interface Made {
  /** The log directory of a cluster that was closed cleanly. */
  readonly data: string
  /** A copy of the partition's directory, taken while the broker was running. */
  readonly partition: string
}

/** Creates three segments of three batches of one record: `r0` to `r8`. */
async function made(topic = 'orders'): Promise<Made> {
  const root = temporaryRoot()
  const cluster = await startCluster({ dataDir: join(root, 'data'), topics: [{ name: topic }] })
  const connection = await connectTo(cluster.brokers[0]!)
  for (let record = 0; record < 9; record++) {
    if (record > 0 && record % 3 === 0) await cluster.topic(topic).partition(0).roll()
    await produce(connection, topic, [`r${record}`])
  }
  connection.close()
  await cluster.close()
  const data = join(root, 'data', '1')
  const partition = join(root, 'copy', `${topic}-0`)
  cpSync(join(data, `${topic}-0`), partition, { recursive: true })
  return { data, partition }
}

/** Changes the bytes of a file. */
function edit(path: string, change: (bytes: Buffer) => Uint8Array | void): void {
  const bytes = readFileSync(path)
  writeFileSync(path, change(bytes) ?? bytes)
}

/** Returns the positions of the batches of a file, and its size. */
function positionsIn(path: string): number[] {
  const bytes = readFileSync(path)
  const starts = [...batchesOf(bytes)].map(({ start }) => start)
  return [...starts, bytes.length]
}

function flip(path: string, batch: number, byte: number): void {
  const position = positionsIn(path)[batch]! + byte
  edit(path, (bytes) => {
    bytes[position]! ^= 1
  })
}

/** Returns the content of each file, to check that nothing changed. */
function contentOf(directory: string): [string, string][] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }): [string, string] => [
      join(parentPath, name),
      readFileSync(join(parentPath, name), 'base64'),
    ])
}

interface Opened {
  readonly problems: readonly OpenProblem[]
  readonly kinds: readonly string[]
  /** Offset and value of every readable record of partition 0, and the error that ends them. */
  readonly records: string[]
  readonly end: number
}

async function open(path: string, options: OpenDirectoryOptions = {}, topic = 'orders') {
  const cluster = await openDirectory(path, { logLevel: 'silent', ...options })
  onTestFinished(() => cluster.close())
  const connection = await connectTo(cluster.brokers[0]!)
  const records: string[] = []
  let end = 0
  for (let offset = 0; ;) {
    const answer = await fetch(connection, topic, offset)
    end = answer.highWatermark
    records.push(...answer.records.map((record) => `${record.offset}:${record.value}`))
    const last = answer.records.at(-1)
    if (last === undefined || last.offset + 1 >= end) break
    offset = last.offset + 1
  }
  const { problems } = cluster
  return { problems, kinds: problems.map(({ kind }) => kind), records, end } satisfies Opened
}

async function closed<C extends { close(): Promise<void> }>(cluster: C): Promise<C> {
  await cluster.close()
  return cluster
}

const all = Array.from({ length: 9 }, (_, record) => `${record}:r${record}`)
const without = (...offsets: number[]): string[] =>
  all.filter((_, offset) => !offsets.includes(offset))
const skip = { skipCorruptBatches: true }

describe('a valid directory', () => {
  test('has no problems with any depth of verification', async () => {
    const { data, partition } = await made()
    for (const path of [data, partition]) {
      for (const options of [{}, skip, { verify: 'tail' }, { verify: 'records' }] as const) {
        const { problems, records } = await open(path, options)
        expect(problems).toEqual([])
        expect(records).toEqual(all)
      }
    }
  })
})

/** Bytes of a batch: in its length, header, checksum and records. */
const places = { length: 11, header: 30, checksum: 18, records: 68 }

describe.each(Object.entries(places))('a flipped bit in the %s of a batch', (place, byte) => {
  test.each([0, 1, 2])('of the last segment, batch %i: the log ends before it', async (batch) => {
    const { partition } = await made()
    const path = join(partition, THIRD)
    const positions = positionsIn(path)
    flip(path, batch, byte)
    const before = contentOf(partition)
    const { problems, records, end } = await open(partition)
    expect(records).toEqual(all.slice(0, 6 + batch))
    expect(end).toBe(6 + batch)
    expect(problems).toEqual([
      {
        kind: place === 'length' && batch === 2 ? expect.any(String) : 'corruptBatch',
        path,
        topic: 'orders',
        partition: 0,
        position: positions[batch],
        offset: 6 + batch,
        nextOffset: batch < 2 ? 7 + batch : undefined,
        bytesNotServed: positions[3]! - positions[batch]!,
        message: expect.stringMatching(/not served.*The files are unchanged\.$/) as string,
      },
    ])
    expect(contentOf(partition)).toEqual(before)
  })

  test.each([FIRST, SECOND, THIRD])('of %s is skipped on request', async (name) => {
    for (const batch of [0, 1, 2]) {
      const { data, partition } = await made()
      const lost = Number.parseInt(name, 10) + batch
      for (const directory of [partition, join(data, 'orders-0')]) {
        const path = join(directory, name)
        const positions = positionsIn(path)
        flip(path, batch, byte)
        const { problems, records, end } = await open(directory, skip)
        expect(records).toEqual(without(lost))
        expect(end).toBe(lost === 8 ? 8 : 9)
        expect(problems).toMatchObject([
          {
            path,
            offset: lost,
            position: positions[batch],
            bytesNotServed: positions[batch + 1]! - positions[batch]!,
          },
        ])
      }
    }
  })

  test('of a middle segment stops consumers, as on Kafka', async () => {
    const { partition } = await made()
    flip(join(partition, SECOND), 1, byte)
    const { problems } = await openDirectory(partition, { logLevel: 'silent' }).then(closed)
    expect(problems).toMatchObject([{ kind: 'corruptBatch', offset: 4, nextOffset: 5 }])
    expect(problems[0]!.message).toMatch(/skipCorruptBatches/)
  })
})

test('a size beyond the end of the file is damage if other batches follow', async () => {
  const { partition } = await made()
  const path = join(partition, SECOND)
  const size = positionsIn(path)[1]! + 8
  edit(path, (bytes) => void bytes.writeUInt8(0x7f, size))
  const { problems, records } = await open(partition, skip)
  expect(problems).toMatchObject([{ kind: 'corruptBatch', offset: 4, nextOffset: 5 }])
  expect(problems[0]!.message).toMatch(/the size of the batch leads beyond the end of the file/)
  expect(records).toEqual(without(4))
})

test('a wrong offset is distinguished from the valid ones after it', async () => {
  const { partition } = await made()
  // Adds 2^16 to the base offset of the second batch, which its checksum does not cover.
  flip(join(partition, THIRD), 1, 5)
  const { problems, records } = await open(partition, skip)
  expect(records).toEqual(without(7))
  expect(problems).toMatchObject([{ kind: 'wrongOffset', offset: 7, nextOffset: 8 }])
})

test('batches that a recovery point lets Kafka check are followed by segments that it removes', async () => {
  const { data } = await made()
  rmSync(join(data, '.kafka_cleanshutdown'))
  writeFileSync(join(data, 'recovery-point-offset-checkpoint'), '0\n1\norders 0 0\n')
  flip(join(data, 'orders-0', FIRST), 1, places.records)
  const { kinds, records, problems } = await open(data)
  expect(kinds).toEqual(['corruptBatch', 'afterDamage', 'afterDamage'])
  expect(records).toEqual(['0:r0'])
  expect(problems[2]).toMatchObject({ path: join(data, 'orders-0', THIRD), offset: 6 })
  expect((await open(data, skip)).records).toEqual(without(1))
})

describe('the end of a segment', () => {
  test('that is torn or filled with zeros is not served', async () => {
    const { data, partition } = await made()
    for (const directory of [partition, join(data, 'orders-0')]) {
      const path = join(directory, THIRD)
      const [, , lastBatch] = positionsIn(path)
      edit(path, (bytes) => bytes.subarray(0, -5))
      for (const options of [{}, skip]) {
        const { kinds, records } = await open(directory, options)
        expect(kinds).toEqual(['tornBatch'])
        expect(records).toEqual(all.slice(0, 8))
      }
      edit(path, (bytes) => bytes.subarray(0, lastBatch))
      appendFileSync(path, Buffer.alloc(100_000))
      const { problems, records } = await open(directory)
      expect(problems).toMatchObject([{ kind: 'zeroFilled', offset: 8, bytesNotServed: 100_000 }])
      expect(records).toEqual(all.slice(0, 8))
    }
  })

  test('that is torn before another segment leaves a gap', async () => {
    const { partition } = await made()
    edit(join(partition, SECOND), (bytes) => bytes.subarray(0, -5))
    const { problems, records } = await open(partition, skip)
    expect(problems).toMatchObject([{ kind: 'tornBatch', offset: 5 }])
    expect(records).toEqual(without(5))
  })
})

describe('a file with the name of a segment', () => {
  test.each([
    ['text', Buffer.from('once upon a time\n'.repeat(50)), /text/],
    ['gzip', gzipSync(Buffer.from('records')), /gzip file: gunzip it first/],
    ['zeros', Buffer.alloc(5000), /zeros/],
  ])('that contains %s is not served, and the others are', async (_, content, message) => {
    for (const name of [FIRST, SECOND, THIRD]) {
      const { partition } = await made()
      writeFileSync(join(partition, name), content)
      for (const options of [{}, skip, { verify: 'tail' as const }]) {
        const { problems } = await open(partition, options)
        expect(problems).toMatchObject([
          { kind: 'notALog', bytesNotServed: content.length, position: 0 },
        ])
        expect(problems[0]!.message).toMatch(message)
      }
      const lost = Number.parseInt(name, 10)
      const { records } = await open(partition, skip)
      if (name !== FIRST) expect(records).toEqual(without(lost, lost + 1, lost + 2))
    }
  })

  test('whose offsets are not those of its batches is not served', async () => {
    const { partition } = await made()
    renameSync(join(partition, FIRST), join(partition, '00000000000000000100.log'))
    const { problems } = await open(partition)
    expect(problems).toMatchObject([
      { kind: 'wrongOffset', path: join(partition, '00000000000000000100.log'), offset: 100 },
      { kind: 'missingOffsets', offset: 9, nextOffset: 100 },
    ])
    expect(problems[0]!.message).toMatch(/offset 0, below the 100 of the file's name/)
  })

  test('that is missing between two others is reported', async () => {
    const { partition } = await made()
    rmSync(join(partition, SECOND))
    const { problems, records } = await open(partition)
    expect(problems).toMatchObject([{ kind: 'missingOffsets', offset: 3, nextOffset: 6 }])
    expect(records).toEqual(without(3, 4, 5))
  })

  test('that is a directory or a broken link does not affect the others', async () => {
    for (const make of [
      (path: string) => mkdirSync(path),
      (path: string) => symlinkSync('nowhere', path),
      (path: string) => symlinkSync(basename(path), path),
    ]) {
      const { partition } = await made()
      rmSync(join(partition, SECOND))
      make(join(partition, SECOND))
      const { kinds, records } = await open(partition)
      expect(kinds[0]).toBe('unreadable')
      expect(records).toEqual(without(3, 4, 5))
    }
  })
})

test('a compressed batch with an invalid payload and a valid checksum is skipped on request', async () => {
  const { partition } = await made()
  const path = join(partition, THIRD)
  const garbage = encodeBatch([{ value: Buffer.from('x'), timestamp: 0 }], {
    compression: 'gzip',
    baseOffset: 7,
  })
  const payload = Buffer.from(garbage)
  payload.fill(0xff, 61)
  const { BatchView } = await import('../../src/record/batch-view.ts')
  payload.writeUInt32BE(new BatchView(payload).computeChecksum(), 17)
  edit(path, (bytes) => {
    const [, second, third] = positionsIn(path)
    return Buffer.concat([bytes.subarray(0, second), payload, bytes.subarray(third)])
  })
  const { problems, records } = await open(partition, skip)
  expect(problems).toMatchObject([{ kind: 'corruptBatch', offset: 7, nextOffset: 8 }])
  expect(problems[0]!.message).toMatch(/records of the batch cannot be read/)
  expect(records).toEqual(without(7))
})

test('a transaction without an end, and a log start after the last record, are problems too', async () => {
  const { data, partition } = await made()
  const transactional = { producerId: 1, producerEpoch: 0, baseSequence: 0, isTransactional: true }
  const batch = encodeBatch([{ value: Buffer.from('r9'), timestamp: 0 }], {
    ...transactional,
    baseOffset: 9,
  })
  appendFileSync(join(partition, THIRD), batch)
  const { problems, records } = await open(partition)
  expect(records).toEqual([...all, '9:r9'])
  expect(problems).toMatchObject([{ kind: 'openTransaction', offset: 9, bytesNotServed: 0 }])
  writeFileSync(join(data, 'log-start-offset-checkpoint'), '0\n1\norders 0 500\n')
  const before = await open(data)
  expect(before.problems).toMatchObject([
    { kind: 'belowLogStart', path: join(data, 'orders-0'), offset: 500, topic: 'orders' },
  ])
  expect(before.problems[0]!.bytesNotServed).toBeGreaterThan(500)
})

test('an unknown magic is a damaged batch', async () => {
  const { partition } = await made()
  edit(join(partition, THIRD), (bytes) => {
    bytes[positionsIn(join(partition, THIRD))[1]! + 16] = 5
  })
  const { problems } = await open(partition)
  expect(problems).toMatchObject([{ kind: 'corruptBatch', offset: 7, nextOffset: 8 }])
  expect((await open(partition, skip)).records).toEqual(without(7))
})

describe('files with other names', () => {
  test.each([
    ['0.log', /rename it to 00000000000000000000\.log/],
    ['abc.log', /20 digits/],
    ['00000000000000000009.log.gz', /gunzip it first/],
    ['00000000000000000009.log.tar', /unpack it first/],
  ])('%s is reported as not served', async (name, message) => {
    const { data } = await made()
    writeFileSync(join(data, 'orders-0', name), 'something')
    const { problems, records } = await open(data)
    expect(problems).toMatchObject([{ kind: 'wrongFileName', bytesNotServed: 9 }])
    expect(problems[0]!.message).toMatch(message)
    expect(records).toEqual(all)
  })

  test('are the only files', async () => {
    const { partition } = await made()
    for (const name of readdirSync(partition)) rmSync(join(partition, name))
    writeFileSync(join(partition, '0.log'), 'something')
    const { kinds, end } = await open(partition)
    expect(kinds).toEqual(['wrongFileName'])
    expect(end).toBe(0)
  })
})

test('missing or damaged indexes and small files lose no records', async () => {
  const { data, partition } = await made()
  writeFileSync(join(partition, 'leader-epoch-checkpoint'), 'nonsense')
  for (const name of readdirSync(partition)) {
    if (name.endsWith('index')) writeFileSync(join(partition, name), 'nonsense'.repeat(20))
    if (name.endsWith('.snapshot')) rmSync(join(partition, name))
  }
  expect(await open(partition)).toMatchObject({ problems: [], records: all })
  writeFileSync(join(data, 'meta.properties'), 'nonsense')
  writeFileSync(join(data, 'recovery-point-offset-checkpoint'), 'nonsense')
  expect(await open(data)).toMatchObject({ problems: [], records: all })
  expect(await open(join(data, '..'))).toMatchObject({ problems: [], records: all })
})

describe('one damaged partition does not affect the others', () => {
  test('whatever the damage is', async () => {
    const { data } = await made()
    const sound = join(data, 'orders-0')
    const copy = (name: string) => {
      cpSync(sound, join(data, name), { recursive: true })
      return join(data, name)
    }
    mkdirSync(join(data, 'orders-1'))
    symlinkSync('nowhere', join(data, 'orders-2'))
    writeFileSync(join(copy('orders-4'), FIRST), 'text '.repeat(99))
    copy('bad name-0')
    copy('..-0')
    copy('orders-200000')
    copy('orders-5.ce0b3ed05f6a44f6a3a9cd4ed5a3a3d1-delete')
    copy('orders-6.ce0b3ed05f6a44f6a3a9cd4ed5a3a3d1-stray')
    copy('orders-7.ce0b3ed05f6a44f6a3a9cd4ed5a3a3d1-future')
    writeFileSync(join(data, 'orders-8.tar.gz'), gzipSync('x'))
    const { problems, records } = await open(data)
    expect(records).toEqual(all)
    const found = problems.map(({ kind, path }) => `${kind} ${basename(path)}`).sort()
    expect(found).toEqual([
      'invalidName ..-0',
      'invalidName bad name-0',
      'invalidName orders-200000',
      'missingPartition orders-2',
      'noSegment orders-1',
      `notALog ${FIRST}`,
      'setAside orders-5.ce0b3ed05f6a44f6a3a9cd4ed5a3a3d1-delete',
      'setAside orders-6.ce0b3ed05f6a44f6a3a9cd4ed5a3a3d1-stray',
      'setAside orders-7.ce0b3ed05f6a44f6a3a9cd4ed5a3a3d1-future',
      'unreadable orders-2',
      'wrongFileName orders-8.tar.gz',
    ])
    const bytes = problems.filter(({ kind }) => kind === 'setAside')
    expect(bytes.every(({ bytesNotServed }) => bytesNotServed > 500)).toBe(true)
  })

  test.skipIf(getuid?.() === 0)(
    'that may not be read (skipped for root, who may read everything)',
    async () => {
      const { data } = await made()
      cpSync(join(data, 'orders-0'), join(data, 'closed-0'), { recursive: true })
      cpSync(join(data, 'orders-0'), join(data, 'file-0'), { recursive: true })
      chmodSync(join(data, 'closed-0'), 0)
      chmodSync(join(data, 'file-0', SECOND), 0)
      onTestFinished(() => chmodSync(join(data, 'closed-0'), 0o700))
      const { problems, records } = await open(data)
      expect(records).toEqual(all)
      expect(problems.map(({ kind, topic }) => [kind, topic])).toEqual([
        ['unreadable', 'closed'],
        ['unreadable', 'file'],
      ])
    },
  )

  test('of two directories of one partition the one that ends later is served', async () => {
    for (const shorter of ['1', '2']) {
      const { data } = await made()
      cpSync(data, join(data, '..', '2'), { recursive: true })
      const path = join(data, '..', shorter, 'orders-0')
      for (const name of readdirSync(path)) {
        if (name.startsWith(basename(THIRD, '.log'))) rmSync(join(path, name))
      }
      const { problems, records } = await open(join(data, '..'))
      expect(records).toEqual(all)
      expect(problems).toMatchObject([{ kind: 'duplicatePartition', path }])
    }
  })

  test('a topic with an invalid name is served under another one', async () => {
    const { data } = await made()
    renameSync(join(data, 'orders-0'), join(data, 'bad name-0'))
    await expect(openDirectory(data)).rejects.toMatchObject({
      code: 'DATA_DIRECTORY_UNUSABLE',
      message: expect.stringContaining('bad name-0') as string,
    })
    const { records } = await open(data, { names: { 'bad name': 'good' } }, 'good')
    expect(records).toEqual(all)
  })
})

test('an error says that a directory contains no partition, and what was searched', async () => {
  const { partition } = await made()
  const root = temporaryRoot()
  const message = (path: string) =>
    openDirectory(path).then(
      () => 'opened',
      (error: Error) => error.message,
    )
  expect(await message(root)).toMatch(/no partition in .*meta\.properties.*<topic>-<number>/)
  expect(await message(join(partition, FIRST))).toMatch(/is a file, not a directory/)
  writeFileSync(join(root, 'a.tar.gz'), '')
  expect(await message(join(root, 'a.tar.gz'))).toMatch(/unpack it first/)
  renameSync(partition, join(root, 'orders'))
  expect(await message(join(root, 'orders'))).toMatch(/rename it to <topic>-<number>/)
  mkdirSync(join(root, 'empty-0'))
  expect(await message(join(root, 'empty-0'))).toMatch(/no partition in/)
})

test('random damage: all served records were written, at their offsets', async () => {
  const seed = 20260214
  let state = seed
  const random = (bound: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return Math.floor((state / 2 ** 31) * bound)
  }
  const { partition } = await made()
  for (let run = 0; run < scaled(60); run++) {
    const copy = join(temporaryRoot(), 'orders-0')
    cpSync(partition, copy, { recursive: true })
    for (let damage = 0; damage <= random(3); damage++) {
      edit(join(copy, [FIRST, SECOND, THIRD][random(3)]!), (bytes) => {
        const at = random(bytes.length)
        const length = Math.min(1 + random(30), bytes.length - at)
        if (random(3) > 0) bytes[at]! ^= 1 << random(8)
        else if (random(2) === 0) bytes.fill(random(256), at, at + length)
        else return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)])
        return bytes
      })
    }
    const { records, problems } = await open(copy, skip)
    const lost = problems.reduce((bytes, { bytesNotServed }) => bytes + bytesNotServed, 0)
    const told = `seed ${seed}, run ${run}`
    for (const record of records) expect(all, told).toContain(record)
    if (records.length < all.length) expect(lost, told).toBeGreaterThan(0)
    expect(records.length, told).toBeGreaterThanOrEqual(3)
  }
})
