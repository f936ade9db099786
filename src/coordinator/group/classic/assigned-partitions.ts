import { decodeAssignment } from '../../../protocol/consumer-protocol.ts'
import { DecodeError } from '../../../protocol/schema/index.ts'

/**
 * Returns the partitions in an assignment of the consumer protocol, sorted, by topic; empty if the
 * bytes are something else.
 */
export function assignedPartitionsOf(bytes: Uint8Array): ReadonlyMap<string, readonly number[]> {
  if (bytes.length === 0) return new Map()
  try {
    const { assignedPartitions } = decodeAssignment(bytes)
    return new Map(
      assignedPartitions.map(({ topic, partitions }) => [
        topic,
        [...partitions].sort((a, b) => a - b),
      ]),
    )
  } catch (error) {
    if (error instanceof DecodeError) return new Map()
    throw error
  }
}
