import { NO_LEADER, type PartitionRegistration } from '../metadata-image.ts'
import type { PartitionRules } from './partition-rules.ts'

/**
 * Which replica may become the leader: the preferred one before the present one; any in-sync one;
 * or, if none is in sync, one that may have lost records.
 */
export type Election = 'preferred' | 'online' | 'unclean'

/** The replicas of a partition as they will be. */
export interface Candidates {
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  /** Eligible leader replicas. */
  readonly elr: readonly number[]
}

export interface ElectionResult {
  /** A broker id, or `NO_LEADER`. */
  readonly leader: number
  /** Whether the leader may have lost records. */
  readonly isUnclean: boolean
}

/**
 * Returns the leader of a partition. In-sync replicas come first, in the order of the replicas.
 * Without any, an eligible replica leads. Without these too, the last known leader does, if it is
 * the only one (KIP-966).
 */
export function electLeader(
  before: PartitionRegistration,
  candidates: Candidates,
  election: Election,
  rules: PartitionRules,
): ElectionResult {
  const { replicas, isr, elr } = candidates
  const isEligible = (id: number) => isr.includes(id) || (isr.length === 0 && elr.includes(id))
  const isAcceptable = (id: number) => rules.isAcceptableLeader(before, id)
  const canLead = (id: number) => isEligible(id) && isAcceptable(id)
  const [preferred] = replicas
  const favorites = election === 'preferred' ? [preferred!, before.leader] : [before.leader]
  const clean = [...favorites, ...replicas].find(canLead)
  if (clean !== undefined) return { leader: clean, isUnclean: false }
  const [lastKnown] = before.lastKnownElr
  const isLastKnown = isr.length === 0 && elr.length === 0 && before.lastKnownElr.length === 1
  if (rules.hasEligibleReplicas && isLastKnown && isAcceptable(lastKnown!)) {
    return { leader: lastKnown!, isUnclean: true }
  }
  const unclean = election === 'unclean' ? replicas.find(isAcceptable) : undefined
  return unclean === undefined
    ? { leader: NO_LEADER, isUnclean: false }
    : { leader: unclean, isUnclean: true }
}
