import { inHashMapOrder } from '../../platform/java-hash-map.ts'
import type { Uuid } from '../../platform/uuid.ts'
import { coordinatorPartition } from '../java-hash.ts'

/** A partition as one share group reads it (Kafka's `SharePartitionKey`). */
export interface SharePartitionKey {
  readonly groupId: string
  readonly topicId: Uuid
  readonly partition: number
}

/** Returns the key that decides which broker coordinates a share partition. */
export function coordinatorKey({ groupId, topicId, partition }: SharePartitionKey): string {
  return `${groupId}:${topicId}:${partition}`
}

/** Returns the partition of `__share_group_state` that has the state of a share partition. */
export function statePartitionOf(key: SharePartitionKey, partitionCount: number): number {
  return coordinatorPartition(coordinatorKey(key), partitionCount)
}

/**
 * Parses `groupId:topicId:partition`, in which the group id may contain colons. Returns `undefined`
 * if Kafka refuses the text.
 */
export function parseCoordinatorKey(text: string): SharePartitionKey | undefined {
  // Java's split drops empty parts at the end.
  const parts = text.replace(/:+$/, '').split(':')
  if (parts.length < 3) return undefined
  const partition = parts.at(-1)!
  const topicId = parts.at(-2)!
  const groupId = parts.slice(0, -2).join(':')
  if (!isJavaInt(partition) || groupId.trim() === '') return undefined
  const id = normalUuid(topicId)
  return id === undefined ? undefined : { groupId, topicId: id, partition: Number(partition) }
}

/** Returns the topics of a response in the order of Kafka's `HashMap<Uuid, …>`. */
export function inTopicIdOrder<T extends { readonly topicId: Uuid }>(topics: readonly T[]): T[] {
  return inHashMapOrder(topics, ({ topicId }) => uuidHash(topicId))
}

function isJavaInt(text: string): boolean {
  return /^[+-]?\d+$/.test(text) && (Number(text) | 0) === Number(text)
}

/** Returns the id without padding, or `undefined` unless it has 16 bytes (Kafka's `Uuid`). */
function normalUuid(text: string): Uuid | undefined {
  if (!/^[\w-]{22}(==)?$/.test(text)) return undefined
  return Buffer.from(text, 'base64url').toString('base64url')
}

/** Returns the hash code of Kafka's `Uuid`. */
function uuidHash(uuid: Uuid): number {
  const bytes = Buffer.from(uuid, 'base64url')
  let hash = 0
  for (let position = 0; position < bytes.length; position += 4) hash ^= bytes.readInt32BE(position)
  return hash
}
