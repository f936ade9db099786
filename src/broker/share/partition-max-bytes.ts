import type { Random } from '../../platform/random.ts'

/**
 * Divides the size of a response evenly between `count` partitions (Kafka's
 * `PartitionMaxBytesStrategy`). A random partition gets the rest. If there are fewer bytes than
 * partitions, consecutive ones get one byte each: the log returns at least one batch.
 *
 * @param maxBytes at least 1
 */
export function divideMaxBytes(maxBytes: number, count: number, random: Random): number[] {
  const chosen = random.int(count)
  if (maxBytes >= count) {
    const share = Math.floor(maxBytes / count)
    const rest = maxBytes % count
    return Array.from({ length: count }, (_, index) => share + (index === chosen ? rest : 0))
  }
  return Array.from({ length: count }, (_, index) =>
    (index - chosen + count) % count < maxBytes ? 1 : 0,
  )
}
