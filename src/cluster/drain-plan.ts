import { NO_LEADER, type MetadataImage } from '../controller/metadata-image.ts'

/** A partition that leaves a broker. */
export interface DrainedPartition {
  readonly topic: string
  readonly partition: number
  /** The replicas after the move; `undefined` if no broker can take the replica. */
  readonly target: readonly number[] | undefined
}

/**
 * Plans to which brokers the replicas of a broker move. Each goes to a broker without a replica of
 * the partition: to another rack than the remaining ones if possible, and then to the one with the
 * fewest replicas.
 */
export function drainPlan(image: MetadataImage, brokerId: number): DrainedPartition[] {
  const counts = new Map<number, number>()
  for (const { partitions } of image.topics.values()) {
    for (const { replicas } of partitions) {
      for (const id of replicas) counts.set(id, (counts.get(id) ?? 0) + 1)
    }
  }
  const moves: DrainedPartition[] = []
  for (const { name, partitions } of image.topics.values()) {
    for (const { partition, replicas, leader } of partitions) {
      if (!replicas.includes(brokerId)) continue
      const successor = leader === NO_LEADER ? undefined : successorOf(image, replicas, counts)
      if (successor !== undefined) counts.set(successor, (counts.get(successor) ?? 0) + 1)
      const target =
        successor === undefined
          ? undefined
          : replicas.map((id) => (id === brokerId ? successor : id))
      moves.push({ topic: name, partition, target })
    }
  }
  return moves
}

function successorOf(
  image: MetadataImage,
  replicas: readonly number[],
  counts: ReadonlyMap<number, number>,
): number | undefined {
  const racks = new Set(replicas.map((id) => image.brokers.get(id)?.rack ?? null))
  const cost = ({ id, rack }: { id: number; rack: string | null }): number =>
    (rack !== null && racks.has(rack) ? 1e9 : 0) + (counts.get(id) ?? 0)
  const candidates = image
    .aliveBrokers()
    .filter(({ id }) => image.isActive(id) && !replicas.includes(id))
    .sort((a, b) => cost(a) - cost(b))
  return candidates[0]?.id
}
