import { murmur3 } from './murmur3.ts'

/** Four words of hash, and the offset as a double: as many bytes as an entry of Kafka's takes. */
const ENTRY_BYTES = 24
const ENTRY_WORDS = ENTRY_BYTES / 4
const ENTRY_DOUBLES = ENTRY_BYTES / 8
const MAX_BYTES = 2 ** 31 - 1
const FIRST_CAPACITY = 1024
/** A table no larger than this is in the processor's cache, and need not be brought there. */
const CACHED_CAPACITY = 16 * 1024
/** How many keys are looked up together at most. */
export const MAX_KEYS_TOGETHER = 128
/** Beyond this share of its capacity the table grows, as long as it may. */
const COMFORTABLE_LOAD = 0.75

/**
 * The last offset of every key in a stretch of a log (Kafka's `SkimpyOffsetMap`). It knows keys by a hash of 128 bits only, so that an
 * entry is 24 bytes whatever the key's size; two keys of the same hash would be taken for one. Kafka uses MD5; here it is MurmurHash3,
 * which takes a tenth of the time, is as unlikely to let two keys meet by chance, and, as MD5 today, is no defence against a
 * producer that wants them to. The seed keeps such a producer from filling one corner of the table.
 *
 * Open addressing in one buffer, which begins small and doubles up to `maxBytes`: few keys with many values stay in the processor's
 * cache. While it grows, the smaller table stands beside the larger. Keys are looked up many at a time: what is not in the cache, memory
 * brings for all of them in hardly more time than for one.
 */
export class OffsetMap {
  /** How many keys have room in `maxBytes`. */
  readonly slots: number
  readonly #seed: number
  /** The hashes of the keys at hand, four words each. */
  readonly #hashes = new Int32Array(4 * MAX_KEYS_TOGETHER)
  #prepared = 0
  /** Makes use of what is read ahead, so that the reading is not optimized away. */
  readonly #warmth = new Float64Array(1)
  #capacity: number
  #words: Int32Array
  /** The same bytes: at the third double of an entry its offset plus 1, 0 where the entry is free. */
  #doubles: Float64Array
  #size = 0
  #latestOffset = -1

  /** @param maxBytes what the table may take; Kafka's arrays end at 2^31 - 1, and so does it */
  constructor(maxBytes: number, seed = 0) {
    this.slots = Math.floor(Math.min(maxBytes, MAX_BYTES) / ENTRY_BYTES)
    this.#seed = seed
    this.#capacity = Math.min(this.slots, FIRST_CAPACITY)
    const buffer = new ArrayBuffer(this.#capacity * ENTRY_BYTES)
    this.#words = new Int32Array(buffer)
    this.#doubles = new Float64Array(buffer)
  }

  /** How many keys it holds. */
  get size(): number {
    return this.#size
  }

  /** Up to here the log's keys are in the map; -1 when it is empty. */
  get latestOffset(): number {
    return this.#latestOffset
  }

  /** From 0 to 1. */
  get utilization(): number {
    return this.#size / this.slots
  }

  /** Says that the log was looked at up to here, whether or not there were keys. */
  updateLatestOffset(offset: number): void {
    this.#latestOffset = offset
  }

  /**
   * Takes a key to be looked up with others, {@link MAX_KEYS_TOGETHER} at most. Returns its number among them.
   *
   * @param bytes the key lies in it from `start` to `end`
   */
  prepare(bytes: Uint8Array, start: number, end: number): number {
    murmur3(bytes, start, end, this.#seed, this.#hashes, this.#prepared * 4)
    return this.#prepared++
  }

  /** All keys have been prepared that are wanted now. Returns how many there are. */
  fetch(): number {
    const doubles = this.#doubles
    const hashes = this.#hashes
    const capacity = this.#capacity
    const count = this.#prepared
    this.#prepared = 0
    if (capacity <= CACHED_CAPACITY) return count
    let warmth = 0
    for (let key = 0; key < count; key++) {
      warmth += doubles[homeOf(hashes[key * 4]!, capacity) * ENTRY_DOUBLES + 2]!
    }
    this.#warmth[0] = warmth
    return count
  }

  /**
   * Notes the offset of a fetched key, in the place of an earlier one.
   *
   * @throws RangeError when the key is new and there is no slot left
   */
  put(key: number, offset: number): void {
    let entry = this.#find(key)
    if (this.#offsetAt(entry) === 0) {
      if (this.#size >= this.slots) throw new RangeError(`the offset map holds ${this.slots} keys`)
      if (this.#size >= this.#capacity * COMFORTABLE_LOAD && this.#capacity < this.slots) {
        this.#grow()
        entry = this.#find(key)
      }
      for (let word = 0; word < 4; word++) {
        this.#words[entry * ENTRY_WORDS + word] = this.#hashes[key * 4 + word]!
      }
      this.#size++
    }
    this.#doubles[entry * ENTRY_DOUBLES + 2] = offset + 1
    this.#latestOffset = offset
  }

  /** The offset of a fetched key; -1 when it is not there. */
  get(key: number): number {
    return this.#size === 0 ? -1 : this.#offsetAt(this.#find(key)) - 1
  }

  #offsetAt(entry: number): number {
    return entry < 0 ? 0 : this.#doubles[entry * ENTRY_DOUBLES + 2]!
  }

  /** The entry of a key, or the free one where it belongs; -1 when there is neither. */
  #find(key: number): number {
    const words = this.#words
    const doubles = this.#doubles
    const capacity = this.#capacity
    const h1 = this.#hashes[key * 4]!
    const h2 = this.#hashes[key * 4 + 1]!
    const h3 = this.#hashes[key * 4 + 2]!
    const h4 = this.#hashes[key * 4 + 3]!
    let entry = homeOf(h1, capacity)
    for (let probes = 0; probes < capacity; probes++) {
      if (doubles[entry * ENTRY_DOUBLES + 2] === 0) return entry
      const word = entry * ENTRY_WORDS
      if (
        words[word] === h1 &&
        words[word + 1] === h2 &&
        words[word + 2] === h3 &&
        words[word + 3] === h4
      ) {
        return entry
      }
      if (++entry === capacity) entry = 0
    }
    return -1
  }

  #grow(): void {
    const words = this.#words
    const doubles = this.#doubles
    const capacity = this.#capacity
    this.#capacity = Math.min(this.slots, capacity * 2)
    const buffer = new ArrayBuffer(this.#capacity * ENTRY_BYTES)
    this.#words = new Int32Array(buffer)
    this.#doubles = new Float64Array(buffer)
    for (let entry = 0; entry < capacity; entry++) {
      const offset = doubles[entry * ENTRY_DOUBLES + 2]!
      if (offset === 0) continue
      let target = homeOf(words[entry * ENTRY_WORDS]!, this.#capacity)
      while (this.#doubles[target * ENTRY_DOUBLES + 2] !== 0) {
        if (++target === this.#capacity) target = 0
      }
      for (let word = 0; word < 4; word++) {
        this.#words[target * ENTRY_WORDS + word] = words[entry * ENTRY_WORDS + word]!
      }
      this.#doubles[target * ENTRY_DOUBLES + 2] = offset
    }
  }
}

/** Where to look for a hash first: it spreads over any capacity without a division. */
function homeOf(hash: number, capacity: number): number {
  return Math.floor((hash >>> 0) * capacity * 2 ** -32)
}
