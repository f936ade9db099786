/**
 * @import { FunctionSuite } from '../types.ts'
 * @import { Log } from '../../src/log/log.ts'
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { built } from './built.mjs'
import { recordBatch } from './records.mjs'

/** A larger log is emptied, so that a run of any length fits on the disk. */
const maxLogBytes = 512 * 1024 * 1024
const filledBatches = 256
const recordsPerBatch = 1_000
const fetchBytes = 1_048_576
const topicId = 'T2RyYWRla1RvcGljSWQwMQ'

/** @type {FunctionSuite} */
export const logSuite = {
  name: 'log',

  open() {
    const directory = mkdtempSync(join(tmpdir(), 'odradek-bench-log-'))
    const manager = openLogManager(directory)
    /** @type {typeof import('../../src/log/log-config.ts')} */
    const { defaultLogConfig } = built('log/log-config.js')
    const newLog = (/** @type {number} */ partition) =>
      manager.getOrCreate('orders', partition, topicId, defaultLogConfig)
    const small = recordBatch(1, 100)
    const large = recordBatch(recordsPerBatch, 1_024)
    const functions = [
      // First, while the appended batches are still in memory.
      ...reading(newLog(0), large),
      { name: 'append 1 record of 100 B', call: appending(newLog(1), small) },
      {
        name: 'append 1,000 records of 1 KB',
        bytesPerCall: large.length,
        call: appending(newLog(2), large),
      },
    ]
    const close = () => {
      manager.close()
      rmSync(directory, { recursive: true, force: true })
    }
    return { functions, close }
  },
}

/** @param {string} directory */
function openLogManager(directory) {
  /** @type {typeof import('../../src/log/log-manager.ts')} */
  const { LogManager } = built('log/log-manager.js')
  /** @type {typeof import('../../src/platform/disk-file-system.ts')} */
  const { DiskFileSystem } = built('platform/disk-file-system.js')
  /** @type {typeof import('../../src/platform/system-clock.ts')} */
  const { SystemClock } = built('platform/system-clock.js')
  /** @type {typeof import('../../src/platform/random.ts')} */
  const { systemRandom } = built('platform/random.js')
  /** @type {typeof import('../../src/platform/turn.ts')} */
  const { systemTurn } = built('platform/turn.js')
  const manager = new LogManager({
    logDirs: [directory],
    fileSystem: new DiskFileSystem(),
    clock: new SystemClock(),
    random: systemRandom,
    turn: systemTurn,
    brokerId: 0,
    clusterId: topicId,
  })
  manager.open()
  return manager
}

/**
 * Appended bytes belong to the log, so every call uses the next copy of the batch. When a copy is
 * used again, the log has released it.
 *
 * @param {Log} log
 * @param {Uint8Array} batch
 */
function appending(log, batch) {
  /** @type {typeof import('../../src/record/batch-view.ts')} */
  const { BatchView } = built('record/batch-view.js')
  const copies = Array.from({ length: 64 }, () => Uint8Array.from(batch))
  let next = 0
  return () => {
    if ((log.files ?? log).sizeInBytes > maxLogBytes) log.truncateFullyAndStartAt(0)
    const copy = copies[next++ % copies.length] ?? batch
    // As a producer sends it: the log has stamped its own offset on it.
    new BatchView(copy).stampBaseOffset(0)
    append(log, copy)
  }
}

/**
 * @param {Log} log
 * @param {Uint8Array} batch
 */
function reading(log, batch) {
  for (let filled = 0; filled < filledBatches; filled++) append(log, Uint8Array.from(batch))
  log.updateHighWatermark(log.logEndOffset)
  const lastBatch = log.logEndOffset - recordsPerBatch
  let offset = 0
  return [
    {
      name: 'read 1 MB near the end',
      call: () => log.read(lastBatch, fetchBytes, 'highWatermark', true),
    },
    {
      name: 'read 1 MB from the files',
      bytesPerCall: batch.length,
      call: () => {
        offset = (offset + recordsPerBatch) % (lastBatch / 2)
        return log.read(offset, fetchBytes, 'highWatermark', true)
      },
    },
  ]
}

/**
 * @param {Log} log
 * @param {Uint8Array} batch
 */
function append(log, batch) {
  const appended = log.appendAsLeader(batch, 0)
  if ('errorCode' in appended) throw new Error(`refused with ${appended.errorCode}`)
}
