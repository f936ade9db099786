/**
 * Returns the partition that Java clients choose for a key (`BuiltInPartitioner.partitionForKey`):
 * records with the same key go to the same partition from all clients.
 */
export function partitionForKey(key: Uint8Array, partitionCount: number): number {
  return (murmur2(key) & 0x7fffffff) % partitionCount
}

const SEED = 0x9747b28c
const MULTIPLIER = 0x5bd1e995

/** Returns the MurmurHash2 (32 bit) with Kafka's seed, as a signed integer. */
export function murmur2(bytes: Uint8Array): number {
  let hash = SEED ^ bytes.length
  const wordsEnd = bytes.length & ~3
  for (let i = 0; i < wordsEnd; i += 4) {
    let word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
    word = Math.imul(word, MULTIPLIER)
    word ^= word >>> 24
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word, MULTIPLIER)
  }
  const rest = bytes.length - wordsEnd
  if (rest >= 3) hash ^= bytes[wordsEnd + 2]! << 16
  if (rest >= 2) hash ^= bytes[wordsEnd + 1]! << 8
  if (rest >= 1) hash = Math.imul(hash ^ bytes[wordsEnd]!, MULTIPLIER)
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER)
  return hash ^ (hash >>> 15)
}
