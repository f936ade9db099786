import { describe, expect, test } from 'vitest'
import { defaultLogConfig } from '../../src/log/log-config.ts'
import type { LogEnvironment } from '../../src/log/log-environment.ts'
import type { SegmentSuffix } from '../../src/log/log-file-names.ts'
import { OpenFiles } from '../../src/log/open-files.ts'
import { LogSegment } from '../../src/log/segment.ts'
import { allocateFresh } from '../../src/log/segment-reader.ts'
import { ManualClock } from '../../src/platform/manual-clock.ts'
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts'
import { SeededRandom } from '../../src/platform/random.ts'
import { BatchView } from '../../src/record/batch-view.ts'
import { batchOf } from './log-kit.ts'

const directory = '/data/orders-0'
const denselyIndexed = { ...defaultLogConfig, indexIntervalBytes: 0 }

function environmentOf(fileSystem = new MemoryFileSystem()): LogEnvironment & {
  clock: ManualClock
  fileSystem: MemoryFileSystem
} {
  fileSystem.makeDirectory(directory)
  return {
    fileSystem,
    clock: new ManualClock(),
    random: new SeededRandom(1),
    openFiles: new OpenFiles(),
    durability: 'synced',
    producerIdExpirationMs: Infinity,
    onOffsetsMoved: () => {},
    onTruncated: () => {},
    onStorageFailure: () => {},
    onWarning: () => {},
  }
}

function batchAt(offset: number, values: readonly string[], timestamp?: number) {
  const batch = batchOf(values, timestamp === undefined ? {} : { timestamp })
  new BatchView(batch).stampBaseOffset(offset)
  return batch
}

const filled = (environment = environmentOf(), suffix: SegmentSuffix = '', baseOffset = 100) => {
  const segment = new LogSegment(environment, directory, baseOffset, denselyIndexed, suffix)
  for (let offset = baseOffset; offset < baseOffset + 8; offset += 2) {
    segment.append(batchAt(offset, ['a', 'b'], 1000 + offset))
  }
  return segment
}

const firstOffsetOf = (segment: LogSegment, offset: number) => {
  const [bytes] = segment.read(offset, 1, segment.sizeInBytes, true, allocateFresh) ?? []
  return bytes && new BatchView(bytes).baseOffset
}

describe('the files of a segment', () => {
  const kinds = ['.index', '.log', '.timeindex', '.txnindex']
  const names = (suffix: string) => kinds.map((kind) => `00000000000000000100${kind}${suffix}`)

  test('are named by the base offset and the suffix', () => {
    const environment = environmentOf()
    const segment = filled(environment, '.cleaned')
    segment.transactionIndex.append({
      producerId: 1,
      firstOffset: 100,
      lastOffset: 101,
      lastStableOffset: 102,
    })
    segment.flush()
    expect(environment.fileSystem.list(directory)).toEqual(names('.cleaned'))
  })

  test('change their suffix together, while the segment stays readable', () => {
    const environment = environmentOf()
    const segment = filled(environment, '.cleaned')
    segment.transactionIndex.append({
      producerId: 1,
      firstOffset: 100,
      lastOffset: 101,
      lastStableOffset: 102,
    })
    segment.flush()
    for (const suffix of ['.swap', '', '.deleted'] as const) {
      segment.renameTo(suffix)
      expect(environment.fileSystem.list(directory)).toEqual(names(suffix))
      expect(firstOffsetOf(segment, 103)).toBe(102)
      segment.close()
      expect(firstOffsetOf(segment, 105)).toBe(104)
    }
    expect(segment.path).toBe(`${directory}/00000000000000000100.log.deleted`)
  })

  test('are renamed as far as they are there', () => {
    const environment = environmentOf()
    const segment = filled(environment)
    segment.renameTo('.deleted')
    expect(environment.fileSystem.list(directory)).toEqual(['00000000000000000100.log.deleted'])
    segment.writeIndexes(false)
    expect(environment.fileSystem.list(directory)).toContain('00000000000000000100.index.deleted')
  })

  test('are all removed', () => {
    const environment = environmentOf()
    const segment = filled(environment)
    segment.flush()
    segment.renameTo('.deleted')
    segment.deleteFiles()
    expect(environment.fileSystem.list(directory)).toEqual([])
  })
})

describe('the largest timestamp', () => {
  test('is that of the records', () => {
    expect(filled().largestTimestamp).toBe(1106)
  })

  test('is the time the segment was made where no record has one', () => {
    const environment = environmentOf()
    const madeMs = environment.clock.now()
    const segment = new LogSegment(environment, directory, 0, defaultLogConfig)
    environment.clock.advance(1000)
    segment.append(batchAt(0, ['a'], -1))
    expect(segment.largestTimestamp).toBe(madeMs)
  })
})
