import { once } from 'node:events'

/**
 * The client's side of `runClient`: its options, the wait for the driver's signal, and the result.
 */

/** @returns {any} the options that the scenario passed to `runClient` */
export function options() {
  return JSON.parse(process.argv.at(-1) ?? '{}')
}

/**
 * Notifies the driver that connecting and warming up are complete. Resolves when the measured part
 * may start.
 */
export async function go() {
  console.log('ready')
  await once(process.stdin, 'data')
}

/**
 * Sends the result, and resolves when the driver has read the broker's figures, so that these do
 * not include the end of the client.
 *
 * @param {object} result
 */
export async function report(result) {
  console.log(JSON.stringify(result))
  process.stdin.resume()
  await once(process.stdin, 'end')
}
