import { copiedCapacity, inHashMapOrder } from '../../platform/java-hash-map.ts'
import type { PartitionRegistration } from '../metadata-image.ts'
import type { PartitionRules } from './partition-rules.ts'

/**
 * Returns the eligible leader replicas of a partition: replicas that left the in-sync replicas when
 * these were fewer than `min.insync.replicas`. Since then nothing was committed without them, so
 * each of them has every committed record (KIP-966).
 *
 * @param isr the in-sync replicas as they will be
 * @param uncleanReplica a replica that may have lost records since
 */
export function eligibleReplicas(
  { isr: isrBefore, elr }: PartitionRegistration,
  isr: readonly number[],
  uncleanReplica: number | undefined,
  rules: PartitionRules,
): readonly number[] {
  if (!rules.hasEligibleReplicas) return elr
  if (isr.length >= rules.minInsyncReplicas) return []
  const candidates = [...new Set([...elr, ...isrBefore])]
  return inHashMapOrder(candidates, (id) => id, copiedCapacity(elr.length)).filter(
    (id) => !isr.includes(id) && id !== uncleanReplica,
  )
}
