import { array, bytes, int32, message, string } from './schema/index.ts'
import type { Decoded, Encodable } from './schema/index.ts'
import { decodeVersioned, encodeVersioned } from './versioned.ts'

/**
 * The subscription of a classic consumer in JoinGroup. An int16 version precedes it. A later
 * version is read as the latest known one, because fields are only appended. v1 adds the owned
 * partitions (KIP-429), v2 the generation in which they were owned (KIP-792), v3 the rack
 * (KIP-881).
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
 * The assignment of a consumer in SyncGroup, from the leader of its classic group. An int16 version
 * precedes it.
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

/** Encodes a subscription with its version. */
export function encodeSubscription(
  version: number,
  subscription: Encodable<typeof ConsumerProtocolSubscription>,
): Uint8Array {
  return encodeVersioned(ConsumerProtocolSubscription, version, subscription)
}

/**
 * Decodes a subscription with its version.
 *
 * @throws DecodeError if the bytes are not a subscription
 */
export function decodeSubscription(
  bytes: Uint8Array,
): Decoded<typeof ConsumerProtocolSubscription> {
  return decodeVersioned(ConsumerProtocolSubscription, bytes, 'orNewest')
}

/** Encodes an assignment with its version. */
export function encodeAssignment(
  version: number,
  assignment: Encodable<typeof ConsumerProtocolAssignment>,
): Uint8Array {
  return encodeVersioned(ConsumerProtocolAssignment, version, assignment)
}

/**
 * Decodes an assignment with its version.
 *
 * @throws DecodeError if the bytes are not an assignment
 */
export function decodeAssignment(bytes: Uint8Array): Decoded<typeof ConsumerProtocolAssignment> {
  return decodeVersioned(ConsumerProtocolAssignment, bytes, 'orNewest')
}
