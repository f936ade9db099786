import type { Uuid } from '../../platform/uuid.ts'
import type { PartitionChangeRecord } from '../../protocol/internal/topic-records.ts'
import type { Encodable } from '../../protocol/schema/index.ts'
import { LeaderRecovery, type PartitionRegistration } from '../metadata-image.ts'
import { directoryOf } from './directory-id.ts'
import { electLeader, type Election } from './elect-leader.ts'
import { eligibleReplicas } from './eligible-replicas.ts'
import type { PartitionRules } from './partition-rules.ts'
import { completeReassignment, type Reassignment } from './reassignment.ts'

/** The fields of a partition that shall change. Without a value, a field stays as it is. */
export interface WantedChange extends Partial<Reassignment> {
  readonly leaderRecoveryState?: number
  /** The directory of the replica of one broker. */
  readonly directory?: { readonly brokerId: number; readonly directoryId: Uuid }
  /** Default: `online`. */
  readonly election?: Election
  /** A replica that may have lost records, so that it is not eligible any more. */
  readonly uncleanReplica?: number | undefined
}

/** The changed fields of a partition, as in its record. */
export type PartitionChange = Omit<Encodable<typeof PartitionChangeRecord>, 'topicId'>

/**
 * Plans the change of a partition with all that follows from it (Kafka's `PartitionChangeBuilder`):
 * a reassignment ends, another replica leads, replicas become eligible. Returns `undefined` if
 * nothing changes.
 */
export function planChange(
  before: PartitionRegistration,
  wanted: WantedChange,
  rules: PartitionRules,
): PartitionChange | undefined {
  const { election = 'online', uncleanReplica, leaderRecoveryState } = wanted
  const after = completeReassignment({
    replicas: wanted.replicas ?? before.replicas,
    isr: wanted.isr ?? before.isr,
    addingReplicas: wanted.addingReplicas ?? before.addingReplicas,
    removingReplicas: wanted.removingReplicas ?? before.removingReplicas,
  })
  const { replicas } = after
  const eligible = eligibleReplicas(before, after.isr, uncleanReplica, rules)
  const elected = electLeader(before, { replicas, isr: after.isr, elr: eligible }, election, rules)
  const { leader } = elected
  const isNew = leader !== before.leader
  const isUnclean = isNew && elected.isUnclean
  const wasEligible = isNew && eligible.includes(leader)
  const isr = isUnclean || wasEligible ? [leader] : after.isr
  const elr = isUnclean ? [] : wasEligible ? eligible.filter((id) => id !== leader) : eligible
  const change: { -readonly [Field in keyof PartitionChange]: PartitionChange[Field] } = {
    partitionId: before.partition,
  }
  // A partition that loses replicas gets a new leader epoch, so that they stop fetching.
  const beginsEpoch = isNew || before.replicas.some((id) => !replicas.includes(id))
  if (beginsEpoch) change.leader = leader
  if (differ(elr, before.elr)) change.eligibleLeaderReplicas = [...elr]
  // Without eligible replicas, the last in-sync replica stays in sync when it is gone.
  const mayChange = isr.length > 0 || rules.hasEligibleReplicas
  if (isUnclean || (mayChange && differ(isr, before.isr))) change.isr = [...isr]
  if (beginsEpoch && rules.hasEligibleReplicas) {
    if (leader >= 0 && before.lastKnownElr.length > 0) change.lastKnownElr = []
    if (leader < 0 && before.lastKnownElr.length === 0) change.lastKnownElr = [before.leader]
  }
  const directories = directoriesOf(before, replicas, wanted, rules)
  if (differ(directories, before.directories)) change.directories = directories
  if (differ(replicas, before.replicas)) change.replicas = [...replicas]
  if (differ(after.removingReplicas, before.removingReplicas))
    change.removingReplicas = [...after.removingReplicas]
  if (differ(after.addingReplicas, before.addingReplicas))
    change.addingReplicas = [...after.addingReplicas]
  const recovery = leaderRecoveryState ?? before.leaderRecoveryState
  if (recovery !== before.leaderRecoveryState) change.leaderRecoveryState = recovery
  else if (isUnclean && recovery !== LeaderRecovery.Recovering)
    change.leaderRecoveryState = LeaderRecovery.Recovering
  return Object.keys(change).length > 1 ? change : undefined
}

/** Returns the directory of each replica. */
function directoriesOf(
  before: PartitionRegistration,
  replicas: readonly number[],
  { directory }: WantedChange,
  { defaultDirectory }: PartitionRules,
): Uuid[] {
  return replicas.map((id) => {
    if (id === directory?.brokerId) return directory.directoryId
    return before.replicas.includes(id) ? directoryOf(before, id) : defaultDirectory(id)
  })
}

function differ<T>(after: readonly T[], before: readonly T[]): boolean {
  return after.length !== before.length || after.some((value, index) => value !== before[index])
}
