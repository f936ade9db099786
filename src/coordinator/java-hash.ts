/** What Java's `String.hashCode` gives: a signed 32-bit number over the UTF-16 units. */
export function javaStringHash(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
  return hash
}

/** The partition of a coordinator's topic that a key belongs to, as Kafka finds it: `Utils.abs(hash) % partitionCount`. */
export function coordinatorPartition(key: string, partitionCount: number): number {
  const hash = javaStringHash(key)
  return (hash === LEAST_INT ? 0 : Math.abs(hash)) % partitionCount
}

/** Java has no absolute value of it. */
const LEAST_INT = -0x80000000

/** Where a small Java `HashMap` keeps a string: its iteration, and so Kafka's choice among equals, follows this. */
export function javaHashMapBucket(text: string): number {
  const hash = javaStringHash(text)
  return (hash ^ (hash >>> 16)) & 15
}
