/**
 * Turns a reply that may come later into a value or a promise: a request that is answered at once does not wait for a turn of the
 * event loop.
 */
export function answer<T extends object>(run: (reply: (value: T) => void) => void): T | Promise<T> {
  let value: T | undefined
  let resolve: ((value: T) => void) | undefined
  run((reply) => {
    if (resolve === undefined) value = reply
    else resolve(reply)
  })
  if (value !== undefined) return value
  return new Promise((fulfil) => {
    resolve = fulfil
  })
}
