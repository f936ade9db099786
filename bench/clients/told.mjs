import { once } from 'node:events'

/** The client's side of `runClient`: its options, the wait for the driver's go, and the result. */

/** @returns {any} what the scenario passed to `runClient` */
export function options() {
  return JSON.parse(process.argv.at(-1) ?? '{}')
}

/** Tells the driver that connecting and warming up are over; resolves when the measured part may begin. */
export async function go() {
  console.log('ready')
  await once(process.stdin, 'data')
}

/**
 * Hands over the result, and resolves when the driver has read the broker's figures, so that what the client
 * does in parting is not among them.
 *
 * @param {object} result
 */
export async function report(result) {
  console.log(JSON.stringify(result))
  process.stdin.resume()
  await once(process.stdin, 'end')
}
