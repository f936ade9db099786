/** @import { LogSuite } from '../types.ts' */
import { closeSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { built } from '../functions/built.mjs'
import { cpuSecondsOf } from './meter.mjs'
import { batchSource, fill, openLog, openLogManager } from './open-log.mjs'

const windowBytes = 1024 * 1024
/** The size of the log, and its batches. */
const kinds = [
  { megabytes: 64, recordCount: 100, recordBytes: 100 },
  { megabytes: 512, recordCount: 100, recordBytes: 100 },
  { megabytes: 2_048, recordCount: 100, recordBytes: 100 },
  { megabytes: 512, recordCount: 1_000, recordBytes: 1_000 },
  { megabytes: 512, recordCount: 10, recordBytes: 100 },
  { megabytes: 512, recordCount: 1, recordBytes: 100 },
]

/** @type {LogSuite} */
export const recoverySuite = {
  name: 'recovery',
  summary:
    'opening a log after kill -9, for several sizes of logs and batches, with the files in the page cache',

  open({ directory, scale }) {
    const figures = kinds.map(({ megabytes, recordCount, recordBytes }) => {
      const source = batchSource(recordCount, recordBytes)
      const path = join(directory, `${megabytes}-${recordCount}-${recordBytes}`)
      const manager = openLogManager(path)
      const log = openLog(manager, 0)
      fill(log, source, megabytes * 1e6 * scale)
      const bytes = log.files.sizeInBytes
      const files = log.files.segments.map((segment) => segment.path)
      manager.discard()
      const rate = (/** @type {() => void} */ pass) => bytes / 1e9 / cpuSecondsOf(pass)
      return {
        title: `${Math.round(megabytes * scale)} MB in batches of ${source.sizeInBytes} B`,
        unit: 'GB/CPU-s',
        goal: '1.00',
        contestants: [
          { name: 'odradek', measure: () => rate(() => recover(path, log.logEndOffset)) },
          { name: 'limit', measure: () => rate(() => readAndSum(files, () => {})) },
          { name: 'reading and CRC-32C', measure: () => rate(() => readAndSum(files, checksum())) },
        ],
      }
    })
    return { figures }
  },
}

/**
 * @param {string} path
 * @param {number} logEndOffset
 */
function recover(path, logEndOffset) {
  const manager = openLogManager(path)
  const log = openLog(manager, 0)
  if (log.logEndOffset !== logEndOffset) throw new Error(`the log ends at ${log.logEndOffset}`)
  manager.discard()
}

/**
 * Reads the whole file through one buffer.
 *
 * @param {readonly string[]} files
 * @param {(bytes: Uint8Array) => void} use
 */
function readAndSum(files, use) {
  const buffer = Buffer.allocUnsafeSlow(windowBytes)
  for (const path of files) {
    const fd = openSync(path, 'r')
    for (let position = 0, count; (count = readSync(fd, buffer, 0, windowBytes, position)) > 0;) {
      use(buffer.subarray(0, count))
      position += count
    }
    closeSync(fd)
  }
}

function checksum() {
  /** @type {typeof import('../../src/platform/crc32c.ts')} */
  const { crc32c } = built('platform/crc32c.js')
  return crc32c
}
