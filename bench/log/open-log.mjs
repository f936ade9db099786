/**
 * Logs of the built package, without a broker.
 *
 * @import { Clock } from '../../src/platform/clock.ts'
 * @import { FileSystem } from '../../src/platform/file-system.ts'
 * @import { Log } from '../../src/log/log.ts'
 * @import { LogConfig } from '../../src/log/log-config.ts'
 * @import { LogManager } from '../../src/log/log-manager.ts'
 */
import { built } from '../functions/built.mjs'
import { recordBatch } from '../functions/records.mjs'

const topicId = 'T2RyYWRla1RvcGljSWQwMQ'

export function diskFileSystem() {
  /** @type {typeof import('../../src/platform/disk-file-system.ts')} */
  const { DiskFileSystem } = built('platform/disk-file-system.js')
  return new DiskFileSystem()
}

export function memoryFileSystem() {
  /** @type {typeof import('../../src/platform/memory-file-system.ts')} */
  const { MemoryFileSystem } = built('platform/memory-file-system.js')
  return new MemoryFileSystem()
}

function systemClock() {
  /** @type {typeof import('../../src/platform/system-clock.ts')} */
  const { SystemClock } = built('platform/system-clock.js')
  return new SystemClock()
}

/**
 * @param {string} directory
 * @param {FileSystem} [fileSystem] default the disk
 * @param {Clock} [clock] default the system's
 * @returns {LogManager}
 */
export function openLogManager(directory, fileSystem = diskFileSystem(), clock = systemClock()) {
  /** @type {typeof import('../../src/log/log-manager.ts')} */
  const { LogManager } = built('log/log-manager.js')
  /** @type {typeof import('../../src/platform/random.ts')} */
  const { systemRandom } = built('platform/random.js')
  /** @type {typeof import('../../src/platform/turn.ts')} */
  const { systemTurn } = built('platform/turn.js')
  const manager = new LogManager({
    logDirs: [directory],
    fileSystem,
    clock,
    random: systemRandom,
    turn: systemTurn,
    brokerId: 0,
    clusterId: topicId,
  })
  manager.open()
  return manager
}

/**
 * @param {LogManager} manager
 * @param {number} partition
 * @param {Partial<LogConfig>} [config]
 * @returns {Log}
 */
export function openLog(manager, partition, config = {}) {
  /** @type {typeof import('../../src/log/log-config.ts')} */
  const { defaultLogConfig } = built('log/log-config.js')
  return manager.getOrCreate('orders', partition, topicId, { ...defaultLogConfig, ...config })
}

/**
 * @param {LogManager} manager
 * @param {number} partition
 */
export function deleteLog(manager, partition) {
  manager.delete('orders', partition)
}

/**
 * Returns a source of batches as a producer sends them. Every call returns the next of a few
 * copies, like frames that are received into reused memory.
 *
 * @param {number} recordCount
 * @param {number} recordBytes
 */
export function batchSource(recordCount, recordBytes) {
  /** @type {typeof import('../../src/record/batch-view.ts')} */
  const { BatchView } = built('record/batch-view.js')
  const batch = recordBatch(recordCount, recordBytes)
  const copies = Array.from({ length: 8 }, () => Uint8Array.from(batch))
  let next = 0
  return {
    sizeInBytes: batch.length,
    recordCount,
    next() {
      const copy = copies[next++ & 7] ?? batch
      new BatchView(copy).stampBaseOffset(0)
      return copy
    },
  }
}

/**
 * @param {Log} log
 * @param {ReturnType<typeof batchSource>} source
 * @param {number} bytes the minimum
 */
export function fill(log, source, bytes) {
  for (let written = 0; written < bytes; written += source.sizeInBytes) append(log, source.next())
  log.updateHighWatermark(log.logEndOffset)
}

/**
 * @param {Log} log
 * @param {Uint8Array} batch
 */
export function append(log, batch) {
  const appended = log.appendAsLeader(batch, 0)
  if ('errorCode' in appended) throw new Error(`refused with ${appended.errorCode}`)
}
