import type { FileHandle } from '../../platform/file-system.ts'
import type { UnreadBytes } from '../../platform/unread-bytes.ts'

/**
 * A stretch of a segment that is left unread until it is sent. Its file is opened when it is read from, and found also
 * while the segment waits for its deletion (`file.delete.delay.ms`).
 */
export class UnreadBatches implements UnreadBytes {
  readonly length: number
  readonly #open: () => FileHandle
  readonly #start: number

  /** @param start where in the file it begins */
  constructor(open: () => FileHandle, start: number, sizeInBytes: number) {
    this.length = sizeInBytes
    this.#open = open
    this.#start = start
  }

  read(target: Uint8Array, position: number): void {
    const count = this.#open().read(target, this.#start + position)
    if (count < target.length) {
      throw new Error(`${target.length - count} bytes of a segment have gone while they were sent`)
    }
  }
}
