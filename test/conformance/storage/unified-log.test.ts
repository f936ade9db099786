import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, inject, test } from 'vitest'
import { SegmentFile, segmentFileName } from '../../../src/log/log-file-names.ts'
import { encodeBatch, type EncodeOptions } from '../../../src/record/batch-encoder.ts'
import { BatchView } from '../../../src/record/batch-view.ts'
import { LogTwins, type TwinSettings } from '../support/log-twins.ts'
import { patienceMs } from '../support/patience.ts'
import { liveThrough } from '../support/twin-history.ts'
import { UnifiedLogProcess } from '../support/unified-log.ts'

const { kafka } = inject('tools')
/** `TWINS_HISTORIES=5000` runs more histories, from seed `TWINS_FIRST_SEED` on. */
const { TWINS_HISTORIES = '150', TWINS_FIRST_SEED = '0' } = process.env

const settings: TwinSettings = {
  segmentBytes: 20_000,
  indexIntervalBytes: 100,
  retentionBytes: -1,
  isCompacted: false,
  deleteRetentionMs: 0,
  producerIdExpirationMs: 24 * 60 * 60 * 1000,
}

describe.skipIf(kafka.missing !== undefined)(
  "A log and Kafka's own UnifiedLog are the same after every step",
  { timeout: patienceMs },
  () => {
    const root = mkdtempSync(join(tmpdir(), 'odradek-unified-log-'))
    let unifiedLog: UnifiedLogProcess
    let count = 0

    beforeAll(() => {
      unifiedLog = new UnifiedLogProcess(kafka)
    })

    afterAll(async () => {
      await unifiedLog?.close()
      rmSync(root, { recursive: true, force: true })
    })

    const begin = (changed: Partial<TwinSettings> = {}): Promise<LogTwins> =>
      LogTwins.begin(unifiedLog, join(root, String(count++)), { ...settings, ...changed })

    test('of random histories', async () => {
      for (let i = 0; i < Number(TWINS_HISTORIES); i++) {
        const seed = Number(TWINS_FIRST_SEED) + i
        try {
          await liveThrough(seed, unifiedLog, join(root, `history-${seed}`))
        } catch (error) {
          throw new Error(`TWINS_FIRST_SEED=${seed} TWINS_HISTORIES=1`, { cause: error })
        }
      }
    })

    test('of a truncation to any offset, within batches and gaps too', async () => {
      for (let offset = 0; offset <= 24; offset++) {
        const twins = await begin()
        await fill(twins)
        await twins.truncateTo(offset)
        await twins.compareReads()
        await twins.append(batch(2, { producerId: 1, producerEpoch: 0, baseSequence: 9 }), 5)
        await twins.truncateTo(offset + 1)
        if (offset % 2 === 0) await twins.kill()
        await twins.append(batch(1), 6)
        await twins.restart()
        await twins.compareReads()
        await twins.close()
      }
    })

    test('after truncation of a compacted log, producers come from the snapshot, and then from the remaining batches', async () => {
      const twins = await begin({ isCompacted: true })
      const of2 = { producerId: 2, producerEpoch: 0, isTransactional: true }
      await twins.append(batch(1, { ...of2, baseSequence: 0 }, ['a']), 0)
      await twins.roll()
      await twins.append(batch(2, { ...of2, baseSequence: 1 }, ['a', 'b']), 0)
      await twins.append(batch(1, {}, ['b'], 5000), 0)
      await twins.append(batch(1, { producerId: 1, producerEpoch: 0, baseSequence: 0 }), 0)
      await twins.highWatermark(5)
      await twins.append(batch(1, {}, ['a', 'b']), 0)
      await twins.compact()
      await twins.truncateTo(4)
      await twins.close()
    })

    test('if a compacted log has lost a snapshot, producers come from the remaining batches', async () => {
      const twins = await begin({ isCompacted: true })
      const of3 = { producerId: 3, producerEpoch: 0 }
      await twins.append(batch(1, { ...of3, baseSequence: 0 }, ['a']), 0)
      await twins.append(batch(2, { ...of3, baseSequence: 1 }, ['a', 'b']), 0)
      await twins.append(batch(1, {}, ['b'], 5000), 0)
      await twins.roll()
      await twins.highWatermark(4)
      await twins.compact()
      await twins.append(batch(1, { producerId: 1, producerEpoch: 0, baseSequence: 0 }), 0)
      await twins.kill((names) =>
        names.filter((name) => name.endsWith('.snapshot')).map((name) => ({ name })),
      )
      await twins.close()
    })

    test('if a log truncated below its start gets the old start back, producers below it are unknown', async () => {
      const twins = await begin()
      const of2 = { producerId: 2, producerEpoch: 0 }
      await twins.append(batch(1, { ...of2, baseSequence: 0 }), 0)
      await twins.append(batch(1, { ...of2, baseSequence: 1 }), 0)
      await twins.append(batch(1, { producerId: 3, producerEpoch: 0, baseSequence: 0 }), 0)
      await twins.highWatermark(3)
      await twins.deleteRecords(3)
      twins.checkpoint()
      await twins.truncateTo(2)
      await twins.append(batch(1, { ...of2, baseSequence: 2 }), 0)
      await twins.kill()
      await twins.append(batch(1, { ...of2, baseSequence: 1 }), 0)
      await twins.close()
    })

    test.each([0, 1, 2])('if segment %i has lost its end and the next one exists', async (at) => {
      const twins = await begin()
      await fill(twins)
      const { baseOffset, sizeInBytes } = twins.log.files.segments[at]!
      await twins.close()
      const positions = [0, 1, 60, 61, sizeInBytes - 1, ...endsOfBatches(twins, baseOffset)]
      for (const position of positions) {
        const next = await begin()
        await fill(next)
        next.forgetRecoveryPoint()
        const name = segmentFileName(baseOffset, SegmentFile.Log)
        await next.kill(() => [{ name, sizeInBytes: position }])
        await next.compareReads()
        await next.append(batch(1, { producerId: 1, producerEpoch: 0, baseSequence: 9 }), 7)
        await next.restart()
        await next.compareReads()
        await next.close()
      }
    })

    test.each([0, 1, 2])('if segment %i is completely lost', async (at) => {
      const twins = await begin()
      await fill(twins)
      const { baseOffset } = twins.log.files.segments[at]!
      twins.forgetRecoveryPoint()
      await twins.kill((names) =>
        names
          .filter((name) => name.startsWith(String(baseOffset).padStart(20, '0')))
          .map((name) => ({ name })),
      )
      await twins.compareReads()
      await twins.append(batch(1), 7)
      await twins.restart()
      await twins.close()
    })
  },
)

/**
 * Appends batches with and without producers, an aborted and an open transaction, gaps and epochs,
 * in three segments.
 */
async function fill(twins: LogTwins): Promise<void> {
  const of1 = { producerId: 1, producerEpoch: 0 }
  const of2 = { producerId: 2, producerEpoch: 3, isTransactional: true }
  await twins.append(batch(3), 0)
  await twins.append(batch(2, { ...of1, baseSequence: 0 }), 0)
  await twins.append(batch(2, { ...of2, baseSequence: 0 }), 1)
  await twins.roll()
  await twins.append(batch(3, { ...of1, baseSequence: 2 }), 1)
  await twins.appendAsFollower(batch(2, { baseOffset: 13, partitionLeaderEpoch: 2 }))
  await twins.highWatermark(12)
  await twins.endTransaction({ producerId: 2, producerEpoch: 3, isAbort: true }, 2)
  await twins.roll()
  await twins.append(batch(4, { ...of1, baseSequence: 5 }), 4)
  await twins.append(batch(1, { ...of2, baseSequence: 2 }), 4)
  await twins.append(batch(2), 4)
  await twins.highWatermark(20)
}

function batch(
  count: number,
  options: EncodeOptions = {},
  keys: readonly string[] = ['k'],
  laterMs = 0,
): Uint8Array {
  const records = Array.from({ length: count }, (_, index) => ({
    key: Buffer.from(keys[index % keys.length]!),
    value: Buffer.from(`value ${index}`),
    timestamp: Date.UTC(2026, 0, 1) - 10_000 + laterMs + index,
  }))
  return encodeBatch(records, options)
}

function endsOfBatches({ kit }: LogTwins, baseOffset: number): number[] {
  const name = segmentFileName(baseOffset, SegmentFile.Log)
  const bytes = kit.fileSystem.readFile(`${kit.directory}/orders-0/${name}`)
  const ends: number[] = []
  for (let at = 0; at < bytes.length;) {
    at += new BatchView(bytes, at).sizeInBytes
    ends.push(at)
  }
  return ends
}
