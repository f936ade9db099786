import type { AssignmentInput, TargetAssignment } from '../../modern/assignment-input.ts'
import { assignOneSubscription } from './uniform-homogeneous.ts'
import { assignManySubscriptions } from './uniform-heterogeneous.ts'

/**
 * Spreads the partitions over the members, so that their counts differ by at most one if all have
 * the same subscription. Members keep what they have as far as possible (Kafka's
 * `UniformAssignor`).
 */
export function uniformAssignor(input: AssignmentInput): TargetAssignment {
  if (input.members.size === 0) return new Map()
  return input.isHomogeneous ? assignOneSubscription(input) : assignManySubscriptions(input)
}
