import { describe, expect, test } from 'vitest'
import { MemoryFileSystem } from '../../../src/platform/memory-file-system.ts'
import { append, LogKit, readAll } from '../log-kit.ts'
import { batchAt, directory, firstOffsetOf, SegmentKit } from './segment-kit.ts'
import { WatchedFileSystem } from '../watched-file-system.ts'

const indexPath = `${directory}/00000000000000000000.index`
const timeIndexPath = `${directory}/00000000000000000000.timeindex`

describe('an inactive segment after a clean stop', () => {
  test('costs no descriptor, and only reads of the ends of its indexes', () => {
    const fileSystem = new WatchedFileSystem()
    const kit = new LogKit({ fileSystem })
    const log = kit.log({ indexIntervalBytes: 0 })
    for (let segment = 0; segment < 50; segment++) {
      for (let i = 0; i < 20; i++) append(log, [`${segment}.${i}`])
      log.files.roll()
    }
    const written = readAll(log)
    kit.restart()
    fileSystem.forgetReads()
    const opened = kit.log({ indexIntervalBytes: 0 })
    expect(fileSystem.openCount).toBe(1)
    expect(fileSystem.readBytes('.index')).toBeLessThanOrEqual(50 * 2 * 8)
    expect(fileSystem.readBytes('.timeindex')).toBeLessThanOrEqual(50 * 2 * 12)
    expect(fileSystem.readBytes('.log')).toBe(0)
    expect(readAll(opened)).toEqual(written)
    expect(opened.offsetForTimestamp(0)?.offset).toBe(0)
  })

  test('finds every batch, and continues with the next segment after its last one', () => {
    const kit = new SegmentKit(new MemoryFileSystem())
    kit.filled(0, 20).becomeInactive()
    const segment = kit.reopened(0, 100)
    for (let offset = 0; offset < 40; offset++) {
      expect(firstOffsetOf(segment, offset)).toBe(offset - (offset % 2))
      segment.close()
    }
    expect(firstOffsetOf(segment, 40)).toBeUndefined()
    expect(segment.nextOffset).toBe(100)
  })

  test('is appended to again when the later segments are truncated', () => {
    for (const [target, end] of [
      [100, 40],
      [37, 36],
      [0, 0],
    ] as const) {
      const kit = new SegmentKit(new MemoryFileSystem())
      kit.filled(0, 20).becomeInactive()
      const segment = kit.reopened(0, 100)
      segment.truncateTo(target)
      expect(segment.nextOffset).toBe(end)
      segment.append(batchAt(end, ['x'], 9999))
      segment.becomeInactive()
      const again = kit.reopened(0, end + 1)
      expect(firstOffsetOf(again, end)).toBe(end)
      expect(again.maxTimestamp).toEqual({ timestamp: 9999, offset: end })
    }
  })

  test('is recovered if an index is missing, torn, or invalid', () => {
    const broken: ((kit: SegmentKit) => void)[] = [
      ({ fileSystem }) => fileSystem.remove(indexPath),
      ({ fileSystem }) => fileSystem.remove(timeIndexPath),
      ({ fileSystem }) => fileSystem.writeFile(indexPath, Buffer.alloc(9)),
      ({ fileSystem }) => fileSystem.writeFile(timeIndexPath, Buffer.alloc(13)),
      ({ fileSystem }) => fileSystem.writeFile(indexPath, Buffer.alloc(16)),
      ({ fileSystem }) => fileSystem.writeFile(indexPath, Buffer.from('0000000afffffff0', 'hex')),
      ({ fileSystem }) => fileSystem.writeFile(indexPath, Buffer.from('0000006400000047', 'hex')),
      ({ fileSystem }) => fileSystem.writeFile(timeIndexPath, Buffer.alloc(12, 0xff)),
    ]
    for (const breakIt of broken) {
      const kit = new SegmentKit(new MemoryFileSystem())
      kit.filled(0, 20).becomeInactive()
      breakIt(kit)
      const segment = kit.segment(0, { indexIntervalBytes: 0 })
      expect(segment.load(100)).toBe(false)
      expect(segment.recover(() => {})).toBe(0)
      expect(firstOffsetOf(segment, 21)).toBe(20)
    }
  })
})

describe('an index with damage inside', () => {
  test('is rebuilt, and whatever its bytes every read begins at the right batch', () => {
    const kit = new SegmentKit(new MemoryFileSystem())
    kit.filled(0, 16).becomeInactive()
    const sound = kit.fileSystem.readFile(indexPath)
    let rebuilt = 0
    for (let at = 8; at < sound.length - 8; at++) {
      for (const bit of [0x01, 0x10, 0x80]) {
        const damaged = Buffer.from(sound)
        damaged[at]! ^= bit
        kit.fileSystem.writeFile(indexPath, damaged)
        const segment = kit.reopened(0, 32)
        for (let offset = 0; offset < 32; offset++) {
          expect(firstOffsetOf(segment, offset)).toBe(offset - (offset % 2))
          segment.close()
        }
        if (kit.warnings.length === 0) continue
        expect(kit.warnings).toEqual([`rebuilt the indexes of ${segment.path}`])
        expect(Buffer.from(kit.fileSystem.readFile(indexPath)).equals(sound)).toBe(true)
        kit.warnings.length = 0
        rebuilt++
      }
    }
    expect(rebuilt).toBeGreaterThan(sound.length)
  })

  test('is rebuilt when it is a time index that does not ascend', () => {
    const kit = new SegmentKit(new MemoryFileSystem())
    kit.filled(0, 40).becomeInactive()
    const sound = kit.fileSystem.readFile(timeIndexPath)
    kit.fileSystem.writeFile(timeIndexPath, Buffer.from(sound).fill(0, 24, 36))
    const segment = kit.reopened(0, 80)
    expect(segment.timeIndex.lookup(1010)).toEqual({ timestamp: 1010, offset: 11 })
    expect(kit.warnings.length).toBe(1)
    expect(Buffer.from(kit.fileSystem.readFile(timeIndexPath)).equals(sound)).toBe(true)
  })
})
