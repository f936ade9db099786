const FIRST_CAPACITY = 16
const LOAD_FACTOR = 0.75

/**
 * Returns the entries in the iteration order of a Java `HashMap` or `HashSet` filled in the given
 * order. Kafka writes and reports some things in that order.
 *
 * @param hashOf returns the `hashCode` of an entry's key
 * @param firstCapacity the number of buckets of the empty map, a power of two; default 16
 */
export function inHashMapOrder<T>(
  entries: readonly T[],
  hashOf: (entry: T) => number,
  firstCapacity = FIRST_CAPACITY,
): T[] {
  if (entries.length < 2) return entries.slice()
  let capacity = firstCapacity
  while (entries.length > capacity * LOAD_FACTOR) capacity *= 2
  const buckets: T[][] = Array.from({ length: capacity }, () => [])
  for (const entry of entries) buckets[spread(hashOf(entry)) & (capacity - 1)]!.push(entry)
  return buckets.flat()
}

/** Returns Java's `Long.hashCode`. */
export function javaLongHash(value: number): number {
  return value ^ Math.floor(value / 2 ** 32)
}

/** Returns Java's `String.hashCode`: a signed 32-bit integer over the UTF-16 units. */
export function javaStringHash(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
  return hash
}

/** Mixes a hash as `HashMap` does. */
function spread(hash: number): number {
  return hash ^ (hash >>> 16)
}
