import { describe, expect, test } from 'vitest'
import { type OpenFile, OpenFiles } from '../../../src/log/segment/open-files.ts'
import { MemoryFileSystem } from '../../../src/platform/memory-file-system.ts'
import { append, LogKit, readAll } from '../log-kit.ts'
import { batchAt, firstOffsetOf, SegmentKit } from './segment-kit.ts'
import { WatchedFileSystem } from '../watched-file-system.ts'

describe('open files', () => {
  const fileIn = (openFiles: OpenFiles, released: string[], name: string) => {
    const file: OpenFile = {
      lastUse: 0,
      release: () => {
        released.push(name)
        openFiles.closed(file)
      },
    }
    openFiles.opened(file)
    return file
  }

  test('above the limit, the least recently used one is closed', () => {
    const openFiles = new OpenFiles(2)
    const released: string[] = []
    const a = fileIn(openFiles, released, 'a')
    fileIn(openFiles, released, 'b')
    openFiles.used(a)
    fileIn(openFiles, released, 'c')
    expect(released).toEqual(['b'])
    fileIn(openFiles, released, 'd')
    expect(released).toEqual(['b', 'a'])
    expect(openFiles.count).toBe(2)
  })
})

describe('the open files of a broker', () => {
  test('are limited for any number of partitions', () => {
    const fileSystem = new WatchedFileSystem()
    const kit = new LogKit({ fileSystem })
    const logs = Array.from({ length: 600 }, (_, partition) => kit.log({}, 'orders', partition))
    expect(fileSystem.openCount).toBe(0)
    for (const log of logs) append(log, ['a'])
    for (const log of logs) append(log, ['b'])
    for (const log of logs) {
      expect(readAll(log)).toEqual([
        [0, 'a'],
        [1, 'b'],
      ])
    }
    expect(fileSystem.openCount).toBe(250)
    expect(fileSystem.mostOpen).toBeLessThanOrEqual(252)
    kit.restart()
    const opened = Array.from({ length: 600 }, (_, partition) => kit.log({}, 'orders', partition))
    expect(fileSystem.openCount).toBe(250)
    for (const log of opened) expect(log.logEndOffset).toBe(2)
    kit.manager.close()
    expect(fileSystem.openCount).toBe(0)
  })

  test('are synced once, even if they were closed in between', async () => {
    const fileSystem = new WatchedFileSystem()
    const kit = new SegmentKit(fileSystem, new OpenFiles(1))
    const segments = [kit.segment(0), kit.segment(100)]
    for (const segment of segments) segment.append(batchAt(segment.baseOffset, ['a']))
    for (const segment of segments) segment.sync()
    for (const segment of segments) await segment.syncLater()
    expect(fileSystem.synced).toEqual(segments.map(({ path }) => path))
    segments[0]!.append(batchAt(1, ['b']))
    await segments[0]!.syncLater()
    expect(fileSystem.synced.length).toBe(3)
  })

  test('are few while many are synced at once', async () => {
    const openFiles = new OpenFiles(2)
    const fileSystem = new WatchedFileSystem()
    const kit = new SegmentKit(fileSystem, openFiles)
    const segments = Array.from({ length: 100 }, (_, index) => kit.segment(100 * index))
    for (const segment of segments) segment.append(batchAt(segment.baseOffset, ['a']))
    await Promise.all(segments.map((segment) => segment.syncLater()))
    expect(fileSystem.synced).toEqual(segments.map(({ path }) => path))
    let underWay = 0
    let most = 0
    const sync = async (): Promise<void> => {
      most = Math.max(most, ++underWay)
      await Promise.resolve()
      underWay--
    }
    await Promise.all(segments.map(() => openFiles.syncInTurn(sync)))
    expect([most, underWay]).toEqual([16, 0])
    await expect(openFiles.syncInTurn(() => Promise.reject(new Error('EIO')))).rejects.toThrow(
      'EIO',
    )
  })

  test('are reopened while their batches are read', () => {
    const kit = new SegmentKit(new MemoryFileSystem(), new OpenFiles(1))
    const [segment, other] = [kit.segment(0), kit.segment(100)]
    const value = 'x'.repeat(50_000)
    for (let offset = 0; offset < 8; offset++) segment.append(batchAt(offset, [value]))
    const walked: number[] = []
    for (const { batch } of segment.batchesFrom(0)) {
      walked.push(batch.baseOffset)
      other.createFile()
    }
    expect(walked).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })

  test('only indexes of inactive segments are synced', () => {
    const fileSystem = new WatchedFileSystem()
    const segment = new SegmentKit(fileSystem).filled(0, 4)
    segment.flush()
    expect(fileSystem.synced).toEqual([segment.path])
    segment.becomeInactive()
    segment.flush()
    segment.flush()
    expect(fileSystem.synced.map((path) => path.slice(path.lastIndexOf('.')))).toEqual([
      '.log',
      '.index',
      '.timeindex',
    ])
  })

  test('a failure to close one does not affect the one that is opened', () => {
    const kit = new SegmentKit(new MemoryFileSystem(), new OpenFiles(1))
    const segment = kit.segment(0)
    segment.append(batchAt(0, ['a']))
    const close = segment.close.bind(segment)
    Reflect.set(segment, 'close', () => {
      close()
      throw new Error('EIO')
    })
    const other = kit.segment(100)
    other.append(batchAt(100, ['b']))
    expect(kit.failures.map(({ message }) => message)).toEqual(['EIO'])
    expect(firstOffsetOf(other, 100)).toBe(100)
  })
})
