import type { Durability } from '../files/small-file.ts'
import type { LogSegment } from '../segment/segment.ts'

const SYNC_AHEAD_BYTES = 8 * 1024 * 1024
const SHORT_BYTES = 96

/**
 * Collects retained batches in a buffer, and appends them to the cleaned segment when the buffer is
 * full. Space for a batch is reserved before its final size is known.
 */
export class CleanedOutput {
  readonly #segment: LogSegment
  readonly #durability: Durability
  #buffer: Uint8Array
  #size = 0
  #unsyncedBytes = 0
  #isSyncing = false
  #syncFailure: unknown

  /** @param bufferBytes the size of the buffer; a larger batch is appended by itself */
  constructor(segment: LogSegment, bufferBytes: number, durability: Durability) {
    this.#segment = segment
    this.#durability = durability
    this.#buffer = Buffer.allocUnsafeSlow(bufferBytes)
  }

  /** The buffer with the reserved space. The next reservation may replace it. */
  get buffer(): Uint8Array {
    return this.#buffer
  }

  /** Adds the batch at `start` of `source`. */
  add(source: Uint8Array, start: number, sizeInBytes: number): void {
    const position = this.reserve(sizeInBytes)
    copyBytes(this.#buffer, position, source, start, start + sizeInBytes)
    this.commit(sizeInBytes)
  }

  /** Reserves space in {@link buffer}, and returns its position. {@link commit} makes it count. */
  reserve(sizeInBytes: number): number {
    if (this.#size + sizeInBytes > this.#buffer.length) this.flush()
    if (sizeInBytes > this.#buffer.length) this.#buffer = Buffer.allocUnsafeSlow(sizeInBytes)
    return this.#size
  }

  /** Commits the first bytes of the last reservation as a batch. */
  commit(sizeInBytes: number): void {
    this.#size += sizeInBytes
  }

  /** Appends the collected batches. */
  flush(): void {
    if (this.#size === 0) return
    this.#segment.append(this.#buffer.subarray(0, this.#size))
    this.#unsyncedBytes += this.#size
    this.#size = 0
    if (this.#unsyncedBytes >= SYNC_AHEAD_BYTES && !this.#isSyncing) void this.#syncAhead()
  }

  /** Appends the rest, and completes and syncs the segment before it replaces others. */
  seal(): void {
    this.flush()
    this.#segment.becomeInactive()
    if (this.#syncFailure !== undefined) throw this.#syncFailure
    if (this.#durability === 'synced') this.#segment.flush()
  }

  /** Syncs without blocking the event loop, so that {@link seal} has little left to wait for. */
  async #syncAhead(): Promise<void> {
    if (this.#durability !== 'synced') return
    this.#isSyncing = true
    this.#unsyncedBytes = 0
    try {
      await this.#segment.syncLater()
    } catch (error) {
      this.#syncFailure ??= error
    }
    this.#isSyncing = false
  }
}

/** Copies bytes in a loop if a call of `set` would take longer than the copy. */
export function copyBytes(
  target: Uint8Array,
  position: number,
  source: Uint8Array,
  start: number,
  end: number,
): void {
  if (end - start > SHORT_BYTES) target.set(source.subarray(start, end), position)
  else for (let at = start; at < end; at++) target[position++] = source[at]!
}
