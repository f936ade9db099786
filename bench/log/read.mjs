/** @import { LogSuite } from '../types.ts' */
/** @import { Log } from '../../src/log/log.ts' */
import { closeSync, openSync, readSync } from 'node:fs'
import { built } from '../functions/built.mjs'
import { cpuSecondsOf } from './meter.mjs'
import { batchSource, fill, openLog, openLogManager } from './open-log.mjs'

const logBytes = 512e6
const segmentBytes = 128 * 1024 * 1024
const fetchBytes = 1024 * 1024
const randomReads = 20_000

/** @type {LogSuite} */
export const readSuite = {
  name: 'read',
  summary:
    'sequential and random reads of inactive segments; pread, copying and decoding for comparison',

  open({ directory, scale }) {
    const manager = openLogManager(directory)
    const log = openLog(manager, 0, { segmentBytes })
    const source = batchSource(100, 100)
    fill(log, source, logBytes * scale)
    const files = log.files.segments.map(({ path, sizeInBytes }) => ({ path, sizeInBytes }))
    const { recordsOf, batchesOf } = decoding()
    const kept = Buffer.allocUnsafeSlow(fetchBytes)
    const pooled = (/** @type {number} */ size) => kept.subarray(0, size)
    const fresh = (/** @type {number} */ size) => Buffer.allocUnsafeSlow(size)
    const sequential = (/** @type {() => void} */ pass) =>
      log.files.sizeInBytes / 1e6 / cpuSecondsOf(pass)
    const figures = [
      {
        title: 'sequential, 1 MB at once',
        unit: 'MB/CPU-s',
        decimals: 0,
        contestants: [
          { name: 'odradek', measure: () => sequential(() => readAll(log, pooled, () => {})) },
          { name: 'limit', measure: () => sequential(() => preadAll(files, kept)) },
          { name: 'copying', measure: () => sequential(() => readAll(log, fresh, () => {})) },
          {
            name: 'decoding',
            measure: () =>
              sequential(() =>
                readAll(log, pooled, (slice) => {
                  for (const batch of batchesOf(slice))
                    for (const record of recordsOf(batch)) void record.value
                }),
              ),
          },
        ],
      },
      {
        title: `random, one batch of ${source.sizeInBytes} B`,
        unit: 'µs',
        contestants: [
          {
            name: 'odradek',
            measure: () => {
              const offsets = randomNumbers(log.logEndOffset - source.recordCount)
              const seconds = cpuSecondsOf(() => {
                for (const offset of offsets)
                  log.read(offset, source.sizeInBytes, 'logEnd', true, pooled)
              })
              return (seconds * 1e6) / randomReads
            },
          },
          {
            name: 'limit',
            measure: () =>
              (preadsAt(files, kept.subarray(0, source.sizeInBytes)) * 1e6) / randomReads,
          },
        ],
      },
    ]
    return { figures, close: () => manager.close() }
  },
}

/**
 * @param {Log} log
 * @param {(size: number) => Uint8Array} allocate
 * @param {(slice: Uint8Array) => void} use
 */
function readAll(log, allocate, use) {
  /** @type {typeof import('../../src/record/batch-view.ts')} */
  const { BatchView, batchSizeAt } = built('record/batch-view.js')
  for (let offset = 0; offset < log.logEndOffset;) {
    const read = log.read(offset, fetchBytes, 'logEnd', true, allocate)
    if ('errorCode' in read) throw new Error(`read failed with ${read.errorCode}`)
    for (const slice of read.slices) {
      use(slice)
      // A client sends the next offset; here the last batch must be found.
      let last = 0
      for (let at = 0, size; (size = batchSizeAt(slice, at)) > 0; at += size) last = at
      offset = new BatchView(slice, last).nextOffset
    }
  }
}

/**
 * @param {readonly { path: string, sizeInBytes: number }[]} files
 * @param {Uint8Array} buffer
 */
function preadAll(files, buffer) {
  for (const { path, sizeInBytes } of files) {
    const fd = openSync(path, 'r')
    for (let position = 0; position < sizeInBytes; position += buffer.length) {
      readSync(fd, buffer, 0, buffer.length, position)
    }
    closeSync(fd)
  }
}

/**
 * @param {readonly { path: string, sizeInBytes: number }[]} files
 * @param {Uint8Array} buffer
 */
function preadsAt(files, buffer) {
  const opened = files.map(({ path, sizeInBytes }) => ({ fd: openSync(path, 'r'), sizeInBytes }))
  const positions = randomNumbers(
    Math.min(...files.map(({ sizeInBytes }) => sizeInBytes)) - buffer.length,
  )
  let next = 0
  const seconds = cpuSecondsOf(() => {
    for (const position of positions) {
      const { fd } = opened[next++ % opened.length] ?? { fd: -1 }
      readSync(fd, buffer, 0, buffer.length, position)
    }
  })
  for (const { fd } of opened) closeSync(fd)
  return seconds
}

/** @param {number} below */
function randomNumbers(below) {
  return Array.from({ length: randomReads }, () => Math.floor(Math.random() * below))
}

function decoding() {
  /** @type {typeof import('../../src/record/records.ts')} */
  const { recordsOf } = built('record/records.js')
  /** @type {typeof import('../../src/record/batch-view.ts')} */
  const { batchesOf } = built('record/batch-view.js')
  return { recordsOf, batchesOf }
}
