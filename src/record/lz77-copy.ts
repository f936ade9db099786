/** Up to this many bytes a loop is faster than a call into the engine. */
const SHORT = 32

/** Copies `length` bytes from one piece of memory into another. */
export function copyRun(
  from: Uint8Array,
  start: number,
  to: Uint8Array,
  at: number,
  length: number,
): void {
  if (length <= SHORT) {
    for (let index = 0; index < length; index++) to[at + index] = from[start + index]!
  } else {
    to.set(from.subarray(start, start + length), at)
  }
}

/**
 * Repeats `length` bytes that begin `distance` before `at`. Where they reach into what is being
 * written, they go on with it.
 */
export function copyMatch(bytes: Uint8Array, at: number, distance: number, length: number): void {
  const start = at - distance
  if (length <= SHORT) {
    for (let index = 0; index < length; index++) bytes[at + index] = bytes[start + index]!
    return
  }
  // What has been repeated is repeated itself: each round copies twice as much.
  let copied = Math.min(distance, length)
  bytes.copyWithin(at, start, start + copied)
  while (copied < length) {
    const count = Math.min(copied, length - copied)
    bytes.copyWithin(at + copied, at, at + count)
    copied += count
  }
}
