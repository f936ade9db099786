/** @import { LogFigure, LogSuite } from '../types.ts' */
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { built } from '../functions/built.mjs'
import { cpuSecondsOf, wallSecondsOf } from './meter.mjs'
import {
  append,
  batchSource,
  deleteLog,
  fill,
  memoryFileSystem,
  openLog,
  openLogManager,
} from './open-log.mjs'

const recordBytes = 100
const pageBytes = 64 * 1024
/** The start of the bytes that the checksum of a batch covers. */
const crcFrom = 21
/** There are many batches of one record, so fewer bytes of them take as long. */
const kinds = [
  { recordCount: 1, megabytes: 24 },
  { recordCount: 100, megabytes: 128 },
  { recordCount: 1_000, megabytes: 192 },
]
const flushes = 100

/** @type {LogSuite} */
export const appendSuite = {
  name: 'append',
  summary:
    'batches of 1, 100 and 1,000 records of 100 B, on disk and in memory, with each flush policy',

  open({ directory, scale }) {
    const disk = openLogManager(join(directory, 'disk'))
    const memory = openLogManager('/memory', memoryFileSystem())
    const plainPath = join(directory, 'plain')
    const figures = kinds.flatMap(({ recordCount, megabytes }) => {
      const source = batchSource(recordCount, recordBytes)
      const bytes = megabytes * 1e6 * scale
      return [
        {
          title: `disk, ${recordCount} records a batch`,
          unit: 'MB/CPU-s',
          decimals: 0,
          goal: '0.80 × limit',
          contestants: [
            { name: 'odradek', measure: () => appendRate(disk, source, bytes) },
            { name: 'limit', measure: () => plainRate(plainPath, source, bytes) },
            {
              name: 'limit and CRC-32C',
              measure: () => plainRate(plainPath, source, bytes, checksum()),
            },
          ],
        },
        {
          title: `memory, ${recordCount} records a batch`,
          unit: 'MB/CPU-s',
          decimals: 0,
          contestants: [
            { name: 'odradek', measure: () => appendRate(memory, source, bytes) },
            { name: 'limit', measure: () => copyRate(source, bytes) },
          ],
        },
      ]
    })
    const close = () => {
      disk.close()
      memory.close()
    }
    return { figures: [...figures, ...flushFigures(disk, plainPath)], close }
  },
}

/**
 * @param {ReturnType<typeof openLogManager>} manager
 * @param {ReturnType<typeof batchSource>} source
 * @param {number} bytes
 */
function appendRate(manager, source, bytes) {
  const log = openLog(manager, 0)
  const seconds = cpuSecondsOf(() => fill(log, source, bytes))
  deleteLog(manager, 0)
  return bytes / 1e6 / seconds
}

/**
 * Measures one `pwrite` per batch.
 *
 * @param {string} path
 * @param {ReturnType<typeof batchSource>} source
 * @param {number} bytes
 * @param {(batch: Uint8Array) => void} [check] called before each write
 */
function plainRate(path, source, bytes, check = () => {}) {
  const fd = openSync(path, 'w')
  const seconds = cpuSecondsOf(() => {
    for (let position = 0; position < bytes; position += source.sizeInBytes) {
      const batch = source.next()
      check(batch)
      writeSync(fd, batch, 0, batch.length, position)
    }
  })
  closeSync(fd)
  rmSync(path)
  return bytes / 1e6 / seconds
}

function checksum() {
  /** @type {typeof import('../../src/platform/crc32c.ts')} */
  const { crc32c } = built('platform/crc32c.js')
  return (/** @type {Uint8Array} */ batch) => crc32c(batch, crcFrom)
}

/**
 * Measures one copy into new memory.
 *
 * @param {ReturnType<typeof batchSource>} source
 * @param {number} bytes
 */
function copyRate(source, bytes) {
  const pages = [new Uint8Array(pageBytes)]
  const seconds = cpuSecondsOf(() => {
    let at = 0
    for (let written = 0; written < bytes; written += source.sizeInBytes) {
      const batch = source.next()
      for (let done = 0; done < batch.length;) {
        if (at === pageBytes) {
          pages.push(new Uint8Array(pageBytes))
          at = 0
        }
        const part = batch.subarray(done, done + pageBytes - at)
        pages.at(-1)?.set(part, at)
        done += part.length
        at += part.length
      }
    }
  })
  return bytes / 1e6 / seconds
}

/**
 * Waiting for the disk is measured in wall-clock time.
 *
 * @param {ReturnType<typeof openLogManager>} disk
 * @param {string} plainPath
 * @returns {LogFigure[]}
 */
function flushFigures(disk, plainPath) {
  const source = batchSource(100, recordBytes)
  return [1, 10].map((flushMessages) => ({
    title: `disk, 100 records a batch, forced to the disk every ${flushMessages} ${flushMessages === 1 ? 'batch' : 'batches'}`,
    unit: 'appends/s',
    decimals: 0,
    contestants: [
      {
        name: 'odradek',
        measure: async () => {
          const log = openLog(disk, 1, { flushMessages: flushMessages * source.recordCount })
          const seconds = await wallSecondsOf(() => {
            for (let i = 0; i < flushes; i++) append(log, source.next())
          })
          deleteLog(disk, 1)
          return flushes / seconds
        },
      },
      {
        name: 'limit',
        measure: async () => {
          const fd = openSync(plainPath, 'w')
          const seconds = await wallSecondsOf(() => {
            for (let i = 0; i < flushes; i++) {
              writeSync(fd, source.next(), 0, source.sizeInBytes, i * source.sizeInBytes)
              if ((i + 1) % flushMessages === 0) fdatasyncSync(fd)
            }
          })
          closeSync(fd)
          rmSync(plainPath)
          return flushes / seconds
        },
      },
    ],
  }))
}
