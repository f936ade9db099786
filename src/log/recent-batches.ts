import { LAST_OFFSET_DELTA, LENGTH, LOG_OVERHEAD, MAGIC } from '../record/batch-layout.ts'
import { int32At, int64At } from '../record/big-endian.ts'
import { wholeBatchesEnd } from './whole-batches.ts'

/** Appends smaller than this are copied together; larger ones are kept as they came. */
const COPIED_BELOW_BYTES = 4096
const SMALLEST_CHUNK_BYTES = 1024
const LARGEST_CHUNK_BYTES = 16 * 1024
/** What an entry takes beside its bytes, roughly. */
const ENTRY_OVERHEAD_BYTES = 200

/** The memory that the recently appended batches of all logs of a broker may take; the oldest make room for the newest. */
export class RecentBytes {
  readonly #maxBytes: number
  #entries: Entry[] = []
  #first = 0
  #usedBytes = 0

  /** @param maxBytes 0 keeps nothing */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  takes(sizeInBytes: number): boolean {
    return sizeInBytes + ENTRY_OVERHEAD_BYTES <= this.#maxBytes
  }

  add(entry: Entry): void {
    this.#entries.push(entry)
    this.#usedBytes += entry.bytes.length + ENTRY_OVERHEAD_BYTES
    while (this.#usedBytes > this.#maxBytes) this.#evictFirst()
  }

  /** The owner has dropped the entry by itself. */
  release(entry: Entry): void {
    this.#usedBytes -= entry.bytes.length + ENTRY_OVERHEAD_BYTES
    entry.bytes = nothing
    entry.owner = undefined
  }

  #evictFirst(): void {
    const entry = this.#entries[this.#first++]!
    if (entry.owner !== undefined) {
      entry.owner.evictFirst()
      this.release(entry)
    }
    if (this.#first > 1024 && this.#first * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#first)
      this.#first = 0
    }
  }
}

/** The end of one segment as it was appended, kept in memory so that consumers near the end cost no reads and no copies. */
export class RecentBatches {
  readonly #budget: RecentBytes
  /** Without gaps: each entry begins where the one before ends. */
  #entries: Entry[] = []
  #first = 0
  #nextChunkBytes = SMALLEST_CHUNK_BYTES

  constructor(budget: RecentBytes) {
    this.#budget = budget
  }

  /** `records` must not change afterwards. */
  add(records: Uint8Array, position: number, firstOffset: number, nextOffset: number): void {
    if (records.length < COPIED_BELOW_BYTES)
      this.#addCopy(records, position, firstOffset, nextOffset)
    else this.#addEntry(records, records.length, position, firstOffset, nextOffset)
  }

  /**
   * Whole batches from the one that holds `startOffset` on, as {@link wholeBatchesEnd} bounds them; `undefined` when that one is not
   * kept here.
   */
  read(
    startOffset: number,
    maxBytes: number,
    maxPosition: number,
    minOneMessage: boolean,
  ): Uint8Array[] | undefined {
    let index = this.#indexOf(startOffset)
    if (index < 0) return undefined
    let at = batchAt(this.#entries[index]!, startOffset)
    const slices: Uint8Array[] = []
    let room = maxBytes
    for (; index < this.#entries.length; index++) {
      const { bytes, position, usedBytes } = this.#entries[index]!
      const limit = Math.min(usedBytes, maxPosition - position)
      const isOneNeeded = minOneMessage && slices.length === 0
      const isAll = limit === usedBytes && usedBytes - at <= room
      const end = isAll ? usedBytes : wholeBatchesEnd(bytes, at, limit, room, isOneNeeded)
      if (end > at) slices.push(bytes.subarray(at, end))
      if (end < usedBytes) break
      room -= end - at
      at = 0
    }
    return slices
  }

  /** The position of the batch that holds `offset`; `undefined` when it is not kept here. */
  positionOf(offset: number): number | undefined {
    const index = this.#indexOf(offset)
    if (index < 0) return undefined
    const entry = this.#entries[index]!
    return entry.position + batchAt(entry, offset)
  }

  /** For the budget only. */
  evictFirst(): void {
    this.#first++
    if (this.#first > 64 && this.#first * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#first)
      this.#first = 0
    }
  }

  clear(): void {
    for (let index = this.#first; index < this.#entries.length; index++) {
      this.#budget.release(this.#entries[index]!)
    }
    this.#entries = []
    this.#first = 0
    this.#nextChunkBytes = SMALLEST_CHUNK_BYTES
  }

  #addCopy(records: Uint8Array, position: number, firstOffset: number, nextOffset: number): void {
    const last = this.#entries.length > this.#first ? this.#entries.at(-1) : undefined
    if (last?.isChunk && last.bytes.length - last.usedBytes >= records.length) {
      last.bytes.set(records, last.usedBytes)
      last.usedBytes += records.length
      last.nextOffset = nextOffset
      return
    }
    const chunk = Buffer.allocUnsafeSlow(Math.max(this.#nextChunkBytes, records.length))
    this.#nextChunkBytes = Math.min(this.#nextChunkBytes * 2, LARGEST_CHUNK_BYTES)
    chunk.set(records)
    this.#addEntry(chunk, records.length, position, firstOffset, nextOffset)
  }

  #addEntry(
    bytes: Uint8Array,
    usedBytes: number,
    position: number,
    firstOffset: number,
    nextOffset: number,
  ): void {
    if (!this.#budget.takes(bytes.length)) {
      this.clear()
      return
    }
    const isChunk = usedBytes < bytes.length
    const entry: Entry = {
      bytes,
      usedBytes,
      isChunk,
      position,
      firstOffset,
      nextOffset,
      owner: this,
    }
    this.#entries.push(entry)
    this.#budget.add(entry)
  }

  /** The entry in which the first batch ends at or after `offset`; -1 when that may lie before what is kept. */
  #indexOf(offset: number): number {
    let low = this.#first
    let high = this.#entries.length
    if (low === high || offset < this.#entries[low]!.firstOffset) return -1
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#entries[middle]!.nextOffset <= offset) low = middle + 1
      else high = middle
    }
    return low === this.#entries.length ? -1 : low
  }
}

/** One or more whole batches; a chunk has room for more behind `usedBytes`. */
interface Entry {
  bytes: Uint8Array
  usedBytes: number
  readonly isChunk: boolean
  /** Of the first byte in the segment's file. */
  readonly position: number
  readonly firstOffset: number
  nextOffset: number
  owner: RecentBatches | undefined
}

const nothing = new Uint8Array(0)

/** Where in the entry the batch begins that ends at or after `offset`. The entry holds whole batches, so that nothing is checked. */
function batchAt({ bytes, usedBytes }: Entry, offset: number): number {
  let at = 0
  while (at < usedBytes && lastOffsetAt(bytes, at) < offset) {
    at += LOG_OVERHEAD + int32At(bytes, at + LENGTH)
  }
  return at
}

function lastOffsetAt(bytes: Uint8Array, at: number): number {
  const delta = bytes[at + MAGIC]! < 2 ? 0 : int32At(bytes, at + LAST_OFFSET_DELTA)
  return int64At(bytes, at) + delta
}
