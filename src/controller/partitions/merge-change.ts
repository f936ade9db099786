import type { PartitionRegistration } from '../metadata-image.ts'
import type { PartitionChange } from './partition-change.ts'

/** The leader in a change record that does not change the leader. */
const NO_LEADER_CHANGE = -2

/** The leader recovery state in a change record that does not change it. */
const NO_RECOVERY_CHANGE = -1

/**
 * Returns a partition after a change. The leader epoch grows with each new leader, the partition
 * epoch with every change (Kafka's `PartitionRegistration.merge`).
 */
export function mergeChange(
  before: PartitionRegistration,
  change: PartitionChange,
): PartitionRegistration {
  const { leader = NO_LEADER_CHANGE, leaderRecoveryState = NO_RECOVERY_CHANGE } = change
  const hasNewLeader = leader !== NO_LEADER_CHANGE
  return {
    partition: before.partition,
    replicas: change.replicas ?? before.replicas,
    directories: change.directories ?? before.directories,
    isr: change.isr ?? before.isr,
    removingReplicas: change.removingReplicas ?? before.removingReplicas,
    addingReplicas: change.addingReplicas ?? before.addingReplicas,
    elr: change.eligibleLeaderReplicas ?? before.elr,
    lastKnownElr: change.lastKnownElr ?? before.lastKnownElr,
    leader: hasNewLeader ? leader : before.leader,
    leaderRecoveryState:
      leaderRecoveryState === NO_RECOVERY_CHANGE ? before.leaderRecoveryState : leaderRecoveryState,
    leaderEpoch: before.leaderEpoch + (hasNewLeader ? 1 : 0),
    partitionEpoch: before.partitionEpoch + 1,
  }
}
