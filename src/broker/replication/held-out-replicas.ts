import type { Uuid } from '../../platform/uuid.ts'

/**
 * Followers that must stay out of the in-sync replicas, on purpose and for any leader. They fetch
 * as usual, but do not count. Kafka has nothing like it. There, a follower must lag to leave.
 */
export class HeldOutReplicas {
  readonly #counts = new Map<string, number>()

  has(topicId: Uuid, partition: number, brokerId: number): boolean {
    return this.#counts.size > 0 && this.#counts.has(keyOf(topicId, partition, brokerId))
  }

  /** Holds a follower out. Returns the function that ends it; to be called once. */
  add(topicId: Uuid, partition: number, brokerId: number): () => void {
    const key = keyOf(topicId, partition, brokerId)
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
    return () => {
      const left = this.#counts.get(key)! - 1
      if (left === 0) this.#counts.delete(key)
      else this.#counts.set(key, left)
    }
  }
}

function keyOf(topicId: Uuid, partition: number, brokerId: number): string {
  return `${topicId} ${partition} ${brokerId}`
}
