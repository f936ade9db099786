import { nameOf } from '../../topic-partition.ts'
import type { Assignor } from './assignor.ts'
import { assignSticky, currentOwners } from './sticky-assignment.ts'

/**
 * Kafka's `CooperativeStickyAssignor` (KIP-429). A partition that moves to another member is
 * unassigned at first. Its owner revokes it and joins again; then the other member gets it.
 */
export const cooperativeStickyAssignor: Assignor = {
  name: 'cooperative-sticky',
  isCooperative: true,
  assign(members, partitionCounts) {
    const owners = currentOwners(members)
    const assignments = assignSticky(members, partitionCounts)
    for (const [memberId, partitions] of assignments) {
      const mine = partitions.filter((partition) => {
        const owner = owners.get(nameOf(partition))
        return owner === undefined || owner === memberId
      })
      assignments.set(memberId, mine)
    }
    return assignments
  },
}
