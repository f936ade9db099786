import { murmur3 } from './murmur3.ts'

/** Four words of hash and the offset as a double: the size of an entry in Kafka. */
const ENTRY_BYTES = 24
const ENTRY_WORDS = ENTRY_BYTES / 4
const ENTRY_DOUBLES = ENTRY_BYTES / 8
const MAX_BYTES = 2 ** 31 - 1
const FIRST_CAPACITY = 1024
/** A table up to this size is in the processor's cache, and is not prefetched. */
const CACHED_CAPACITY = 16 * 1024
/** The maximum number of keys in one lookup. */
export const MAX_KEYS_TOGETHER = 128
/** The load above which the table grows, if it may. */
const COMFORTABLE_LOAD = 0.75

/**
 * The last offset of every key in a part of a log (Kafka's `SkimpyOffsetMap`). It stores a 128-bit
 * hash per key, so an entry has 24 bytes for any key size; two keys with the same hash would count
 * as one. Kafka uses MD5. MurmurHash3 takes a tenth of the time, and collides as rarely by chance.
 * Like MD5 today, it does not protect against a producer that searches for collisions. The seed
 * keeps such a producer from filling one part of the table.
 *
 * Open addressing in one buffer, which begins small and doubles up to `maxBytes`: few keys with
 * many values stay in the processor's cache. While it grows, both tables exist. Many keys are
 * looked up at a time: memory fetches all missing cache lines in hardly more time than one.
 */
export class OffsetMap {
  /** The number of keys that fit into `maxBytes`. */
  readonly slots: number
  readonly #seed: number
  /** The hashes of the prepared keys, four words each. */
  readonly #hashes = new Int32Array(4 * MAX_KEYS_TOGETHER)
  #prepared = 0
  /** Uses the prefetched values, so that V8 does not remove the reads. */
  readonly #warmth = new Float64Array(1)
  #capacity: number
  #words: Int32Array
  /**
   * The same bytes: the third double of an entry is its offset plus 1, or 0 if the entry is free.
   */
  #doubles: Float64Array
  #size = 0
  #latestOffset = -1

  /** @param maxBytes the maximum size of the table, at most 2^31 - 1 as for Kafka's arrays */
  constructor(maxBytes: number, seed = 0) {
    this.slots = Math.floor(Math.min(maxBytes, MAX_BYTES) / ENTRY_BYTES)
    this.#seed = seed
    this.#capacity = Math.min(this.slots, FIRST_CAPACITY)
    const buffer = new ArrayBuffer(this.#capacity * ENTRY_BYTES)
    this.#words = new Int32Array(buffer)
    this.#doubles = new Float64Array(buffer)
  }

  /** The number of keys. */
  get size(): number {
    return this.#size
  }

  /** The offset up to which the log's keys are in the map; -1 if it is empty. */
  get latestOffset(): number {
    return this.#latestOffset
  }

  /** From 0 to 1. */
  get utilization(): number {
    return this.#size / this.slots
  }

  /** Notes that the log was read up to an offset, with keys or not. */
  updateLatestOffset(offset: number): void {
    this.#latestOffset = offset
  }

  /**
   * Adds a key to the next lookup, up to {@link MAX_KEYS_TOGETHER}. Returns its number.
   *
   * @param bytes contains the key from `start` to `end`
   */
  prepare(bytes: Uint8Array, start: number, end: number): number {
    murmur3(bytes, start, end, this.#seed, this.#hashes, this.#prepared * 4)
    return this.#prepared++
  }

  /** Prefetches the entries of the prepared keys. Returns the number of keys. */
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
   * Sets the offset of a fetched key.
   *
   * @throws RangeError if the key is new and there is no free slot
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

  /** Returns the offset of a fetched key, or -1 if it is missing. */
  get(key: number): number {
    return this.#size === 0 ? -1 : this.#offsetAt(this.#find(key)) - 1
  }

  #offsetAt(entry: number): number {
    return entry < 0 ? 0 : this.#doubles[entry * ENTRY_DOUBLES + 2]!
  }

  /** Returns the entry of a key, or the free one for it, or -1. */
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

/** Returns the first slot for a hash, for any capacity without a division. */
function homeOf(hash: number, capacity: number): number {
  return Math.floor((hash >>> 0) * capacity * 2 ** -32)
}
