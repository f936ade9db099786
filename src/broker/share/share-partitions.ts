import { ApiError } from '../../protocol/api-error.ts'
import type { Partition } from '../partition.ts'
import type { ReplicaManager } from '../replica-manager.ts'
import { keyOf, type SharePartitionId } from './share-partition-id.ts'
import type { SharePartition } from './share-partition.ts'

/** A share partition, and the function that stops watching its partition. */
interface Entry {
  readonly sharePartition: SharePartition
  readonly unwatch: () => void
}

/**
 * The share partitions of the partitions that this broker leads (Kafka's `SharePartitionCache`).
 * When the broker no longer leads the partition, the share partition is fenced and removed.
 */
export class SharePartitions {
  readonly #replicas: ReplicaManager
  readonly #create: (id: SharePartitionId, partition: Partition) => SharePartition
  /** By group and {@link keyOf}. */
  readonly #groups = new Map<string, Map<string, Entry>>()

  constructor(
    replicas: ReplicaManager,
    create: (id: SharePartitionId, partition: Partition) => SharePartition,
  ) {
    this.#replicas = replicas
    this.#create = create
  }

  get(id: SharePartitionId): SharePartition | undefined {
    return this.#groups.get(id.groupId)?.get(keyOf(id))?.sharePartition
  }

  getOrCreate(id: SharePartitionId): SharePartition | ApiError {
    const existing = this.get(id)
    if (existing !== undefined) return existing
    const partition = this.#replicas.leader(id.topic, id.partition)
    if (partition instanceof ApiError) return partition
    const onChange = (): void => {
      if (partition.role !== 'leader') this.remove(id)
    }
    partition.watch(onChange)
    const sharePartition = this.#create(id, partition)
    let group = this.#groups.get(id.groupId)
    if (group === undefined) this.#groups.set(id.groupId, (group = new Map()))
    group.set(keyOf(id), { sharePartition, unwatch: () => partition.unwatch(onChange) })
    return sharePartition
  }

  /** Fences a share partition. The next request creates another one. */
  remove(id: SharePartitionId): void {
    const group = this.#groups.get(id.groupId)
    const entry = group?.get(keyOf(id))
    if (group === undefined || entry === undefined) return
    group.delete(keyOf(id))
    if (group.size === 0) this.#groups.delete(id.groupId)
    entry.unwatch()
    entry.sharePartition.fence()
  }

  removeGroup(groupId: string): void {
    for (const { sharePartition } of this.#groups.get(groupId)?.values() ?? []) {
      this.remove(sharePartition.id)
    }
  }

  clear(): void {
    for (const groupId of this.#groups.keys()) this.removeGroup(groupId)
  }
}
