/** @import { LogSuite } from '../types.ts' */
/** @import { Log } from '../../src/log/log.ts' */
import { closeSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { headersOnly } from './headers-only.mjs'
import { cpuSecondsOf } from './meter.mjs'
import { append, batchSource, openLog, openLogManager } from './open-log.mjs'

const lookups = 5_000
const searchBytes = 8 * 1024
/** A random number selects both the segment and the position in it. */
const spread = 1e6
const gigabytes = [1, 10]
const recordsPerBatch = 100
/** Small enough that almost every lookup is in an inactive segment, in both logs. */
const segmentBytes = 128 * 1024 * 1024
const startMs = Date.UTC(2026, 0, 1)

/** @type {LogSuite} */
export const lookupSuite = {
  name: 'lookup',
  summary: 'the position of an offset, and the record of a timestamp, in logs of 1 and 10 GB',

  open({ directory, scale }) {
    const source = batchSource(recordsPerBatch, 100)
    const template = Uint8Array.from(source.next())
    const logs = gigabytes.map((size) => {
      const clock = { nowMs: startMs, now: () => clock.nowMs, schedule: () => ({ cancel() {} }) }
      const fileSystem = headersOnly(template)
      const manager = openLogManager(join(directory, `${size}`), fileSystem, clock)
      const log = openLog(manager, 0, { timestampType: 'LogAppendTime', segmentBytes })
      for (let written = 0; written < size * 1e9 * scale; written += source.sizeInBytes) {
        // The log stamps its time on it, which a producer must not do.
        append(log, Uint8Array.from(template))
        clock.nowMs++
      }
      return { size, log, manager }
    })
    const figures = logs.flatMap(({ size, log }) => [
      {
        title: `an offset in ${size} GB`,
        unit: 'µs',
        goal: 'flat',
        contestants: [
          { name: 'odradek', measure: () => offsetLookup(log) },
          { name: 'limit', measure: () => searchRead(log) },
        ],
      },
      {
        title: `a timestamp in ${size} GB`,
        unit: 'µs',
        goal: 'flat',
        contestants: [
          { name: 'odradek', measure: () => timestampLookup(log) },
          { name: 'limit', measure: () => searchRead(log) },
        ],
      },
    ])
    return { figures, close: () => logs.forEach(({ manager }) => manager.close()) }
  },
}

/**
 * Requests less than any batch, so that only the lookup reads.
 *
 * @param {Log} log
 */
function offsetLookup(log) {
  return perLookup(log.logEndOffset, (offset) => log.read(offset, 1, 'logEnd', false))
}

/** @param {Log} log */
function timestampLookup(log) {
  return perLookup(log.logEndOffset, (offset) => {
    const found = log.offsetForTimestamp(startMs + Math.floor(offset / recordsPerBatch))
    if (found === undefined) throw new Error('no record has that timestamp')
  })
}

/**
 * The bytes between two index entries must be read in any case.
 *
 * @param {Log} log
 */
function searchRead(log) {
  const files = log.files.segments
    .slice(0, -1)
    .map(({ path, sizeInBytes }) => ({ fd: openSync(path, 'r'), sizeInBytes }))
  const buffer = Buffer.allocUnsafeSlow(searchBytes)
  const microseconds = perLookup(files.length * spread, (value) => {
    const { fd, sizeInBytes } = files[Math.floor(value / spread)] ?? { fd: -1, sizeInBytes: 0 }
    const position = ((value % spread) / spread) * (sizeInBytes - searchBytes)
    readSync(fd, buffer, 0, searchBytes, Math.floor(position))
  })
  for (const { fd } of files) closeSync(fd)
  return microseconds
}

/**
 * @param {number} below
 * @param {(value: number) => void} lookUp
 */
function perLookup(below, lookUp) {
  const values = Array.from({ length: lookups }, () => Math.floor(Math.random() * below))
  const seconds = cpuSecondsOf(() => {
    for (const value of values) lookUp(value)
  })
  return (seconds * 1e6) / lookups
}
