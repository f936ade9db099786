import { array, bytes, int32, message, string } from './schema/index.ts'
import type { Decoded, Encodable } from './schema/index.ts'
import { decodeVersioned, encodeVersioned } from './versioned.ts'

/**
 * What a classic consumer tells the leader of its group in JoinGroup. An int16 version stands
 * before it; a version from the future is read as the newest known, since fields are only ever
 * appended. v1 names the partitions it owns (KIP-429), v2 the generation it owned them in
 * (KIP-792), v3 its rack (KIP-881).
 */
export const ConsumerProtocolSubscription = message(
  'ConsumerProtocolSubscription',
  { versions: [0, 3] },
  {
    topics: array(string),
    userData: bytes.nullable().default(null),
    ownedPartitions: array({
      topic: string,
      partitions: array(int32),
    }).since(1),
    generationId: int32.since(2).default(-1),
    rackId: string.since(3).nullable().default(null),
  },
)

/**
 * What the leader of a classic group assigns to a consumer in SyncGroup. An int16 version stands
 * before it.
 */
export const ConsumerProtocolAssignment = message(
  'ConsumerProtocolAssignment',
  { versions: [0, 3] },
  {
    assignedPartitions: array({
      topic: string,
      partitions: array(int32),
    }),
    userData: bytes.nullable().default(null),
  },
)

/** A subscription behind its version. */
export function encodeSubscription(
  version: number,
  subscription: Encodable<typeof ConsumerProtocolSubscription>,
): Uint8Array {
  return encodeVersioned(ConsumerProtocolSubscription, version, subscription)
}

/** @throws DecodeError when the bytes are not a subscription */
export function decodeSubscription(
  bytes: Uint8Array,
): Decoded<typeof ConsumerProtocolSubscription> {
  return decodeVersioned(ConsumerProtocolSubscription, bytes, 'orNewest')
}

/** An assignment behind its version. */
export function encodeAssignment(
  version: number,
  assignment: Encodable<typeof ConsumerProtocolAssignment>,
): Uint8Array {
  return encodeVersioned(ConsumerProtocolAssignment, version, assignment)
}

/** @throws DecodeError when the bytes are not an assignment */
export function decodeAssignment(bytes: Uint8Array): Decoded<typeof ConsumerProtocolAssignment> {
  return decodeVersioned(ConsumerProtocolAssignment, bytes, 'orNewest')
}
