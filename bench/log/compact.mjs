/** @import { LogSuite } from '../types.ts' */
/** @import { Log } from '../../src/log/log.ts' */
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { built } from '../functions/built.mjs'
import { cpuSecondsOf, cpuSecondsOfAsync } from './meter.mjs'
import { append, deleteLog, diskFileSystem, openLog, openLogManager } from './open-log.mjs'

const logBytes = 128e6
const segmentBytes = 32 * 1024 * 1024
const recordsPerBatch = 100
const valueBytes = 100
const ioBytes = 1024 * 1024
/** The number of records per key. */
const repetitions = [1, 10]

/** @type {LogSuite} */
export const compactSuite = {
  name: 'compact',
  summary:
    'the cleaner, for logs whose keys occur once or ten times; reading and writing the same bytes for comparison',

  open({ directory, scale }) {
    const manager = openLogManager(join(directory, 'logs'))
    let partition = 0
    const figures = repetitions.map((repetition) => ({
      title: `keys ${repetition === 1 ? 'that come once' : `that come ${repetition} times`}`,
      unit: 'MB/CPU-s',
      decimals: 0,
      contestants: [
        {
          name: 'odradek',
          measure: async () => {
            const config = { cleanupPolicy: { delete: false, compact: true }, segmentBytes }
            const log = openLog(manager, ++partition, config)
            fillWithKeys(log, logBytes * scale, repetition)
            log.files.roll()
            log.updateHighWatermark(log.logEndOffset)
            const bytes = log.files.sizeInBytes
            const cleaner = openCleaner(log)
            const seconds = await cpuSecondsOfAsync(async () => void (await cleaner.cleanNow(log)))
            cleaner.close()
            deleteLog(manager, partition)
            return bytes / 1e6 / seconds
          },
        },
        {
          name: 'limit',
          measure: () => {
            const bytes = logBytes * scale
            return (
              bytes / 1e6 / readTwiceAndWrite(join(directory, 'plain'), bytes, bytes / repetition)
            )
          },
        },
      ],
    }))
    return { figures, close: () => manager.close() }
  },
}

/**
 * @param {Log} log
 * @param {number} bytes
 * @param {number} repetition
 */
function fillWithKeys(log, bytes, repetition) {
  /** @type {typeof import('../../src/record/batch-encoder.ts')} */
  const { encodeBatch } = built('record/batch-encoder.js')
  const value = Buffer.alloc(valueBytes, 'v')
  const keys = Math.floor(bytes / (valueBytes + 20) / repetition)
  for (let record = 0; log.files.sizeInBytes < bytes;) {
    const batch = encodeBatch(
      Array.from({ length: recordsPerBatch }, () => ({
        key: Buffer.from(`key-${record++ % keys}`),
        value,
        timestamp: Date.now(),
      })),
    )
    append(log, batch)
  }
}

/** @param {Log} log */
function openCleaner(log) {
  /** @type {typeof import('../../src/log/cleaner/log-cleaner.ts')} */
  const { LogCleaner } = built('log/cleaner/log-cleaner.js')
  /** @type {typeof import('../../src/log/cleaner/cleaner-config.ts')} */
  const { defaultCleanerConfig } = built('log/cleaner/cleaner-config.js')
  /** @type {typeof import('../../src/platform/system-clock.ts')} */
  const { SystemClock } = built('platform/system-clock.js')
  /** @type {typeof import('../../src/platform/random.ts')} */
  const { systemRandom } = built('platform/random.js')
  /** @type {typeof import('../../src/platform/turn.ts')} */
  const { systemTurn } = built('platform/turn.js')
  return new LogCleaner({
    logs: () => [log],
    clock: new SystemClock(),
    fileSystem: diskFileSystem(),
    random: systemRandom,
    turn: systemTurn,
    durability: 'pageCache',
    config: defaultCleanerConfig,
    onWarning: (message) => console.error(message),
  })
}

/**
 * The minimum of a cleaner: reads all bytes for the keys, reads them again, and writes the retained
 * part.
 *
 * @param {string} path
 * @param {number} bytes
 * @param {number} keptBytes
 */
function readTwiceAndWrite(path, bytes, keptBytes) {
  const buffer = Buffer.alloc(ioBytes, 'x')
  const source = openSync(path, 'w+')
  const target = openSync(`${path}.cleaned`, 'w')
  for (let position = 0; position < bytes; position += ioBytes)
    writeSync(source, buffer, 0, ioBytes, position)
  const seconds = cpuSecondsOf(() => {
    for (const pass of [0, 1]) {
      for (let position = 0; position < bytes; position += ioBytes) {
        readSync(source, buffer, 0, ioBytes, position)
        if (pass === 1 && position < keptBytes) writeSync(target, buffer, 0, ioBytes, position)
      }
    }
  })
  closeSync(source)
  closeSync(target)
  rmSync(path)
  rmSync(`${path}.cleaned`)
  return seconds
}
