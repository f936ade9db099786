/**
 * Adds up the work that an append cannot omit, step by step: plain writes; the checksum of each
 * batch; one pass over its records; the clock and the stamping of the offset. Measures the log of
 * the built package in the same rounds.
 *
 *   node bench/experiments/append-floor.mjs [--records 1,100,1000] [--megabytes 25] [--rounds 9]
 *
 * Prints medians of the CPU nanoseconds per batch, user and system, and of the ratio to plain
 * writes of the same round.
 */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { built } from '../functions/built.mjs'
import { cpuSecondsOf } from '../log/meter.mjs'
import { append, batchSource, deleteLog, openLog, openLogManager } from '../log/open-log.mjs'
import { median } from '../measure/statistics.mjs'

const { values: options } = parseArgs({
  options: {
    records: { type: 'string', default: '1,100,1000' },
    megabytes: { type: 'string', default: '25' },
    rounds: { type: 'string', default: '9' },
  },
})

/** @type {typeof import('../../src/platform/crc32c.ts')} */
const { crc32c } = built('platform/crc32c.js')
/** @type {typeof import('../../src/record/big-endian.ts')} */
const { putInt32, putInt64, uint32At } = built('record/big-endian.js')
/** @type {typeof import('../../src/record/plain-records.ts')} */
const { walkPlainRecords } = built('record/plain-records.js')

const directory = mkdtempSync(join(tmpdir(), 'odradek-bench-floor-'))
const manager = openLogManager(join(directory, 'log'))
/**
 * They are kept until the end, like the segments of a deleted log: a removed file leaves its pages
 * to the next one.
 */
let files = 0
try {
  for (const recordCount of options.records.split(',').map(Number)) measure(recordCount)
} finally {
  manager.close()
  rmSync(directory, { recursive: true })
}

/** @param {number} recordCount of 100 bytes each */
function measure(recordCount) {
  const source = batchSource(recordCount, 100)
  const batches = Math.ceil((Number(options.megabytes) * 1e6) / source.sizeInBytes)
  const steps = stepsOf(recordCount)
  /** @type {Record<string, () => number>} */
  const ways = { odradek: () => appendToLog(source, batches) }
  for (let count = 0; count <= steps.length; count++) {
    const name = count === 0 ? 'plain writes' : `+ ${steps[count - 1]?.name}`
    const taken = steps.slice(0, count).map(({ take }) => take)
    ways[name] = () =>
      writePlainly(source, batches, (batch) => taken.forEach((take) => take(batch)))
  }
  /** @type {Record<string, number>[]} */
  const rounds = Array.from({ length: Number(options.rounds) }, () =>
    Object.fromEntries(Object.entries(ways).map(([name, way]) => [name, way()])),
  )
  console.log(`${recordCount} records a batch`)
  for (const name of Object.keys(ways)) {
    const nanoseconds = median(rounds.map((round) => round[name] ?? Number.NaN))
    const ratio = median(rounds.map((round) => (round['plain writes'] ?? 0) / (round[name] ?? 1)))
    console.log(`${nanoseconds.toFixed(0).padStart(8)} ns  ${ratio.toFixed(2)} ×  ${name}`)
  }
}

/**
 * @param {number} recordCount
 * @returns {{ name: string, take: (batch: Uint8Array) => void }[]}
 */
function stepsOf(recordCount) {
  const found = { smallestTimestampDelta: 0, largestTimestampDelta: 0, hasNullKey: false }
  let offset = 0
  return [
    {
      name: 'checksum',
      take: (batch) => {
        if (crc32c(batch, 21) !== uint32At(batch, 17)) throw new Error('not its checksum')
      },
    },
    {
      name: 'walk over the records',
      take: (batch) => {
        const isPlain = walkPlainRecords(batch, 61, batch.length, recordCount, found)
        if (!isPlain) throw new Error('not such records')
      },
    },
    {
      name: 'time and stamp',
      take: (batch) => {
        putInt64(batch, 0, Date.now() + offset++)
        putInt32(batch, 12, 0)
      },
    },
  ]
}

/**
 * @param {ReturnType<typeof batchSource>} source
 * @param {number} batches
 * @param {(batch: Uint8Array) => void} prepare
 */
function writePlainly(source, batches, prepare) {
  const path = join(directory, `plain-${files++}`)
  const fd = openSync(path, 'w')
  const seconds = cpuSecondsOf(() => {
    for (let index = 0; index < batches; index++) {
      const batch = source.next()
      prepare(batch)
      writeSync(fd, batch, 0, batch.length, index * batch.length)
    }
  })
  closeSync(fd)
  return (seconds * 1e9) / batches
}

/**
 * @param {ReturnType<typeof batchSource>} source
 * @param {number} batches
 */
function appendToLog(source, batches) {
  const log = openLog(manager, 0)
  const seconds = cpuSecondsOf(() => {
    for (let index = 0; index < batches; index++) append(log, source.next())
  })
  deleteLog(manager, 0)
  return (seconds * 1e9) / batches
}
