/**
 * @import { LogSuite } from '../types.ts'
 * @import { Log } from '../../src/log/log.ts'
 * @import { Server, Socket } from 'node:net'
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { built } from '../functions/built.mjs'
import { cpuSecondsOfAsync } from './meter.mjs'
import { batchSource, fill, openLog, openLogManager } from './open-log.mjs'

const logBytes = 512e6
const segmentBytes = 128 * 1024 * 1024
const sentBytes = 1e9
const headerBytes = 64
const requestBytes = 12
const drain = fileURLToPath(new URL('drain.mjs', import.meta.url))

/**
 * Returns the bytes at an offset of the log, for the socket.
 *
 * @typedef {(offset: number, size: number) => readonly Uint8Array[]} Way
 */

/** @type {LogSuite} */
export const sendSuite = {
  name: 'send',
  summary:
    'inactive segments to a socket: unchanged, copied, and decoded; one buffer, sent repeatedly, for comparison',

  async open({ directory, scale }) {
    const manager = openLogManager(directory)
    const log = openLog(manager, 0, { segmentBytes })
    fill(log, batchSource(100, 100), logBytes * scale)
    const server = createServer({ noDelay: true }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const bytes = sentBytes * scale
    const figures = [1024 * 1024, 64 * 1024].map((size) => {
      const offsets = offsetsOf(log, size)
      const perGigabyte = (/** @type {Way} */ way) => measureWay(server, way, offsets, size, bytes)
      return {
        title: `answers of ${size / 1024} KB`,
        unit: 'CPU-s/GB',
        decimals: 3,
        goal: '1.30 × limit',
        contestants: [
          { name: 'odradek', measure: () => perGigabyte(asTheyAre(log)) },
          { name: 'limit', measure: () => perGigabyte(oneBuffer()) },
          { name: 'copying', measure: () => perGigabyte(copied(log)) },
          { name: 'decoding', measure: () => perGigabyte(decoded(log)) },
        ],
      }
    })
    const close = () => {
      server.close()
      manager.close()
    }
    return { figures, close }
  },
}

/**
 * Returns the fetch offsets of a consumer that reads the log from its start to its end, with this
 * size per fetch.
 *
 * @param {Log} log
 * @param {number} size
 */
function offsetsOf(log, size) {
  /** @type {typeof import('../../src/record/batch-view.ts')} */
  const { batchesOf } = built('record/batch-view.js')
  const offsets = []
  for (let offset = 0; offset < log.logEndOffset;) {
    offsets.push(offset)
    for (const slice of slicesOf(log.read(offset, size, 'logEnd', true))) {
      for (const { nextOffset } of batchesOf(slice)) offset = nextOffset
    }
  }
  return offsets
}

/**
 * Memory is reused when a response has left, as in a connection.
 *
 * @param {Log} log
 * @returns {Way}
 */
function asTheyAre(log) {
  /** @type {typeof import('../../src/network/answer-buffer.ts')} */
  const { AnswerBuffer } = built('network/answer-buffer.js')
  const buffer = new AnswerBuffer()
  const allocate = (/** @type {number} */ size) => buffer.take(size)
  return (offset, size) => {
    buffer.reset()
    return slicesOf(log.read(offset, size, 'logEnd', true, allocate))
  }
}

/** @returns {Way} */
function oneBuffer() {
  const buffer = Buffer.alloc(1024 * 1024, 'x')
  return (_, size) => [buffer.subarray(0, size)]
}

/**
 * @param {Log} log
 * @returns {Way}
 */
function copied(log) {
  return (offset, size) => [Buffer.concat(slicesOf(log.read(offset, size, 'logEnd', true)))]
}

/**
 * Decodes and encodes, as a broker does that stores records and not batches.
 *
 * @param {Log} log
 * @returns {Way}
 */
function decoded(log) {
  /** @type {typeof import('../../src/record/records.ts')} */
  const { recordsOf } = built('record/records.js')
  /** @type {typeof import('../../src/record/batch-view.ts')} */
  const { batchesOf } = built('record/batch-view.js')
  /** @type {typeof import('../../src/record/batch-encoder.ts')} */
  const { encodeBatch } = built('record/batch-encoder.js')
  return (offset, size) => {
    const batches = slicesOf(log.read(offset, size, 'logEnd', true)).flatMap((slice) => [
      ...batchesOf(slice),
    ])
    return batches.map((batch) =>
      encodeBatch([...recordsOf(batch)], { baseOffset: batch.baseOffset }),
    )
  }
}

/** @param {ReturnType<Log['read']>} read */
function slicesOf(read) {
  if ('errorCode' in read) throw new Error(`read failed with ${read.errorCode}`)
  return read.slices
}

/**
 * Serves one client, which requests the next part when it has the last one.
 *
 * @param {Server} server
 * @param {Way} way
 * @param {readonly number[]} offsets
 * @param {number} size
 * @param {number} bytes
 */
async function measureWay(server, way, offsets, size, bytes) {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server does not listen')
  const client = fork(drain, [`${address.port}`, `${bytes}`])
  const [[socket]] = await Promise.all([once(server, 'connection'), once(client, 'message')])
  answer(socket, way, offsets, size)
  const seconds = await cpuSecondsOfAsync(async () => {
    client.send('go')
    await once(client, 'message')
  })
  socket.destroy()
  client.disconnect()
  await once(client, 'exit')
  return seconds / (bytes / 1e9)
}

/**
 * @param {Socket} socket
 * @param {Way} way
 * @param {readonly number[]} offsets
 * @param {number} size
 */
function answer(socket, way, offsets, size) {
  let next = 0
  let received = 0
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    received += chunk.length
    if (received < requestBytes) return
    received -= requestBytes
    const slices = way(offsets[next++ % offsets.length] ?? 0, size)
    const header = Buffer.alloc(headerBytes)
    header.writeUInt32BE(slices.reduce((total, slice) => total + slice.length, headerBytes - 4))
    socket.cork()
    socket.write(header)
    for (const slice of slices) socket.write(slice)
    socket.uncork()
  })
}
