import type { Durability } from '../files/small-file.ts'
import type { LogSegment } from '../segment/segment.ts'

const SYNC_AHEAD_BYTES = 8 * 1024 * 1024
const SHORT_BYTES = 96

/**
 * Gathers the batches that stay, and appends them to the cleaned segment when so many have come together. Room for a batch is asked
 * for before it is known how much of it is needed.
 */
export class CleanedOutput {
  readonly #segment: LogSegment
  readonly #durability: Durability
  #buffer: Uint8Array
  #size = 0
  #unsyncedBytes = 0
  #isSyncing = false
  #syncFailure: unknown

  /** @param bufferBytes how much is gathered; a larger batch is appended by itself */
  constructor(segment: LogSegment, bufferBytes: number, durability: Durability) {
    this.#segment = segment
    this.#durability = durability
    this.#buffer = Buffer.allocUnsafeSlow(bufferBytes)
  }

  /** What is reserved lies in it; another one after the next reservation perhaps. */
  get buffer(): Uint8Array {
    return this.#buffer
  }

  /** Takes the batch that lies in `source` from `start` on. */
  add(source: Uint8Array, start: number, sizeInBytes: number): void {
    const position = this.reserve(sizeInBytes)
    copyBytes(this.#buffer, position, source, start, start + sizeInBytes)
    this.commit(sizeInBytes)
  }

  /** Where in {@link buffer} there is room for so many bytes; what is put there counts once it is committed. */
  reserve(sizeInBytes: number): number {
    if (this.#size + sizeInBytes > this.#buffer.length) this.flush()
    if (sizeInBytes > this.#buffer.length) this.#buffer = Buffer.allocUnsafeSlow(sizeInBytes)
    return this.#size
  }

  /** The first bytes of what was reserved last are a batch. */
  commit(sizeInBytes: number): void {
    this.#size += sizeInBytes
  }

  /** Appends what has been gathered. */
  flush(): void {
    if (this.#size === 0) return
    this.#segment.append(this.#buffer.subarray(0, this.#size))
    this.#unsyncedBytes += this.#size
    this.#size = 0
    if (this.#unsyncedBytes >= SYNC_AHEAD_BYTES && !this.#isSyncing) void this.#syncAhead()
  }

  /** Appends the rest and completes the segment; what is to be swapped in is on the disk whole, for what it replaces goes. */
  seal(): void {
    this.flush()
    this.#segment.becomeInactive()
    if (this.#syncFailure !== undefined) throw this.#syncFailure
    if (this.#durability === 'synced') this.#segment.flush()
  }

  /** Off the event loop, so that {@link seal} has little left to wait for. */
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

/** By hand where a call, and the slice it needs, would take longer than the copy. */
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
