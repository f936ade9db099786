import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/**
 * ApiVersions v0, correlation id 1, no client id: the smallest request that every broker answers.
 */
const apiVersionsRequest = Buffer.from('0000000a00120000' + '00000001' + 'ffff', 'hex')

const startLimitMs = 60_000

/**
 * Waits until the broker on this port answers a request, which is later than when it listens.
 *
 * @param {number} port
 * @param {() => string | undefined} failure returns the reason to stop waiting
 */
export async function answersRequests(port, failure) {
  const deadline = performance.now() + startLimitMs
  for (;;) {
    if (await answersOnce(port)) return
    const reason = failure()
    if (reason !== undefined) throw new Error(reason)
    if (performance.now() > deadline) throw new Error(`nothing answers on port ${port}`)
    await delay(1)
  }
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function answersOnce(port) {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    socket.once('connect', () => socket.write(apiVersionsRequest))
    socket.once('data', () => {
      resolve(true)
      socket.destroy()
    })
    socket.once('error', () => resolve(false))
    socket.once('close', () => resolve(false))
  })
}
