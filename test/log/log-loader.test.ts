import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { LogConfig } from '../../src/log/log-config.ts'
import { DiskFileSystem } from '../../src/platform/disk-file-system.ts'
import type { FileSystem } from '../../src/platform/file-system.ts'
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts'
import { append, batchOf, LogKit, readAll } from './log-kit.ts'

const start = Date.UTC(2026, 0, 1)
const config: Partial<LogConfig> = { segmentBytes: 1000, indexIntervalBytes: 100 }
const directories: string[] = []

afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true })
})

const storages: [string, () => [FileSystem, string]][] = [
  ['memory', () => [new MemoryFileSystem(), '/data']],
  [
    'disk',
    () => {
      directories.push(mkdtempSync(join(tmpdir(), 'odradek-log-')))
      return [new DiskFileSystem(), directories.at(-1)!]
    },
  ],
]

describe.each(storages)('a log in files (%s)', (_name, create) => {
  const filled = () => {
    const [fileSystem, directory] = create()
    const kit = new LogKit({ fileSystem, logDirs: [directory] })
    const expected: [number, string][] = []
    for (let i = 0; i < 40; i++) {
      append(kit.log(config), [`${i}`], { epoch: i >> 4, timestamp: start + i })
      expected.push([i, `${i}`])
    }
    const path = (name: string) => join(directory, 'orders-0', name)
    return {
      kit,
      expected,
      path,
      fileSystem,
      activeBase: kit.log().files.segments.at(-1)!.baseOffset,
    }
  }
  const name = (offset: number, ending: string) => `${String(offset).padStart(20, '0')}${ending}`

  test.each(['restart', 'crash'] as const)('is the same after a %s', (end) => {
    const { kit, expected } = filled()
    const before = kit
      .log()
      .files.segments.map(({ baseOffset, offsetIndex, timeIndex }) => [
        baseOffset,
        offsetIndex.lookup(Infinity),
        timeIndex.lookup(start + 30),
      ])
    expect(before.length).toBe(3)
    kit[end]()
    const log = kit.log(config)
    expect(readAll(log)).toEqual(expected)
    expect(
      log.files.segments.map(({ baseOffset, offsetIndex, timeIndex }) => [
        baseOffset,
        offsetIndex.lookup(Infinity),
        timeIndex.lookup(start + 30),
      ]),
    ).toEqual(before)
    expect(log.endOffsetForEpoch(1)).toEqual({ epoch: 1, endOffset: 32 })
    expect(log.offsetForTimestamp(start + 17)?.offset).toBe(17)
    expect(log.offsetOfMaxTimestamp()?.offset).toBe(39)
    expect(append(log, ['next']).baseOffset).toBe(40)
    expect(kit.warnings).toEqual([])
  })

  test('has index, time index and producer snapshot for every segment after a clean close', () => {
    const { kit, activeBase } = filled()
    kit.manager.close()
    const bases = kit
      .files()
      .filter((file) => file.endsWith('.log'))
      .map((file) => file.slice(0, 20))
    expect(bases.at(-1)).toBe(name(activeBase, ''))
    expect(kit.files()).toEqual(
      [
        ...bases.flatMap((base) => [`${base}.index`, `${base}.log`, `${base}.timeindex`]),
        ...bases.slice(1).map((base) => `${base}.snapshot`),
        name(40, '.snapshot'),
        'leader-epoch-checkpoint',
        'partition.metadata',
      ].sort(),
    )
  })

  test('loses the torn tail of its last segment, and nothing else', () => {
    for (const cut of [1, 11, 12, 40, 60, 68]) {
      const { kit, expected, path, fileSystem, activeBase } = filled()
      kit.manager.discard()
      const file = fileSystem.open(path(name(activeBase, '.log')))
      file.truncate(file.size() - cut)
      file.close()
      kit.crash()
      expect(readAll(kit.log(config))).toEqual(expected.slice(0, -1))
      expect(kit.warnings.join()).toMatch(/by \d+ bytes/)
      expect(append(kit.log(), ['again']).baseOffset).toBe(39)
    }
  })

  test('ends before a corrupt batch when it was not closed cleanly', () => {
    const { kit, expected, path, fileSystem } = filled()
    kit.manager.discard()
    const base = kit.files().filter((file) => file.endsWith('.log'))[1]!
    const file = fileSystem.open(path(base))
    file.write([Uint8Array.of(255)], 90)
    file.close()
    kit.crash()
    expect(readAll(kit.log(config))).toEqual(expected.slice(0, Number(base.slice(0, 20)) + 1))
    expect(kit.files().filter((found) => found.endsWith('.log')).length).toBe(2)
  })

  test.each([
    ['.index is missing', '.index', undefined],
    ['.timeindex is missing', '.timeindex', undefined],
    ['.index is not of whole entries', '.index', 5],
    ['.timeindex points below the base offset', '.timeindex', 12],
    ['.index is filled with zeros', '.index', 80],
  ])('rebuilds indexes when %s', (_case, ending, bytes) => {
    const { kit, expected, path, fileSystem } = filled()
    const lookups = () =>
      kit.log(config).files.segments.map(({ offsetIndex }) => offsetIndex.lookup(35))
    const before = lookups()
    kit.manager.close()
    const bases = kit
      .files()
      .filter((file) => file.endsWith('.log'))
      .map((file) => file.slice(0, 20))
    for (const base of bases.slice(1)) {
      if (bytes === undefined) fileSystem.remove(path(`${base}${ending}`))
      else
        fileSystem.writeFile(
          path(`${base}${ending}`),
          new Uint8Array(bytes).fill(bytes === 12 ? 255 : 0),
        )
    }
    kit.restart()
    expect(lookups()).toEqual(before)
    expect(readAll(kit.log())).toEqual(expected)
    expect(kit.warnings.length).toBe(2)
    kit.restart()
    kit.log(config)
    expect(kit.warnings.length).toBe(2)
  })

  test.each(['leader-epoch-checkpoint', 'snapshot'])('works without a readable %s', (ending) => {
    const { kit, expected, path, fileSystem } = filled()
    kit.manager.close()
    for (const file of kit.files().filter((found) => found.endsWith(ending))) {
      fileSystem.writeFile(path(file), 'broken')
    }
    kit.restart()
    expect(readAll(kit.log(config))).toEqual(expected)
    expect(kit.log().endOffsetForEpoch(1)).toEqual({ epoch: 1, endOffset: 32 })
    expect(kit.warnings.length).toBeGreaterThan(0)
  })

  test.each(['restart', 'crash'] as const)(
    'builds the leader epochs again when their file is missing or empty (%s)',
    (end) => {
      const damages: ((path: string) => void)[] = [
        (path) => kit.fileSystem.remove(path),
        (path) => kit.fileSystem.writeFile(path, ''),
      ]
      const { kit, path, expected } = filled()
      for (const [index, damage] of damages.entries()) {
        kit.log(config)
        if (end === 'restart') kit.manager.close()
        else kit.manager.discard()
        damage(path('leader-epoch-checkpoint'))
        kit[end]()
        const log = kit.log(config)
        expect([0, 1, 2].map((epoch) => log.endOffsetForEpoch(epoch).endOffset)).toEqual([
          16, 32, 40,
        ])
        expect(readAll(log)).toEqual(expected)
        expect(kit.warnings.length).toBe(index + 1)
        expect(kit.warnings.at(-1)).toContain('built the leader epochs')
      }
    },
  )

  test('does not search for leader epochs that never existed', () => {
    const { kit } = filled()
    kit.log().truncateFullyAndStartAt(100)
    kit.fileSystem.remove(`${kit.log().directory}/leader-epoch-checkpoint`)
    kit.restart()
    expect(kit.log(config).logEndOffset).toBe(100)
    expect(kit.warnings).toEqual([])
  })

  test('drops producers whose records are all deleted, as Kafka does at a start', () => {
    const [fileSystem, directory] = create()
    const kit = new LogKit({ fileSystem, logDirs: [directory] })
    const producer = { producerEpoch: 0, baseSequence: 0 }
    append(kit.log(), ['a'], { ...producer, producerId: 1 })
    kit.log().files.roll()
    append(kit.log(), ['b'], { ...producer, producerId: 2 })
    kit.log().advanceLogStartOffset(1)
    kit.restart()
    expect(
      kit
        .log()
        .producers.activeProducers()
        .map(({ producerId }) => producerId),
    ).toEqual([1, 2])
    kit.log().advanceLogStartOffset(2)
    kit.restart()
    expect(kit.log().producers.activeProducers()).toEqual([])
    expect(kit.warnings).toEqual([])
  })

  test('knows producers below the log start offset if their segment extends beyond it, as Kafka does after a crash', () => {
    const [fileSystem, directory] = create()
    const kit = new LogKit({ fileSystem, logDirs: [directory] })
    const ids = () =>
      kit
        .log()
        .producers.activeProducers()
        .map(({ producerId }) => producerId)
    const put = (producerId: number) =>
      append(kit.log(), ['a'], { producerEpoch: 0, baseSequence: 0, producerId })
    put(1)
    kit.log().files.roll()
    put(2)
    put(3)
    kit.log().advanceLogStartOffset(2)
    kit.manager.checkpoint()
    kit.crash()
    expect(ids()).toEqual([2, 3])
    kit.log().advanceLogStartOffset(3)
    kit.manager.checkpoint()
    kit.crash()
    expect(ids()).toEqual([])
  })

  test.each(['restart', 'crash'] as const)(
    'counts the bytes to its next index entry from its end on after a %s, as Kafka does',
    (end) => {
      const [fileSystem, directory] = create()
      const kit = new LogKit({ fileSystem, logDirs: [directory] })
      const put = (count: number) => {
        for (let i = 0; i < count; i++) append(kit.log({ indexIntervalBytes: 100 }), ['a'])
      }
      const batchBytes = batchOf(['a']).length
      expect(batchBytes).toBeLessThan(100)
      // An entry for every second batch after the first two.
      put(4)
      kit[end]()
      put(3)
      const { offsetIndex } = kit.log().files.segments[0]!
      const positions = Array.from(
        { length: 7 },
        (_, offset) => offsetIndex.lookup(offset).position,
      )
      expect(positions.map((position) => position / batchBytes)).toEqual([0, 0, 2, 2, 2, 2, 6])
    },
  )

  test('removes the unfinished steps of a crash', () => {
    const { kit, path, fileSystem } = filled()
    kit.manager.discard()
    for (const stray of [
      'x.tmp',
      name(5, '.log.cleaned'),
      name(6, '.index'),
      name(6, '.log.deleted'),
    ]) {
      fileSystem.writeFile(path(stray), 'x')
    }
    kit.crash()
    kit.log(config)
    expect(kit.files().filter((file) => /tmp|cleaned|deleted|06\.index/.test(file))).toEqual([])
  })

  test('starts again at the log start offset if it ends before', () => {
    const { kit, path, fileSystem, activeBase } = filled()
    kit.log().advanceLogStartOffset(40)
    kit.manager.checkpoint()
    kit.manager.discard()
    const file = fileSystem.open(path(name(activeBase, '.log')))
    file.truncate(0)
    file.close()
    kit.crash()
    const log = kit.log(config)
    expect([log.logStartOffset, log.logEndOffset]).toEqual([40, 40])
    log.appendAsLeader(batchOf(['x']), 0)
    kit.restart()
    expect(readAll(kit.log())).toEqual([[40, 'x']])
  })
})
