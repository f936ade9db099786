import { describe, expect, test } from 'vitest'
import { MemoryFileSystem } from '../../../src/platform/memory-file-system.ts'
import { batchAt, directory, firstOffsetOf, SegmentKit } from './segment-kit.ts'

const aborted = { producerId: 1, firstOffset: 100, lastOffset: 101, lastStableOffset: 102 }

describe('the files of a segment', () => {
  const kinds = ['.index', '.log', '.timeindex', '.txnindex']
  const names = (suffix: string) => kinds.map((kind) => `00000000000000000100${kind}${suffix}`)

  test('are named by the base offset and the suffix', () => {
    const kit = new SegmentKit(new MemoryFileSystem())
    const segment = kit.filled(100, 4, '.cleaned')
    segment.transactionIndex.append(aborted)
    segment.becomeInactive()
    expect(kit.fileSystem.list(directory)).toEqual(names('.cleaned'))
  })

  test('change their suffix together, while the segment stays readable', () => {
    const kit = new SegmentKit(new MemoryFileSystem())
    const segment = kit.filled(100, 4, '.cleaned')
    segment.transactionIndex.append(aborted)
    segment.becomeInactive()
    for (const suffix of ['.swap', '', '.deleted'] as const) {
      segment.renameTo(suffix)
      expect(kit.fileSystem.list(directory)).toEqual(names(suffix))
      expect(firstOffsetOf(segment, 103)).toBe(102)
      segment.close()
      expect(firstOffsetOf(segment, 105)).toBe(104)
    }
    expect(segment.path).toBe(`${directory}/00000000000000000100.log.deleted`)
  })

  test('are renamed if they exist', () => {
    const kit = new SegmentKit(new MemoryFileSystem())
    const segment = kit.filled(100, 4)
    segment.renameTo('.deleted')
    expect(kit.fileSystem.list(directory)).toEqual(['00000000000000000100.log.deleted'])
    segment.writeIndexes(false)
    expect(kit.fileSystem.list(directory)).toContain('00000000000000000100.index.deleted')
  })

  test('are all removed, and a late read creates none', () => {
    const kit = new SegmentKit(new MemoryFileSystem())
    const segment = kit.filled(100, 4)
    segment.becomeInactive()
    segment.renameTo('.deleted')
    segment.deleteFiles()
    expect(() => firstOffsetOf(segment, 103)).toThrow('ENOENT')
    expect(kit.fileSystem.list(directory)).toEqual([])
  })
})

describe('the largest timestamp', () => {
  test('is that of the records', () => {
    expect(new SegmentKit(new MemoryFileSystem()).filled(100, 4).largestTimestamp).toBe(1106)
  })

  test('is the creation time of the segment if no record has one', async () => {
    const kit = new SegmentKit(new MemoryFileSystem())
    const madeMs = kit.clock.now()
    const segment = kit.segment(0)
    await kit.clock.advance(1000)
    segment.append(batchAt(0, ['a'], -1))
    expect(segment.largestTimestamp).toBe(madeMs)
  })

  test('is written to the time index when the segment becomes inactive, and not before', () => {
    const kit = new SegmentKit(new MemoryFileSystem())
    const segment = kit.segment(0)
    segment.append(batchAt(0, ['a'], 5))
    segment.flush()
    expect(segment.timeIndex.entryCount).toBe(0)
    segment.becomeInactive()
    expect(segment.timeIndex.lastEntry).toEqual({ timestamp: 5, offset: 0 })
    expect(kit.reopened(0, 1).largestTimestamp).toBe(5)
  })

  test('is found in the batches if the time index was lost', () => {
    const kit = new SegmentKit(new MemoryFileSystem())
    kit.filled(0, 4).becomeInactive()
    kit.fileSystem.writeFile(`${directory}/00000000000000000000.timeindex`, '')
    expect(kit.reopened(0, 8).maxTimestamp).toEqual({ timestamp: 1006, offset: 7 })
  })
})

describe('a preallocated file', () => {
  const path = `${directory}/00000000000000000000.log`
  const preallocated = (kit: SegmentKit) => {
    const segment = kit.segment(0, { preallocate: true, segmentBytes: 4096 })
    segment.createFile()
    return segment
  }
  const sizeOf = (kit: SegmentKit) => kit.fileSystem.readFile(path).length

  test('has the size segment.bytes, and is truncated when the segment becomes inactive', () => {
    const kit = new SegmentKit(new MemoryFileSystem())
    const segment = preallocated(kit)
    expect([sizeOf(kit), segment.sizeInBytes]).toEqual([4096, 0])
    segment.append(batchAt(0, ['a', 'b']))
    expect([sizeOf(kit), firstOffsetOf(segment, 1)]).toEqual([4096, 0])
    segment.becomeInactive()
    expect(sizeOf(kit)).toBe(segment.sizeInBytes)
  })

  test('is truncated when the log is closed', () => {
    const kit = new SegmentKit(new MemoryFileSystem())
    const segment = preallocated(kit)
    segment.append(batchAt(0, ['a', 'b']))
    segment.trim()
    segment.close()
    expect(sizeOf(kit)).toBe(segment.sizeInBytes)
    expect(kit.reopened(0).nextOffset).toBe(2)
  })

  test('is truncated to its records by recovery', () => {
    const kit = new SegmentKit(new MemoryFileSystem())
    const segment = preallocated(kit)
    segment.append(batchAt(0, ['a', 'b']))
    segment.close()
    const recovered = kit.segment(0)
    expect(recovered.recover(() => {})).toBe(4096 - segment.sizeInBytes)
    expect([sizeOf(kit), recovered.nextOffset]).toEqual([segment.sizeInBytes, 2])
  })
})
