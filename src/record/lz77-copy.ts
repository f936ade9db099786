/** Up to this size a loop is faster than a call into the engine. */
const SHORT = 32

/** Copies `length` bytes from one buffer into another. */
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
 * Copies `length` bytes from `distance` bytes before `at`. The source may overlap the target, which
 * repeats it.
 */
export function copyMatch(bytes: Uint8Array, at: number, distance: number, length: number): void {
  const start = at - distance
  if (length <= SHORT) {
    for (let index = 0; index < length; index++) bytes[at + index] = bytes[start + index]!
    return
  }
  // Each round copies twice as much, because the copied bytes are also part of the source.
  let copied = Math.min(distance, length)
  bytes.copyWithin(at, start, start + copied)
  while (copied < length) {
    const count = Math.min(copied, length - copied)
    bytes.copyWithin(at + copied, at, at + count)
    copied += count
  }
}
