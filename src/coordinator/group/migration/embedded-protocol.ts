import type { MetadataImage } from '../../../controller/metadata-image.ts'
import type { Uuid } from '../../../platform/uuid.ts'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
} from '../../../protocol/consumer-protocol.ts'
import { DecodeError } from '../../../protocol/schema/index.ts'
import type { AssignedPartitions } from '../modern/assignment-input.ts'

/** The versions of the consumer protocol. */
const MAX_VERSION = 3

/** The subscription of a classic consumer. */
export type Subscription = ReturnType<typeof decodeSubscription>

/** Partitions by the name of their topic. */
type NamedPartitions = readonly {
  readonly topic: string
  readonly partitions: readonly number[]
}[]

type Topics = Pick<MetadataImage, 'topics'>

/** Returns the subscription in the metadata of a classic member; `undefined` if it is malformed. */
export function subscriptionOf(metadata: Uint8Array): Subscription | undefined {
  return decoded(metadata, decodeSubscription)
}

/** Returns the assignment of a classic member; `undefined` if it is malformed. */
export function assignmentOf(bytes: Uint8Array): ReturnType<typeof decodeAssignment> | undefined {
  return decoded(bytes, decodeAssignment)
}

/**
 * Encodes the assignment of a classic member, with the version of its subscription. Deleted topics
 * are omitted.
 *
 * @param metadata the subscription of the member
 */
export function assignmentBytes(
  assigned: AssignedPartitions,
  metadata: Uint8Array,
  { topicsById }: Pick<MetadataImage, 'topicsById'>,
): Uint8Array {
  const assignedPartitions = [...assigned].flatMap(([topicId, partitions]) => {
    const topic = topicsById.get(topicId)?.name
    return topic === undefined ? [] : [{ topic, partitions: [...partitions] }]
  })
  return encodeAssignment(versionOf(metadata) ?? 0, { assignedPartitions })
}

/** Returns the partitions by topic id. Topics that do not exist are omitted. */
export function partitionsById(
  partitions: NamedPartitions,
  { topics }: Topics,
): AssignedPartitions {
  const result = new Map<Uuid, readonly number[]>()
  for (const { topic, partitions: indexes } of partitions) {
    const id = topics.get(topic)?.id
    if (id !== undefined)
      result.set(
        id,
        indexes.toSorted((a, b) => a - b),
      )
  }
  return result
}

function decoded<T>(bytes: Uint8Array, decode: (bytes: Uint8Array) => T): T | undefined {
  if (versionOf(bytes) === undefined) return undefined
  try {
    return decode(bytes)
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

/** Returns the version to use; `undefined` if there is none. */
function versionOf(bytes: Uint8Array): number | undefined {
  if (bytes.length < 2) return undefined
  const version = new DataView(bytes.buffer, bytes.byteOffset).getInt16(0)
  return version < 0 ? undefined : Math.min(version, MAX_VERSION)
}
