const FIRST_CAPACITY = 16
const LOAD_FACTOR = 0.75

/**
 * Returns the entries in the iteration order of a Java `HashMap<Long, …>` filled in the given
 * order. Kafka writes the producers of a snapshot in that order.
 */
export function inHashMapOrder<T>(entries: readonly T[], keyOf: (entry: T) => number): T[] {
  let capacity = FIRST_CAPACITY
  while (entries.length > capacity * LOAD_FACTOR) capacity *= 2
  const buckets: T[][] = Array.from({ length: capacity }, () => [])
  for (const entry of entries) buckets[spreadHash(keyOf(entry)) & (capacity - 1)]!.push(entry)
  return buckets.flat()
}

/** Returns `Long.hashCode`, mixed as `HashMap` does. */
function spreadHash(key: number): number {
  const hash = key ^ Math.floor(key / 2 ** 32)
  return hash ^ (hash >>> 16)
}
