/**
 * Returns the partitions in another order for each epoch of a session, so that each of them is
 * first at times (Kafka's `PartitionRotateStrategy`).
 */
export function rotatePartitions<T>(partitions: readonly T[], epoch: number): readonly T[] {
  if (partitions.length <= 1 || epoch < 1) return partitions
  const start = epoch % partitions.length
  return [...partitions.slice(start), ...partitions.slice(0, start)]
}
