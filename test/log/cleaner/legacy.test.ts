import { expect, test } from 'vitest'
import { compress } from '../../../src/record/compression.ts'
import { recordsOf } from '../../../src/record/records.ts'
import { batchesIn, CleanerKit, contentOf, put } from './cleaner-kit.ts'
import { encodeLegacyMessage } from './legacy-messages.ts'

const manual = { isEnabled: false }
const timestamp = Date.UTC(2015, 0, 1)

/** Opens a log that starts with these messages. Its first segment is inactive. */
function opened(...messages: readonly Uint8Array[]) {
  const kit = new CleanerKit(manual)
  kit.fileSystem.makeDirectory('/data/orders-0')
  const path = '/data/orders-0/00000000000000000000.log'
  kit.fileSystem.writeFile(path, Buffer.concat(messages))
  kit.crash()
  const log = kit.compacted()
  log.updateHighWatermark(log.logEndOffset)
  log.files.roll()
  return { kit, log }
}

function message(magic: 0 | 1, offset: number, key: string | null, value: string | null) {
  return encodeLegacyMessage(magic, offset, timestamp + offset, {
    key: key === null ? null : Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
  })
}

test.each([0, 1] as const)(
  'messages of magic %i are written again as batches of magic 2',
  async (magic) => {
    const { kit, log } = opened(
      message(magic, 0, 'a', '1'),
      message(magic, 1, null, 'without a key'),
      message(magic, 2, 'b', '1'),
      message(magic, 3, 'a', '2'),
      message(magic, 4, 'c', null),
    )
    const stats = await kit.cleaner.cleanNow(log)
    expect(contentOf(log)).toEqual(['2:b=1', '3:a=2', '4:c=null'])
    expect(stats).toMatchObject({ recordsRead: 5, recordsWritten: 3, invalidRecords: 1 })
    const batches = batchesIn(log)
    expect(batches.map((batch) => batch.magic)).toEqual([2, 2, 2])
    expect(batches.map(({ maxTimestamp }) => maxTimestamp)).toEqual(
      magic === 0 ? [-1, -1, -1] : [2, 3, 4].map((offset) => timestamp + offset),
    )
    const deleteHorizonMs = kit.clock.now() + log.config.deleteRetentionMs
    expect(batches[2]).toMatchObject({ deleteHorizonMs, timestampType: 'CreateTime' })
    await kit.clock.advance(log.config.deleteRetentionMs)
    put(log, [['d', '1']])
    log.files.roll()
    await kit.cleaner.cleanNow(log)
    expect(contentOf(log)).toEqual(['2:b=1', '3:a=2', '5:d=1'])
  },
)

test.each([0, 1] as const)(
  'what a compressed message of magic %i wraps stays at its offsets',
  async (magic) => {
    const inner = ['a', 'b', 'a', 'c'].map((key, index) =>
      message(magic, magic === 0 ? 10 + index : index, key, `${index}`),
    )
    const value = compress('gzip', Buffer.concat(inner))
    const wrapper = encodeLegacyMessage(magic, 13, timestamp, { key: null, value, attributes: 1 })
    const { kit, log } = opened(
      message(magic, 2, 'b', 'early'),
      wrapper,
      message(magic, 14, 'c', '4'),
    )
    await kit.cleaner.cleanNow(log)
    expect(contentOf(log)).toEqual(['11:b=1', '12:a=2', '14:c=4'])
    expect(batchesIn(log)[0]).toMatchObject({
      baseOffset: 11,
      lastOffset: 12,
      compression: 'gzip',
      recordCount: 2,
    })
    const times = [...recordsOf(batchesIn(log)[0]!)].map((record) => record.timestamp)
    expect(times).toEqual(magic === 0 ? [-1, -1] : [timestamp + 1, timestamp + 2])
  },
)
