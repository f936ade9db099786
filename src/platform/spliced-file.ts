import type { FileHandle } from './file-system.ts'
import { systemError } from './system-error.ts'

/** A part of a file. */
interface Part {
  readonly position: number
  readonly sizeInBytes: number
}

/** Parts of a file, one after the other, as one read-only file. */
export class SplicedFileHandle implements FileHandle {
  readonly #file: FileHandle
  /** With the start of each part in this file. */
  readonly #parts: readonly (Part & { readonly start: number })[]
  readonly #sizeInBytes: number

  /** @param parts ascending and without overlaps */
  constructor(file: FileHandle, parts: readonly Part[]) {
    let start = 0
    this.#file = file
    this.#parts = parts.map((part) => {
      const placed = { ...part, start }
      start += part.sizeInBytes
      return placed
    })
    this.#sizeInBytes = start
  }

  size(): number {
    return this.#sizeInBytes
  }

  read(target: Uint8Array, position: number): number {
    let done = 0
    for (let index = this.#partAt(position); index < this.#parts.length; index++) {
      const part = this.#parts[index]!
      const within = position + done - part.start
      const wanted = Math.min(target.length - done, part.sizeInBytes - within)
      const slice = target.subarray(done, done + wanted)
      const count = this.#file.read(slice, part.position + within)
      done += count
      if (count < wanted || done === target.length) break
    }
    return done
  }

  write(): void {
    throw readOnly()
  }

  truncate(): void {
    throw readOnly()
  }

  sync(): void {}

  async syncLater(): Promise<void> {}

  close(): void {
    this.#file.close()
  }

  /**
   * Returns the index of the part that contains a position, or the number of parts if there is
   * none.
   */
  #partAt(position: number): number {
    let low = 0
    let high = this.#parts.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const { start, sizeInBytes } = this.#parts[middle]!
      if (start + sizeInBytes <= position) low = middle + 1
      else high = middle
    }
    return low
  }
}

function readOnly(): Error {
  return systemError('EROFS', 'parts of a file can be read only')
}
