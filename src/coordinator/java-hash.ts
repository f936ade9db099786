/** Returns Java's `String.hashCode`: a signed 32-bit integer over the UTF-16 units. */
export function javaStringHash(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
  return hash
}

/**
 * Returns the partition of a coordinator's topic for a key, as Kafka does: `Utils.abs(hash) %
 * partitionCount`.
 */
export function coordinatorPartition(key: string, partitionCount: number): number {
  const hash = javaStringHash(key)
  return (hash === LEAST_INT ? 0 : Math.abs(hash)) % partitionCount
}

/** Java has no absolute value for this integer. */
const LEAST_INT = -0x80000000

/**
 * Returns the bucket of a string in a small Java `HashMap`. The iteration order, and so Kafka's
 * choice among equals, depends on it.
 */
export function javaHashMapBucket(text: string): number {
  const hash = javaStringHash(text)
  return (hash ^ (hash >>> 16)) & 15
}
