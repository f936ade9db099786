import { ApiError } from '../../src/protocol/api-error.ts'
import { describe, expect, test } from 'vitest'
import type { Log } from '../../src/log/log.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { LENGTH, MAGIC } from '../../src/record/batch-layout.ts'
import { batchesOf } from '../../src/record/batch-view.ts'
import { append, LogKit, readAll } from './log-kit.ts'

/**
 * Three inactive segments of ten batches, and an active one. Batch 15 is in the middle of the
 * second.
 */
const config = { segmentBytes: 720, indexIntervalBytes: 100 }
const batchBytes = 72
const corruptOffset = 15
const file = '/data/orders-0/00000000000000000010.log'
const positionOfCorrupt = (corruptOffset - 10) * batchBytes

interface Case {
  /** Position in the batch, and the bytes there. */
  readonly at: number
  readonly bytes: Uint8Array
}

const payload: Case = { at: 70, bytes: Uint8Array.of(255) }
const sizeOfNothing: Case = { at: LENGTH, bytes: Uint8Array.of(0, 0, 0, 0) }
const sizeOfTwoGiB: Case = { at: LENGTH, bytes: Uint8Array.of(127, 255, 255, 255) }
const unknownMagic: Case = { at: MAGIC, bytes: Uint8Array.of(9) }

interface Start {
  readonly clean: boolean
  readonly recoveryPoint: number
  readonly withoutIndex?: boolean
}

/** Opens a log with a corrupt batch in the middle of an inactive segment. */
function startWith(corruption: Case, { clean, recoveryPoint, withoutIndex }: Start) {
  const kit = new LogKit()
  for (let i = 0; i < 35; i++) append(kit.log(config), [`${i}`.padStart(4)])
  expect(kit.log().files.segments.map(({ baseOffset }) => baseOffset)).toEqual([0, 10, 20, 30])
  expect(kit.log().files.sizeInBytes).toBe(35 * batchBytes)
  kit.manager.close()
  const handle = kit.fileSystem.open(file)
  handle.write([corruption.bytes], positionOfCorrupt + corruption.at)
  handle.close()
  if (withoutIndex) kit.fileSystem.remove(file.replace('.log', '.index'))
  if (!clean) kit.fileSystem.remove('/data/.kafka_cleanshutdown')
  const checkpoint = `0\n1\norders 0 ${recoveryPoint}\n`
  kit.fileSystem.writeFile('/data/recovery-point-offset-checkpoint', checkpoint)
  kit.crash()
  const log = kit.log(config)
  log.updateHighWatermark(log.logEndOffset)
  return { kit, log }
}

const firstOffsetFrom = (log: Log, offset: number) => {
  const read = log.read(offset, 1000, 'highWatermark', true)
  return read instanceof ApiError ? read.errorCode : [...batchesOf(read.slices[0]!)][0]?.baseOffset
}

describe('a corrupt batch in an inactive segment, which Kafka does not check at a start,', () => {
  const unchecked: [string, Start][] = [
    ['after a clean shutdown', { clean: true, recoveryPoint: 35 }],
    ['below the recovery point', { clean: false, recoveryPoint: 30 }],
  ]

  test.each(unchecked)('is served as it lies, for its reader to see (%s)', (_name, start) => {
    const { kit, log } = startWith(payload, start)
    expect(log.logEndOffset).toBe(35)
    const read = log.read(14, 3 * batchBytes, 'highWatermark', true)
    if (read instanceof ApiError) throw new Error('unreadable')
    const batches = [...batchesOf(read.slices[0]!)]
    expect(batches.map((batch) => [batch.baseOffset, batch.isChecksumValid])).toEqual([
      [14, true],
      [15, false],
      [16, true],
    ])
    expect(kit.warnings).toEqual([])
  })

  test.each([
    ['has a size of nothing', sizeOfNothing],
    ['has a size beyond its segment', sizeOfTwoGiB],
    ['has an unknown magic', unknownMagic],
  ])('is refused when it %s', (_name, corruption) => {
    const { kit, log } = startWith(corruption, { clean: true, recoveryPoint: 35 })
    expect(readAll(log, 20).length).toBe(15)
    expect(firstOffsetFrom(log, 12)).toBe(12)
    expect(firstOffsetFrom(log, 14)).toBe(14)
    expect(firstOffsetFrom(log, 15)).toBe(ErrorCode.CorruptMessage)
    expect(kit.warnings.join()).toContain('cannot read orders-0 from offset 15')
    expect(firstOffsetFrom(log, 20)).toBe(20)
    expect(append(log, ['more']).baseOffset).toBe(35)
  })
})

describe('a corrupt batch in an inactive segment that is checked', () => {
  test('because it was not flushed ends the log', () => {
    for (const recoveryPoint of [0, 12, 19]) {
      const { kit, log } = startWith(payload, { clean: false, recoveryPoint })
      expect(log.logEndOffset).toBe(15)
      expect(readAll(log).map(([offset]) => offset)).toEqual(
        Array.from({ length: 15 }, (_, i) => i),
      )
      expect(kit.warnings).toEqual([
        `truncated ${file} by ${5 * batchBytes} bytes that are not whole batches`,
        'removed /data/orders-0/00000000000000000030.log',
        'removed /data/orders-0/00000000000000000020.log',
      ])
      expect(kit.files().filter((name) => name.endsWith('.log.deleted')).length).toBe(2)
      expect(append(log, ['more']).baseOffset).toBe(15)
    }
  })

  test.each([
    ['after a clean shutdown', { clean: true, recoveryPoint: 35, withoutIndex: true }],
    ['below the recovery point', { clean: false, recoveryPoint: 30, withoutIndex: true }],
  ])('because its index is missing ends its segment, but not the log (%s)', (_name, start) => {
    const { kit, log } = startWith(payload, start)
    expect(log.logEndOffset).toBe(35)
    expect(readAll(log).map(([offset]) => offset)).toEqual(
      Array.from({ length: 35 }, (_, i) => i).filter((i) => i < 15 || i >= 20),
    )
    expect(firstOffsetFrom(log, 15)).toBe(20)
    expect(kit.warnings).toEqual([
      `rebuilt the indexes of ${file}`,
      `truncated ${file} by ${5 * batchBytes} bytes that are not whole batches`,
    ])
    kit.restart()
    expect(readAll(kit.log(config)).length).toBe(30)
  })
})
