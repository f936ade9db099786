import {
  closeSync,
  copyFileSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { built } from '../functions/built.mjs'

const SEGMENT_BYTES = 2 ** 30
const RECORD_BYTES = 250_000
const CHECKPOINTS = ['recovery-point-offset-checkpoint', 'replication-offset-checkpoint']

/**
 * Makes a partition large while its broker is stopped: segments of 1 GB in Kafka's own files, with
 * one record of 250 KB per batch. The values are zeros in holes of the files, so that this takes
 * little time and space.
 *
 * @param {string} directory the broker's directory, stopped cleanly; it has the partition with one
 * record
 * @param {string} topic its partition 0 is used
 * @param {number} segmentCount
 * @returns {number} the number of records
 */
export function enlarge(directory, topic, segmentCount) {
  const partition = join(directory, `${topic}-0`)
  const batch = emptyBatch()
  const perSegment = Math.floor(SEGMENT_BYTES / batch.sizeInBytes)
  for (let segment = 0; segment < segmentCount; segment++) {
    writeSegment(partition, segment * perSegment, perSegment, batch)
  }
  const count = segmentCount * perSegment
  // No record has a producer id, so the snapshot is the same for every offset.
  copyFileSync(
    join(partition, `${fileName(1)}.snapshot`),
    join(partition, `${fileName(count)}.snapshot`),
  )
  for (const name of CHECKPOINTS) {
    const path = join(directory, name)
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replace(`${topic} 0 1\n`, `${topic} 0 ${count}\n`),
    )
  }
  return count
}

/**
 * @returns {{ start: Uint8Array, sizeInBytes: number, timestamp: number }} the bytes before its
 * many zeros
 */
function emptyBatch() {
  /** @type {typeof import('../../src/record/batch-encoder.ts')} */
  const { encodeBatch } = built('record/batch-encoder.js')
  const timestamp = Date.now()
  const batch = Buffer.from(encodeBatch([{ value: Buffer.alloc(RECORD_BYTES), timestamp }]))
  batch.writeInt32BE(0, 12)
  const start = batch.subarray(0, batch.findLastIndex((byte) => byte !== 0) + 1)
  return { start, sizeInBytes: batch.length, timestamp }
}

/**
 * @param {string} partition
 * @param {number} baseOffset
 * @param {number} count
 * @param {ReturnType<typeof emptyBatch>} batch
 */
function writeSegment(partition, baseOffset, count, { start, sizeInBytes, timestamp }) {
  const path = join(partition, fileName(baseOffset))
  const offsetIndex = Buffer.alloc((count - 1) * 8)
  const log = openSync(`${path}.log`, 'w')
  for (let i = 0; i < count; i++) {
    start.set(offsetBytes(baseOffset + i))
    writeSync(log, start, 0, start.length, i * sizeInBytes)
    if (i === 0) continue
    offsetIndex.writeInt32BE(i, (i - 1) * 8)
    offsetIndex.writeInt32BE(i * sizeInBytes, (i - 1) * 8 + 4)
  }
  ftruncateSync(log, count * sizeInBytes)
  closeSync(log)
  writeFileSync(`${path}.index`, offsetIndex)
  const timeIndex = Buffer.alloc(12)
  timeIndex.writeBigInt64BE(BigInt(timestamp))
  writeFileSync(`${path}.timeindex`, timeIndex)
}

/** @param {number} offset */
function offsetBytes(offset) {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(offset))
  return bytes
}

/** @param {number} offset */
function fileName(offset) {
  return `${offset}`.padStart(20, '0')
}
