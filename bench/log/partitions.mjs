/** @import { LogSuite } from '../types.ts' */
import { closeSync, mkdirSync, openSync, readdirSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { cpuSecondsOf } from './meter.mjs'
import { append, batchSource, openLog, openLogManager } from './open-log.mjs'

const partitionCounts = [1, 100, 10_000]
const appends = 20_000
/** The limit of open files of a broker. */
const openFiles = 250

/** @type {LogSuite} */
export const partitionsSuite = {
  name: 'partitions',
  summary:
    'batches of one record to 1, 100 and 10,000 partitions in turn, and the number of open descriptors',

  open({ directory, scale }) {
    const source = batchSource(1, 100)
    const opened = partitionCounts.map((count) => {
      const partitions = Math.max(1, Math.round(count * scale))
      const manager = openLogManager(join(directory, `logs-${count}`))
      const logs = Array.from({ length: partitions }, (_, partition) => openLog(manager, partition))
      for (const log of logs) append(log, source.next())
      const plain = plainFiles(join(directory, `plain-${count}`), partitions)
      return { partitions, manager, logs, plain }
    })
    const figures = opened.flatMap(({ partitions, logs, plain }) => [
      {
        title: `append to ${partitions} in turn`,
        unit: 'CPU-µs',
        contestants: [
          {
            name: 'odradek',
            measure: () =>
              perAppend((turn) => append(logs[turn % partitions] ?? never(), source.next())),
          },
          {
            name: 'limit',
            measure: () => perAppend((turn) => plain.write(turn % partitions, source.next())),
          },
        ],
      },
    ])
    const descriptors = {
      title: `descriptors, all partitions written`,
      unit: '',
      decimals: 0,
      contestants: [{ name: 'odradek', measure: () => readdirSync('/proc/self/fd').length }],
    }
    const close = () => {
      for (const { manager, plain } of opened) {
        manager.discard()
        plain.close()
      }
    }
    return { figures: [...figures, descriptors], close }
  },
}

/** @param {(turn: number) => void} write */
function perAppend(write) {
  const seconds = cpuSecondsOf(() => {
    for (let turn = 0; turn < appends; turn++) write(turn)
  })
  return (seconds * 1e6) / appends
}

/**
 * Returns one file per partition. It stays open if the limit allows it; otherwise it is opened for
 * every write.
 *
 * @param {string} directory
 * @param {number} count
 */
function plainFiles(directory, count) {
  mkdirSync(directory)
  const paths = Array.from({ length: count }, (_, index) => join(directory, `${index}`))
  const kept = count <= openFiles ? paths.map((path) => openSync(path, 'w')) : []
  const sizes = new Float64Array(count)
  return {
    /** @type {(index: number, bytes: Uint8Array) => void} */
    write(index, bytes) {
      const fd = kept[index] ?? openSync(paths[index] ?? never(), 'a')
      writeSync(fd, bytes, 0, bytes.length, sizes[index])
      sizes[index] = (sizes[index] ?? 0) + bytes.length
      if (kept[index] === undefined) closeSync(fd)
    },
    close: () => kept.forEach((fd) => closeSync(fd)),
  }
}

/** @returns {never} */
function never() {
  throw new Error('there is no such partition')
}
