import { inHashMapOrder, javaStringHash } from '../../../platform/java-hash-map.ts'
import { invariant } from '../../../platform/invariant.ts'
import type { Uuid } from '../../../platform/uuid.ts'
import type { AssignmentInput, AssignorMember } from './assignment-input.ts'

/** Returns the members in the order of Kafka's `HashMap`, in which its assignors serve them. */
export function membersInOrder({ members }: AssignmentInput): [string, AssignorMember][] {
  return inHashMapOrder([...members], ([memberId]) => javaStringHash(memberId))
}

/** Returns the partition count of a subscribed topic, which must exist. */
export function partitionCountOf(input: AssignmentInput, topicId: Uuid): number {
  const count = input.partitionCount(topicId)
  invariant(count !== undefined, 'the topics of subscriptions exist')
  return count
}
