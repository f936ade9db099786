import type { FileHandle } from '../../platform/file-system.ts'
import { LENGTH, LOG_OVERHEAD, MAGIC } from '../../record/batch-layout.ts'
import { batchSizeAt, BatchView } from '../../record/batch-view.ts'
import { int32At } from '../../record/big-endian.ts'

/** Window to read every byte of a segment: small enough for the processor's cache. */
const WINDOW_BYTES = 1024 * 1024

/** A batch in a segment's file. The view is over a buffer that the next batch may overwrite. */
export interface ScannedBatch {
  readonly batch: BatchView
  /** The position in the file. */
  readonly position: number
}

/** An open file, or an object that opens it at each read. */
type ReadableFile = Pick<FileHandle, 'read'>

/** The window of the last scan, reused by the next one. Concurrent scans have one each. */
let spareWindow: Buffer | undefined

/**
 * Iterates over the whole batches of a file between two positions, through one window that grows
 * for larger batches. Ends at a torn batch. {@link close} it, so that the next scan reuses the
 * window.
 */
export class BatchScanner {
  readonly #file: ReadableFile
  readonly #to: number
  readonly #readBytes: number
  #window: Buffer
  #windowStart: number
  #windowLength = 0
  #at = 0
  #size = 0

  /** @param readBytes the size of one read; at most, and by default, 1 MiB */
  constructor(file: ReadableFile, from: number, to: number, readBytes = WINDOW_BYTES) {
    this.#file = file
    this.#to = to
    this.#readBytes = readBytes
    this.#windowStart = from
    this.#window = spareWindow ?? Buffer.allocUnsafeSlow(WINDOW_BYTES)
    spareWindow = undefined
  }

  /** A view of the current batch, over memory that {@link next} may overwrite. */
  get batch(): BatchView {
    return new BatchView(this.#window, this.#at)
  }

  /** The position of the current batch in the file. */
  get position(): number {
    return this.#windowStart + this.#at
  }

  get sizeInBytes(): number {
    return this.#size
  }

  /**
   * Moves to the next batch. Returns false if there is no whole one.
   *
   * @throws CorruptRecordError if the bytes cannot be the start of a batch
   */
  next(): boolean {
    this.#at += this.#size
    this.#size = batchSizeAt(this.#window, this.#at, this.#windowLength)
    while (this.#size === 0) {
      if (!this.#fill()) return false
      this.#size = batchSizeAt(this.#window, this.#at, this.#windowLength)
    }
    return true
  }

  /** Returns the window for the next scan. */
  close(): void {
    if (this.#window.length === WINDOW_BYTES) spareWindow = this.#window
  }

  /** Reads more of the current batch. Returns false at the end. */
  #fill(): boolean {
    const rest = this.#windowLength - this.#at
    const needed = neededBytes(this.#window, this.#at, this.#windowLength)
    const remaining = this.#to - this.position
    if (needed > remaining) return false
    const old = this.#window
    if (needed > old.length) this.#window = Buffer.allocUnsafeSlow(needed)
    old.copy(this.#window, 0, this.#at, this.#windowLength)
    this.#windowStart += this.#at
    this.#at = 0
    const wanted = Math.min(remaining, Math.max(needed, this.#readBytes))
    const target = this.#window.subarray(rest, wanted)
    this.#windowLength = rest + this.#file.read(target, this.#windowStart + rest)
    return this.#windowLength >= needed
  }
}

/** Iterates over the batches that a {@link BatchScanner} finds. */
export function* scanBatches(
  file: ReadableFile,
  from: number,
  to: number,
  readBytes: number,
): Generator<ScannedBatch, void, undefined> {
  const scanner = new BatchScanner(file, from, to, readBytes)
  try {
    while (scanner.next()) yield { batch: scanner.batch, position: scanner.position }
  } finally {
    scanner.close()
  }
}

/** Returns the number of bytes needed for the whole batch, or for its size field. */
function neededBytes(bytes: Uint8Array, at: number, end: number): number {
  if (end - at <= MAGIC) return MAGIC + 1
  return LOG_OVERHEAD + int32At(bytes, at + LENGTH)
}
