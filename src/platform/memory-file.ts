const PAGE_BYTES = 64 * 1024

/**
 * The content of a file in memory, in pages of 64 KiB. The first page starts small, so that small
 * files stay small.
 */
export class MemoryFile {
  readonly #pages: Uint8Array[] = []
  #size = 0

  get size(): number {
    return this.#size
  }

  write(bytes: Uint8Array, position: number): void {
    this.#reserve(position + bytes.length)
    for (let done = 0; done < bytes.length;) {
      const at = position + done
      const within = at % PAGE_BYTES
      const count = Math.min(PAGE_BYTES - within, bytes.length - done)
      this.#pages[(at - within) / PAGE_BYTES]!.set(bytes.subarray(done, done + count), within)
      done += count
    }
    this.#size = Math.max(this.#size, position + bytes.length)
  }

  read(target: Uint8Array, position: number): number {
    const total = Math.max(0, Math.min(target.length, this.#size - position))
    for (let done = 0; done < total;) {
      const at = position + done
      const within = at % PAGE_BYTES
      const count = Math.min(PAGE_BYTES - within, total - done)
      const page = this.#pages[(at - within) / PAGE_BYTES]!
      target.set(page.subarray(within, within + count), done)
      done += count
    }
    return total
  }

  /** Truncates the file, or extends it with zeros. */
  truncate(size: number): void {
    const keptPages = Math.ceil(size / PAGE_BYTES)
    if (size < this.#size) {
      this.#pages.length = Math.min(this.#pages.length, keptPages)
      this.#pages[keptPages - 1]?.fill(0, size - (keptPages - 1) * PAGE_BYTES)
    } else {
      this.#reserve(size)
    }
    this.#size = size
  }

  /** Returns a copy of the content. */
  bytes(): Uint8Array {
    const bytes = Buffer.alloc(this.#size)
    this.read(bytes, 0)
    return bytes
  }

  #reserve(size: number): void {
    const first = this.#pages[0]
    const firstBytes = Math.min(size, PAGE_BYTES)
    if (first === undefined || first.length < firstBytes) {
      const grown = Math.min(PAGE_BYTES, Math.max(firstBytes, (first?.length ?? 128) * 2))
      const page = new Uint8Array(grown)
      if (first !== undefined) page.set(first)
      if (size > 0) this.#pages[0] = page
    }
    while (this.#pages.length * PAGE_BYTES < size) this.#pages.push(new Uint8Array(PAGE_BYTES))
  }
}
