import { describe, expect, test } from 'vitest'
import { OffsetIndex } from '../../../src/log/index/offset-index.ts'
import { TimeIndex } from '../../../src/log/index/time-index.ts'
import { TransactionIndex } from '../../../src/log/index/transaction-index.ts'
import { MemoryFileSystem } from '../../../src/platform/memory-file-system.ts'

const hex = (fileSystem: MemoryFileSystem, path: string) =>
  Buffer.from(fileSystem.readFile(path)).toString('hex')

describe('the offset index', () => {
  const filled = (count: number) => {
    const fileSystem = new MemoryFileSystem()
    const index = new OffsetIndex(fileSystem, '/index', 1000)
    for (let i = 1; i <= count; i++) index.append(1000 + i * 10, i * 100)
    return { fileSystem, index }
  }

  test('contains relative offsets and positions, four bytes each', () => {
    const { fileSystem, index } = filled(2)
    index.write(true)
    expect(hex(fileSystem, '/index')).toBe('0000000a00000064' + '00000014000000c8')
  })

  test('returns a position at or before that of the offset', () => {
    const { index } = filled(100)
    expect(index.lookup(1009)).toEqual({ offset: 1000, position: 0 })
    for (let offset = 1010; offset < 2010; offset++) {
      const entry = Math.min(100, Math.floor((offset - 1000) / 10))
      expect(index.lookup(offset)).toEqual({ offset: 1000 + entry * 10, position: entry * 100 })
    }
  })

  test('returns the same positions if its entries are only in the file, by reading one block', () => {
    const { fileSystem, index } = filled(3000)
    index.write(false)
    const read: number[] = []
    const open = fileSystem.open.bind(fileSystem)
    fileSystem.open = (path, options) => {
      const file = open(path, options)
      const readFrom = file.read.bind(file)
      file.read = (target, position) => {
        const count = readFrom(target, position)
        read.push(count)
        return count
      }
      return file
    }
    index.release()
    expect([index.isLoaded, index.isSearchable, index.entryCount]).toEqual([false, true, 3000])
    for (let offset = 1005; offset < 31_000; offset += 7) {
      const entry = Math.floor((offset - 1000) / 10)
      expect(index.lookup(offset)).toEqual({ offset: 1000 + entry * 10, position: entry * 100 })
      const position = entry * 100
      expect(index.lookupPosition(position)).toEqual({ offset: 1000 + entry * 10, position })
    }
    expect(Math.max(...read)).toBe(512 * 8)
    expect(() => index.append(40_000, 400_000)).toThrow('not loaded')
    expect(index.load()).toBe(true)
    index.append(40_000, 400_000)
    expect(index.lookup(39_999)).toEqual({ offset: 31_000, position: 300_000 })
  })

  test('is full when segment.index.bytes has no room for another entry', () => {
    const { index } = filled(3)
    expect([index.isFull(24), index.isFull(31), index.isFull(32)]).toEqual([true, true, false])
  })

  test('accepts only ascending offsets', () => {
    expect(() => filled(2).index.append(1020, 900)).toThrow('not above the last')
  })

  test('continues where it was truncated', () => {
    const { fileSystem, index } = filled(5)
    index.write(false)
    index.truncateTo(1030)
    expect(index.lastOffset).toBe(1020)
    index.append(1025, 250)
    index.write(false)
    const loaded = new OffsetIndex(fileSystem, '/index', 1000)
    expect([loaded.open(), loaded.load()]).toEqual([true, true])
    expect([loaded.entryCount, loaded.lastOffset]).toEqual([3, 1025])
    index.reset()
    index.write(false)
    expect(fileSystem.readFile('/index').length).toBe(0)
  })

  test('is invalid if it is missing, torn, or of another segment', () => {
    const { fileSystem, index } = filled(2)
    expect(new OffsetIndex(fileSystem, '/missing', 1000).open()).toBe(false)
    index.write(false)
    expect(new OffsetIndex(fileSystem, '/index', 1000).open()).toBe(true)
    fileSystem.writeFile('/index', Buffer.alloc(9))
    expect(new OffsetIndex(fileSystem, '/index', 1000).open()).toBe(false)
    fileSystem.writeFile('/index', Buffer.from('ffffffff00000010', 'hex'))
    expect(new OffsetIndex(fileSystem, '/index', 1000).open()).toBe(false)
  })
})

describe('the time index', () => {
  test('contains only ascending timestamps', () => {
    const fileSystem = new MemoryFileSystem()
    const index = new TimeIndex(fileSystem, '/time', 1000)
    expect(index.lookup(5)).toEqual({ timestamp: -1, offset: 1000 })
    index.maybeAppend(0x100000002, 1007)
    index.maybeAppend(0x100000002, 1008)
    index.maybeAppend(1, 1009)
    index.maybeAppend(0x100000003, 1010)
    index.write(false)
    expect(hex(fileSystem, '/time')).toBe('000000010000000200000007' + '00000001000000030000000a')
    expect(index.lookup(0x100000002)).toEqual({ timestamp: 0x100000002, offset: 1007 })
    expect(index.lookup(1)).toEqual({ timestamp: -1, offset: 1000 })
    index.truncateTo(1010)
    expect(index.lastEntry.offset).toBe(1007)
  })

  test('keeps one entry free', () => {
    const index = new TimeIndex(new MemoryFileSystem(), '/time', 0)
    index.maybeAppend(1, 1)
    expect([index.isFull(35), index.isFull(36)]).toEqual([true, false])
  })
})

describe('the transaction index', () => {
  test('contains aborted transactions of 34 bytes each, in a file that the first one creates', () => {
    const fileSystem = new MemoryFileSystem()
    const index = new TransactionIndex(fileSystem, '/txn')
    expect(index.load(0)).toBe(true)
    expect(fileSystem.exists('/txn')).toBe(false)
    index.append({ producerId: 1, firstOffset: 2, lastOffset: 3, lastStableOffset: 4 })
    index.append({ producerId: 5, firstOffset: 6, lastOffset: 7, lastStableOffset: 8 })
    expect(hex(fileSystem, '/txn')).toBe(
      ['0000', 1, 2, 3, 4, '0000', 5, 6, 7, 8]
        .map((part) => (typeof part === 'number' ? part.toString(16).padStart(16, '0') : part))
        .join(''),
    )
    const loaded = new TransactionIndex(fileSystem, '/txn')
    expect(loaded.load(3)).toBe(true)
    expect(loaded.entries).toEqual(index.entries)
    // A segment that starts at 4 has no marker at 3.
    expect(new TransactionIndex(fileSystem, '/txn').load(4)).toBe(false)
    loaded.truncateTo(7)
    expect(fileSystem.readFile('/txn').length).toBe(34)
    fileSystem.writeFile('/txn', Buffer.alloc(33))
    expect(new TransactionIndex(fileSystem, '/txn').load(0)).toBe(false)
    loaded.reset()
    expect(fileSystem.exists('/txn')).toBe(false)
  })

  test('finds the overlaps of a range, and returns whether later segments can have more', () => {
    const index = new TransactionIndex(new MemoryFileSystem(), '/txn')
    index.append({ producerId: 1, firstOffset: 0, lastOffset: 10, lastStableOffset: 5 })
    index.append({ producerId: 2, firstOffset: 5, lastOffset: 12, lastStableOffset: 13 })
    const collect = (from: number, to: number) => {
      const found: Parameters<TransactionIndex['collect']>[2] = []
      const isComplete = index.collect(from, to, found)
      return [found.map(({ producerId }) => producerId), isComplete]
    }
    expect(collect(0, 5)).toEqual([[1], true])
    expect(collect(0, 6)).toEqual([[1, 2], true])
    expect(collect(11, 20)).toEqual([[2], false])
    expect(collect(13, 20)).toEqual([[], false])
  })
})
