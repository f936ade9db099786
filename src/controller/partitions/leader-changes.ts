import type { PartitionRegistration } from '../metadata-image.ts'
import { partitionChangeRecord, type NewRecord } from '../records.ts'
import { planChange } from './partition-change.ts'
import { allowsUncleanElection, rulesOf, type ClusterView } from './partition-rules.ts'

/** Brokers whose state changes, and with it the partitions that they may lead. */
export interface BrokerStates {
  /** Brokers that leave service. They leave the in-sync replicas. */
  readonly leaving?: readonly number[]
  /** A broker that enters service. */
  readonly entering?: number
  /** A broker that may have lost records. It leaves the in-sync and the eligible replicas. */
  readonly unclean?: number
}

/**
 * Returns the records that give partitions new leaders and in-sync replicas when brokers change
 * (Kafka's `ReplicationControlManager.generateLeaderAndIsrUpdates`).
 *
 * @param concerns whether a partition may change
 */
export function leaderChangeRecords(
  view: ClusterView,
  { leaving = [], entering, unclean }: BrokerStates,
  concerns: (partition: PartitionRegistration) => boolean,
): NewRecord[] {
  const { image } = view
  const isGone = (id: number) => id === unclean || leaving.includes(id)
  const isInService = (id: number) => !isGone(id) && (id === entering || image.isActive(id))
  const records: NewRecord[] = []
  for (const topic of image.topics.values()) {
    const concerned = topic.partitions.filter(concerns)
    if (concerned.length === 0) continue
    const election = allowsUncleanElection(view, topic.name) ? 'unclean' : 'online'
    const rules = rulesOf(view, topic, isInService)
    for (const partition of concerned) {
      const isr = partition.isr.filter((id) => !isGone(id))
      const change = planChange(partition, { isr, election, uncleanReplica: unclean }, rules)
      if (change !== undefined)
        records.push(partitionChangeRecord({ topicId: topic.id, ...change }))
    }
  }
  return records
}
