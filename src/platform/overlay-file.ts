import type { FileHandle } from './file-system.ts'

const PAGE_BYTES = 16 * 1024

/**
 * A file of another file system with changes: changed pages are in memory, the rest is read from
 * below.
 */
export class OverlayFile {
  /** The path of the file below. */
  readonly path: string
  /** Opens the file below for reading. */
  readonly openBelow: () => FileHandle
  /** Pages that differ from the file below, by page number. */
  readonly #pages = new Map<number, Uint8Array>()
  /** The number of bytes at the start that come from the file below. */
  #belowBytes: number | undefined
  #size = 0

  constructor(path: string, openBelow: () => FileHandle) {
    this.path = path
    this.openBelow = openBelow
  }

  size(below: FileHandle): number {
    this.#look(below)
    return this.#size
  }

  read(below: FileHandle, target: Uint8Array, position: number): number {
    this.#look(below)
    const count = Math.max(0, Math.min(target.length, this.#size - position))
    const wanted = target.subarray(0, count)
    const fromBelow = Math.max(0, Math.min(count, this.#belowBytes! - position))
    if (fromBelow > 0) below.read(wanted.subarray(0, fromBelow), position)
    wanted.fill(0, fromBelow)
    if (this.#pages.size > 0) this.#readPages(wanted, position)
    return count
  }

  write(below: FileHandle, bytes: Uint8Array, position: number): void {
    this.#look(below)
    for (let done = 0; done < bytes.length;) {
      const at = position + done
      const within = at % PAGE_BYTES
      const count = Math.min(PAGE_BYTES - within, bytes.length - done)
      const page = this.#pageForWriting(below, (at - within) / PAGE_BYTES)
      page.set(bytes.subarray(done, done + count), within)
      done += count
    }
    this.#size = Math.max(this.#size, position + bytes.length)
  }

  /** Truncates the file, or extends it with zeros. */
  truncate(below: FileHandle, size: number): void {
    this.#look(below)
    this.#belowBytes = Math.min(this.#belowBytes!, size)
    const keptPages = Math.ceil(size / PAGE_BYTES)
    for (const number of this.#pages.keys()) if (number >= keptPages) this.#pages.delete(number)
    this.#pages.get(keptPages - 1)?.fill(0, size - (keptPages - 1) * PAGE_BYTES)
    this.#size = size
  }

  /** Reads the size when it is first needed: most files of a large directory are never used. */
  #look(below: FileHandle): void {
    if (this.#belowBytes !== undefined) return
    this.#belowBytes = below.size()
    this.#size = this.#belowBytes
  }

  #readPages(target: Uint8Array, position: number): void {
    const last = Math.floor((position + target.length - 1) / PAGE_BYTES)
    for (let number = Math.floor(position / PAGE_BYTES); number <= last; number++) {
      const page = this.#pages.get(number)
      if (page === undefined) continue
      const start = number * PAGE_BYTES
      const from = Math.max(position, start)
      const to = Math.min(position + target.length, start + PAGE_BYTES)
      target.set(page.subarray(from - start, to - start), from - position)
    }
  }

  #pageForWriting(below: FileHandle, number: number): Uint8Array {
    const known = this.#pages.get(number)
    if (known !== undefined) return known
    const page = new Uint8Array(PAGE_BYTES)
    const start = number * PAGE_BYTES
    const fromBelow = Math.max(0, Math.min(PAGE_BYTES, this.#belowBytes! - start))
    if (fromBelow > 0) below.read(page.subarray(0, fromBelow), start)
    this.#pages.set(number, page)
    return page
  }
}

/** An open {@link OverlayFile}. */
export class OverlayFileHandle implements FileHandle {
  readonly #file: OverlayFile
  readonly #below: FileHandle

  constructor(file: OverlayFile) {
    this.#file = file
    this.#below = file.openBelow()
  }

  size(): number {
    return this.#file.size(this.#below)
  }

  write(parts: readonly Uint8Array[], position: number): void {
    let at = position
    for (const part of parts) {
      this.#file.write(this.#below, part, at)
      at += part.length
    }
  }

  read(target: Uint8Array, position: number): number {
    return this.#file.read(this.#below, target, position)
  }

  truncate(size: number): void {
    this.#file.truncate(this.#below, size)
  }

  /** Writes are in memory and are lost when the process exits. */
  sync(): void {}

  async syncLater(): Promise<void> {}

  close(): void {
    this.#below.close()
  }
}
