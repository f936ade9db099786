/**
 * Measures the cost of sending a file in the page cache to a client, in the ways that could serve a
 * log.
 *
 *   node bench/experiments/serve-segments.mjs [--ways pooled,mapped] [--sizes 1048576,65536]
 *                                             [--gigabytes 1] [--rounds 5]
 *                                             [--ffi path/of/koffi/index.cjs]
 *
 * One client requests the next part when it has the last one, as a consumer does. It prints medians
 * of the CPU seconds, user and system, of the sending process per GB (10^9 bytes). The ways that
 * call the C library need the package `koffi`, which is not a dependency of this project; without
 * it they are left out.
 *
 * @typedef {(socket: Socket, position: number, size: number) => void} Send
 * @typedef {{ send: Send, close?: () => void }} Way
 */
/** @import { Socket } from 'node:net' */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const HEADER_BYTES = 64
const REQUEST_BYTES = 12
const FILE_BYTES = 1 << 30
const RING_BYTES = 64 << 20

const { values: options } = parseArgs({
  options: {
    ways: { type: 'string' },
    sizes: { type: 'string', default: '1048576,102400,65536' },
    gigabytes: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '5' },
    ffi: { type: 'string', default: 'koffi' },
    client: { type: 'string' },
  },
})

if (options.client === undefined) await measureAll()
else await consume(Number(options.client))

async function measureAll() {
  const directory = mkdtempSync(join(tmpdir(), 'odradek-bench-segments-'))
  const path = join(directory, 'segment')
  try {
    fill(path)
    const fd = openSync(path, 'r')
    const chosen = Object.entries(ways(fd)).filter(
      ([name]) => options.ways === undefined || options.ways.split(',').includes(name),
    )
    const sizes = options.sizes.split(',').map(Number)
    /** @type {Map<string, number[]>} */
    const samples = new Map()
    for (let round = 0; round < Number(options.rounds); round++) {
      for (const [name, open] of chosen) {
        for (const size of sizes) {
          const key = `${name} ${size}`
          samples.set(key, [...(samples.get(key) ?? []), await measure(open(), size)])
        }
      }
    }
    closeSync(fd)
    console.log(`| CPU-s per GB | ${sizes.map((size) => `${size} B`).join(' | ')} |`)
    console.log(`| --- |${' --- |'.repeat(sizes.length)}`)
    for (const [name] of chosen) {
      const cells = sizes.map((size) => median(samples.get(`${name} ${size}`) ?? []))
      console.log(`| ${name} | ${cells.join(' | ')} |`)
    }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/**
 * Returns the ways. Every call creates their buffers again.
 *
 * @param {number} fd
 * @returns {Record<string, () => Way>}
 */
function ways(fd) {
  const header = Buffer.alloc(HEADER_BYTES, 1)
  /** @type {(body: (position: number, size: number) => Uint8Array) => Send} */
  const written = (body) => (socket, position, size) => {
    socket.cork()
    socket.write(header)
    socket.write(body(position, size))
    socket.uncork()
  }
  /** @param {Buffer} target @param {number} position @param {number} size */
  const read = (target, position, size) => {
    readSync(fd, target, 0, size, position)
    return target.length === size ? target : target.subarray(0, size)
  }
  /**
   * Sends the file through one buffer that stays in the processor's cache, if the socket accepts
   * each piece immediately.
   */
  const pieces = (/** @type {number} */ pieceBytes) => () => {
    const pool = Buffer.allocUnsafeSlow(pieceBytes)
    return {
      send(
        /** @type {Socket} */ socket,
        /** @type {number} */ position,
        /** @type {number} */ size,
      ) {
        socket.write(header)
        for (let done = 0; done < size; done += pieceBytes) {
          const count = Math.min(pieceBytes, size - done)
          const target = socket.writableLength === 0 ? pool : Buffer.allocUnsafeSlow(pieceBytes)
          socket.write(read(target, position + done, count))
        }
      },
    }
  }
  /** @type {Record<string, () => Way>} */
  const plain = {
    'the same buffer over and over': () => {
      const body = Buffer.alloc(1 << 20, 1)
      return { send: written((_, size) => body.subarray(0, size)) }
    },
    pooled: () => {
      const pool = Buffer.allocUnsafeSlow(1 << 20)
      return { send: written((position, size) => read(pool, position, size)) }
    },
    'pooled, pieces of 128 KB': pieces(128 << 10),
    'pooled, pieces of 256 KB': pieces(256 << 10),
    'pooled, ahead by 1 MB': () => {
      const pool = Buffer.allocUnsafeSlow(1 << 20)
      let from = -1
      let end = -1
      const body = (/** @type {number} */ position, /** @type {number} */ size) => {
        if (position < from || position + size > end) {
          from = position
          end = position + readSync(fd, pool, 0, pool.length, position)
        }
        return pool.subarray(position - from, position - from + size)
      }
      return { send: written(body) }
    },
    allocating: () => ({
      send: written((position, size) => read(Buffer.allocUnsafeSlow(size), position, size)),
    }),
    'memory, appended to it by a copy': () => {
      const ring = Buffer.alloc(RING_BYTES, 1)
      const frame = Buffer.alloc(1 << 20, 1)
      const body = (/** @type {number} */ position, /** @type {number} */ size) => {
        const at = position % (RING_BYTES - size)
        frame.copy(ring, at, 0, size)
        return ring.subarray(at, at + size)
      }
      return { send: written(body) }
    },
    'memory, appended by others': () => {
      const ring = Buffer.alloc(RING_BYTES, 1)
      const body = (/** @type {number} */ position, /** @type {number} */ size) => {
        const at = position % (RING_BYTES - size)
        return ring.subarray(at, at + size)
      }
      return { send: written(body) }
    },
  }
  const native = libc()
  return native === undefined ? plain : { ...plain, ...nativeWays(native, fd, header, written) }
}

/**
 * @param {NonNullable<ReturnType<typeof libc>>} native
 * @param {number} fd
 * @param {Buffer} header
 * @param {(body: (position: number, size: number) => Uint8Array) => Send} written
 * @returns {Record<string, () => Way>}
 */
function nativeWays({ koffi, mmap, munmap, sendfile }, fd, header, written) {
  const PROT_READ = 1
  const MAP_SHARED = 1
  const MAP_POPULATE = 0x8000
  const mapping = (/** @type {number} */ flags) => () => {
    const address = mmap(null, FILE_BYTES, PROT_READ, MAP_SHARED | flags, fd, 0)
    const bytes = new Uint8Array(koffi.view(address, FILE_BYTES))
    return {
      send: written((position, size) => bytes.subarray(position, position + size)),
      close: () => munmap(address, FILE_BYTES),
    }
  }
  return {
    'mapped, read for the first time': mapping(0),
    'mapped, read before': mapping(MAP_POPULATE),
    sendfile: () => {
      const offset = new BigInt64Array(1)
      const pool = Buffer.allocUnsafeSlow(1 << 20)
      return {
        send(socket, position, size) {
          socket.write(header)
          let done = 0
          if (socket.writableLength === 0) {
            // @ts-expect-error Node has no public way to a socket's descriptor.
            const target = socket._handle.fd
            while (done < size) {
              offset[0] = BigInt(position + done)
              const count = Number(sendfile(target, fd, offset, size - done))
              if (count <= 0) break
              done += count
            }
          }
          if (done === size) return
          // The socket is full: send the rest in the ordinary way, which waits for it.
          readSync(fd, pool, 0, size - done, position + done)
          socket.write(pool.subarray(0, size - done))
        },
      }
    },
  }
}

/** Loads the C library, if `koffi` is installed. */
function libc() {
  try {
    const koffi = createRequire(import.meta.url)(options.ffi)
    const library = koffi.load('libc.so.6')
    return {
      koffi,
      mmap: library.func('void *mmap(void *, size_t, int, int, int, int64_t)'),
      munmap: library.func('int munmap(void *, size_t)'),
      sendfile: library.func('int64_t sendfile(int, int, int64_t *, size_t)'),
    }
  } catch (error) {
    console.error(
      `without mmap and sendfile: ${/** @type {Error} */ (error).message.split('\n')[0]}`,
    )
    return undefined
  }
}

/**
 * @param {Way} way
 * @param {number} size
 */
async function measure(way, size) {
  const server = createServer({ noDelay: true })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  const client = fork(process.argv[1] ?? '', ['--client', `${port}`, '--sizes', `${size}`])
  const [socket] = /** @type {[Socket]} */ (await once(server, 'connection'))
  const total = Math.floor((Number(options.gigabytes) * 1e9) / size) * size
  let sent = 0
  let position = 0
  let before = process.cpuUsage()
  await new Promise((resolve) => {
    socket.on('data', () => {
      if (sent >= total) return resolve(undefined)
      if (sent === 0) before = process.cpuUsage()
      if (position + size > FILE_BYTES) position = 0
      way.send(socket, position, size)
      position += size
      sent += size
    })
  })
  const { user, system } = process.cpuUsage(before)
  socket.destroy()
  server.close()
  await once(client, 'exit')
  way.close?.()
  return (user + system) / 1e6 / (total / 1e9)
}

/**
 * Requests `size` bytes and a header until the server closes the connection.
 *
 * @param {number} port
 */
async function consume(port) {
  const answerBytes = Number(options.sizes) + HEADER_BYTES
  const request = Buffer.alloc(REQUEST_BYTES, 2)
  let received = 0
  const socket = connect({
    port,
    host: '127.0.0.1',
    noDelay: true,
    onread: {
      buffer: Buffer.alloc(1 << 20),
      callback(count) {
        received += count
        if (received === answerBytes) {
          received = 0
          socket.write(request)
        }
        return true
      },
    },
  })
  await once(socket, 'connect')
  socket.write(request)
  socket.on('error', () => {})
  await once(socket, 'close')
  process.exit()
}

/** @param {string} path */
function fill(path) {
  const fd = openSync(path, 'w')
  const piece = Buffer.alloc(1 << 20, 3)
  for (let done = 0; done < FILE_BYTES; done += piece.length) writeSync(fd, piece)
  closeSync(fd)
}

/** @param {readonly number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted[sorted.length >> 1] ?? NaN
  return `${middle.toFixed(3)} (${sorted[0]?.toFixed(3)}–${sorted.at(-1)?.toFixed(3)})`
}
