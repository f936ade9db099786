import type { Uuid } from './uuid.ts'

const FIRST_CAPACITY = 16
const LOAD_FACTOR = 0.75

/**
 * Returns the entries in the iteration order of a Java `HashMap` or `HashSet` filled in the given
 * order. Kafka writes and reports some things in that order.
 *
 * @param hashOf returns the `hashCode` of an entry's key
 * @param firstCapacity the number of buckets of the empty map, a power of two; default 16
 */
export function inHashMapOrder<T>(
  entries: readonly T[],
  hashOf: (entry: T) => number,
  firstCapacity = FIRST_CAPACITY,
): T[] {
  if (entries.length < 2) return entries.slice()
  let capacity = firstCapacity
  while (entries.length > capacity * LOAD_FACTOR) capacity *= 2
  return inBucketOrder(entries, hashOf, capacity)
}

/**
 * Returns the entries in the iteration order of a Java `HashMap` with this number of buckets.
 *
 * @param capacity a power of two
 */
export function inBucketOrder<T>(
  entries: readonly T[],
  hashOf: (entry: T) => number,
  capacity: number,
): T[] {
  const buckets: T[][] = Array.from({ length: capacity }, () => [])
  for (const entry of entries) buckets[spread(hashOf(entry)) & (capacity - 1)]!.push(entry)
  return buckets.flat()
}

/**
 * Returns the keys in the iteration order of a Java `HashMap` that is a copy of a map, and in which
 * `compute` has then removed a key and set a key.
 *
 * @param copied the keys of the map that was copied, in its order
 */
export function changedHashMapOrder<T>(
  copied: readonly T[],
  removed: T | undefined,
  set: T | undefined,
  hashOf: (key: T) => number,
): T[] {
  const capacity =
    copied.length === 0 ? FIRST_CAPACITY : bucketCount(Math.trunc(copied.length / LOAD_FACTOR + 1))
  const keys = copied.filter((key) => key !== removed)
  // A new key is the first of its bucket.
  if (set !== undefined && !keys.includes(set)) keys.unshift(set)
  return inBucketOrder(keys, hashOf, capacity)
}

/** Returns the number of buckets of a Java `HashMap` that is created for this capacity. */
export function bucketCount(capacity: number): number {
  return 2 ** Math.max(0, Math.ceil(Math.log2(capacity)))
}

/** Returns the number of buckets of a Java `HashSet` copied from a collection of this size. */
export function copiedCapacity(size: number): number {
  return bucketCount(Math.max(Math.trunc(size / LOAD_FACTOR) + 1, FIRST_CAPACITY))
}

/** Returns the integers in the iteration order of a Java `HashSet` that is a copy of them. */
export function inHashSetOrder(integers: readonly number[]): number[] {
  return inHashMapOrder(integers, (integer) => integer, copiedCapacity(integers.length))
}

/** Returns the hash code of Kafka's `Uuid`. */
export function javaUuidHash(uuid: Uuid): number {
  const bytes = Buffer.from(uuid, 'base64url')
  let hash = 0
  for (let at = 0; at < bytes.length; at += 4) hash ^= bytes.readInt32BE(at)
  return hash
}

/** The number of slots of an empty `TimelineHashMap`. */
export const FIRST_SLOT_COUNT = 2

/** Returns the number of slots of Kafka's `TimelineHashMap` before a key is added or replaced. */
export function timelineSlotCount(slotCount: number, size: number): number {
  return (size + 1) * LOAD_FACTOR > slotCount ? slotCount * 2 : slotCount
}

/**
 * Returns the entries in the iteration order of Kafka's `TimelineHashMap`.
 *
 * @param entries in the order in which they were added
 * @param slotCount default that of a map to which the entries were added, and nothing else happened
 */
export function inTimelineHashMapOrder<T>(
  entries: readonly T[],
  hashOf: (entry: T) => number,
  slotCount = slotCountOf(entries.length),
): T[] {
  if (entries.length < 2) return entries.slice()
  const bits = BigInt(Math.log2(slotCount))
  const slots: T[][] = Array.from({ length: slotCount }, () => [])
  for (const entry of entries) {
    const mixed = BigInt.asUintN(64, BigInt(hashOf(entry)) * FIBONACCI)
    slots[Number(mixed >> (64n - bits))]!.push(entry)
  }
  return slots.flatMap((slot) => slot.toReversed())
}

function slotCountOf(size: number): number {
  let slotCount = FIRST_SLOT_COUNT
  for (let added = 0; added < size; added++) slotCount = timelineSlotCount(slotCount, added)
  return slotCount
}

/** 2^64 divided by the golden ratio, for Knuth's multiplicative hashing. */
const FIBONACCI = 0x9e3779b97f4a7c15n

/** Returns Java's `Long.hashCode`. */
export function javaLongHash(value: number): number {
  return value ^ Math.floor(value / 2 ** 32)
}

/** Returns Java's `String.hashCode`: a signed 32-bit integer over the UTF-16 units. */
export function javaStringHash(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
  return hash
}

/** Mixes a hash as `HashMap` does. */
function spread(hash: number): number {
  return hash ^ (hash >>> 16)
}
