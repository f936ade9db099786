import { expect, test } from 'vitest'
import { surveySegment } from '../../../src/log/survey/segment-survey.ts'
import type { FileHandle } from '../../../src/platform/file-system.ts'
import { MemoryFileSystem } from '../../../src/platform/memory-file-system.ts'
import { encodeBatch } from '../../../src/record/batch-encoder.ts'
import { encodeLegacyMessage } from '../cleaner/legacy-messages.ts'

function fileOf(...parts: readonly Uint8Array[]): FileHandle {
  const fileSystem = new MemoryFileSystem()
  fileSystem.writeFile('/file', Buffer.concat(parts))
  return fileSystem.open('/file')
}

function batch(baseOffset: number, value = 'x'): Buffer {
  return Buffer.from(encodeBatch([{ value: Buffer.from(value), timestamp: 0 }], { baseOffset }))
}

const survey = (file: FileHandle, baseOffset = 0, nextBaseOffset = Infinity) =>
  surveySegment(file, { baseOffset, nextBaseOffset, areRecordsRead: true })

test('the next batch is found after damage of any size, at any byte', () => {
  for (const bytes of [1, 17, 60, 1024 * 1024 - 3, 1024 * 1024, 3_000_001]) {
    const noise = Buffer.alloc(bytes, 0x7f)
    const file = fileOf(batch(0), noise, batch(1), batch(2))
    expect(survey(file).damaged).toMatchObject([
      { position: batch(0).length, sizeInBytes: bytes, offset: 1, nextOffset: 1 },
    ])
  }
})

test('a batch larger than the read buffer is found after damage', () => {
  const large = batch(1, 'x'.repeat(3_000_000))
  const { sound, damaged, nextOffset } = survey(fileOf(Buffer.alloc(99, 1), large))
  expect(sound).toEqual([{ position: 99, sizeInBytes: large.length }])
  expect(damaged).toMatchObject([{ position: 0, sizeInBytes: 99, nextOffset: 1 }])
  expect(nextOffset).toBe(2)
})

test('a batch within the value of another does not belong to the log', () => {
  const outer = batch(1, batch(1).toString('latin1'))
  const record = Buffer.from(encodeBatch([{ value: batch(1), timestamp: 0 }], { baseOffset: 1 }))
  for (const holder of [outer, record]) {
    holder[holder.length - 1]! ^= 1
    const { damaged } = survey(fileOf(batch(0), holder, batch(2)))
    expect(damaged).toMatchObject([{ sizeInBytes: holder.length, nextOffset: 2 }])
  }
})

test('messages of magic 0 and 1 are skipped like batches', () => {
  for (const magic of [0, 1] as const) {
    const messages = [0, 1, 2].map((offset) =>
      Buffer.from(
        encodeLegacyMessage(magic, offset, 5, { key: null, value: Buffer.from(`r${offset}`) }),
      ),
    )
    messages[1]![messages[1]!.length - 1]! ^= 1
    const { damaged, nextOffset } = survey(fileOf(...messages))
    expect(damaged).toMatchObject([{ damage: 'corruptBatch', offset: 1, nextOffset: 2 }])
    expect(nextOffset).toBe(3)
  }
})

test('offsets must be between the base offsets of the segment and the next one', () => {
  const file = fileOf(batch(5), batch(6), batch(12))
  expect(survey(file, 5, 10)).toMatchObject({ nextOffset: 7, hasGaps: false })
  expect(survey(file, 5, 10).damaged).toMatchObject([{ damage: 'wrongOffset', offset: 7 }])
  expect(survey(file, 6).damaged).toMatchObject([{ damage: 'wrongOffset', nextOffset: 6 }])
  expect(survey(file, 5)).toMatchObject({ damaged: [], hasGaps: true, nextOffset: 13 })
  expect(survey(file, 4, 10)).toMatchObject({ hasGaps: true, nextOffset: 7 })
})
