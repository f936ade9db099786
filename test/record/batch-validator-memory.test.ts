import { ApiError } from '../../src/protocol/api-error.ts'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { encodeBatch } from '../../src/record/batch-encoder.ts'
import { validateRecords } from '../../src/record/batch-validator.ts'

const MB = 1024 * 1024
const VALUE_BYTES = 64 * MB

test('the memory of a decompressed large batch is released, whether the batch is accepted or refused', async () => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  const record = { timestamp: 1, key: null, value: Buffer.alloc(VALUE_BYTES) }
  const records = encodeBatch([record], { compression: 'gzip', level: 1 })
  const keptBytes = async (maxDecompressedMessageBytes: number, errorCode: ErrorCode) => {
    const before = await collectGarbage(gc)
    const verdict = validateRecords(records, {
      origin: 'client',
      topicPartition: 't-0',
      compressionType: 'producer',
      maxMessageBytes: MB,
      maxDecompressedMessageBytes,
      timestampType: 'CreateTime',
      timestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
      timestampAfterMaxMs: Number.MAX_SAFE_INTEGER,
      isCompacted: false,
      nowMs: 1,
    })
    expect(verdict instanceof ApiError ? verdict.errorCode : ErrorCode.None).toBe(errorCode)
    return (await collectGarbage(gc)) - before
  }
  expect(await keptBytes(VALUE_BYTES / 2, ErrorCode.InvalidRecord)).toBeLessThan(8 * MB)
  expect(await keptBytes(2 * VALUE_BYTES, ErrorCode.None)).toBeLessThan(8 * MB)
})

/**
 * Returns the bytes of buffers that remain. V8 frees buffers in the background, after a collection.
 */
async function collectGarbage(gc: () => void): Promise<number> {
  let least = Infinity
  for (let round = 0; round < 50; round++) {
    gc()
    await nextTurn()
    least = Math.min(least, process.memoryUsage().arrayBuffers)
  }
  return least
}
