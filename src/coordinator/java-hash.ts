import { javaStringHash } from '../platform/java-hash-map.ts'

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
