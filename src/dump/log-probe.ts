import type { FileHandle, FileSystem } from '../platform/file-system.ts'
import { BATCH_OVERHEAD } from '../record/batch-layout.ts'
import { batchSizeAt, BatchView } from '../record/batch-view.ts'

/** The batch that an index entry is compared with. */
export interface FoundBatch {
  readonly position: number
  readonly baseOffset: number
  readonly lastOffset: number
  readonly maxTimestamp: number
  readonly nextPosition: number
}

/** Looks up single batches of a segment. It reads only their headers. */
export class LogProbe {
  readonly #handle: FileHandle
  readonly #header = Buffer.alloc(BATCH_OVERHEAD)
  readonly sizeInBytes: number

  private constructor(handle: FileHandle) {
    this.#handle = handle
    this.sizeInBytes = handle.size()
  }

  /** Returns `undefined` if the file does not exist. */
  static open(fileSystem: FileSystem, path: string): LogProbe | undefined {
    return fileSystem.exists(path)
      ? new LogProbe(fileSystem.open(path, { readOnly: true }))
      : undefined
  }

  close(): void {
    this.#handle.close()
  }

  /** Returns the batch at `position`; `undefined` if no complete batch starts there. */
  at(position: number): FoundBatch | undefined {
    const header = this.#header
    const count = this.#handle.read(header, position)
    header.fill(0, count)
    let size: number
    try {
      size = batchSizeAt(header, 0, Infinity)
    } catch {
      return undefined
    }
    const nextPosition = position + size
    if (size === 0 || nextPosition > this.sizeInBytes) return undefined
    const batch = new BatchView(header)
    const { baseOffset, lastOffset, maxTimestamp } = batch
    return { position, baseOffset, lastOffset, maxTimestamp, nextPosition }
  }

  /** Returns the first batch from `position` on that ends at or after `offset`. */
  find(offset: number, position: number): FoundBatch | undefined {
    let found = this.at(position)
    while (found !== undefined && found.lastOffset < offset) found = this.at(found.nextPosition)
    return found
  }
}
