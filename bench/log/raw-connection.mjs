/**
 * @import { Socket } from 'node:net'
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { built } from '../functions/built.mjs'

/** @type {typeof import('../../src/protocol/frame.ts')} */
const { decodeResponseFrame, encodeRequestFrame } = built('protocol/frame.js')

const sizeBytes = 4

/**
 * Connects a minimal client that no broker has to wait for: one request at a time, and only the
 * needed parts of responses are decoded.
 *
 * @param {number} port
 */
export async function rawConnection(port) {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  await once(socket, 'connect')
  const answers = frames(socket)
  let correlationId = 0

  /**
   * @param {any} api
   * @param {number} version
   * @param {object} body
   * @returns {Promise<Buffer>} the response, without its size
   */
  const ask = async (api, version, body) => {
    socket.cork()
    for (const chunk of encodeRequestFrame(
      api,
      version,
      ++correlationId,
      'bench',
      /** @type {any} */ (body),
    )) {
      socket.write(chunk)
    }
    socket.uncork()
    const { value, done } = await answers.next()
    if (done) throw new Error('the broker closed the connection')
    return value
  }
  return {
    ask,
    /**
     * @param {any} api
     * @param {number} version
     * @param {object} body
     * @returns {Promise<any>}
     */
    async request(api, version, body) {
      return decodeResponseFrame(api, version, await ask(api, version, body)).response
    },
    close: () => socket.destroy(),
  }
}

/**
 * @param {Socket} socket
 * @returns {AsyncGenerator<Buffer, void, undefined>}
 */
async function* frames(socket) {
  /** @type {Buffer[]} */
  let chunks = []
  let received = 0
  for await (const chunk of socket) {
    chunks.push(chunk)
    received += chunk.length
    while (received >= sizeBytes) {
      if ((chunks[0]?.length ?? 0) < sizeBytes) chunks = [Buffer.concat(chunks)]
      const size = (chunks[0]?.readInt32BE() ?? 0) + sizeBytes
      if (received < size) break
      const whole = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)
      if (whole === undefined) break
      yield whole.subarray(sizeBytes, size)
      chunks = received === size ? [] : [whole.subarray(size)]
      received -= size
    }
  }
}
