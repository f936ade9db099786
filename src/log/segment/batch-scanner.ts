import type { FileHandle } from '../../platform/file-system.ts'
import { LENGTH, LOG_OVERHEAD, MAGIC } from '../../record/batch-layout.ts'
import { batchSizeAt, BatchView } from '../../record/batch-view.ts'
import { int32At } from '../../record/big-endian.ts'

/** How much is read at once to look at every byte: little enough to stay in the processor's cache. */
const WINDOW_BYTES = 1024 * 1024

/** A batch in a segment's file. The view is over a buffer that the next batch may overwrite. */
export interface ScannedBatch {
  readonly batch: BatchView
  /** In the file. */
  readonly position: number
}

/** What is scanned: an open file, or what opens it whenever it is read. */
type ReadableFile = Pick<FileHandle, 'read'>

/** The window of the last scan, for the next one. Two scans at a time have one each. */
let spareWindow: Buffer | undefined

/**
 * Walks the whole batches of a file between two positions, through one window that grows for larger batches. Ends at a torn batch.
 * {@link close} it, so that the next scan need not allocate.
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

  /** @param readBytes how much is read at once; 1 MiB at most, and by default */
  constructor(file: ReadableFile, from: number, to: number, readBytes = WINDOW_BYTES) {
    this.#file = file
    this.#to = to
    this.#readBytes = readBytes
    this.#windowStart = from
    this.#window = spareWindow ?? Buffer.allocUnsafeSlow(WINDOW_BYTES)
    spareWindow = undefined
  }

  /** A view of the batch, over memory that {@link next} may overwrite. */
  get batch(): BatchView {
    return new BatchView(this.#window, this.#at)
  }

  /** Where the batch begins in the file. */
  get position(): number {
    return this.#windowStart + this.#at
  }

  get sizeInBytes(): number {
    return this.#size
  }

  /**
   * Goes on to the next batch; false when no whole one follows.
   *
   * @throws CorruptRecordError where no batch can begin
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

  /** Gives the window back. */
  close(): void {
    if (this.#window.length === WINDOW_BYTES) spareWindow = this.#window
  }

  /** Reads on behind what is there of the batch; false when there is no more of it. */
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

/** The batches that a {@link BatchScanner} finds, one after the other. */
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

/** How many bytes have to be there to see a whole batch, or at least how large it is. */
function neededBytes(bytes: Uint8Array, at: number, end: number): number {
  if (end - at <= MAGIC) return MAGIC + 1
  return LOG_OVERHEAD + int32At(bytes, at + LENGTH)
}
