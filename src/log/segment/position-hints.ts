const HINTS = 8

/**
 * Where some batches begin: those that were appended or read last. A consumer goes on where it stopped, so that its next
 * read need not search.
 */
export class PositionHints {
  readonly #offsets: number[] = []
  readonly #positions: number[] = []
  #next = 0
  #appendedOffset = -1
  #appendedPosition = -1

  /** The position of the batch that begins at `offset`, or -1. */
  find(offset: number): number {
    if (offset === this.#appendedOffset) return this.#appendedPosition
    const index = this.#offsets.indexOf(offset)
    return index === -1 ? -1 : this.#positions[index]!
  }

  noteAppended(offset: number, position: number): void {
    this.#appendedOffset = offset
    this.#appendedPosition = position
  }

  noteRead(offset: number, position: number): void {
    this.#offsets[this.#next] = offset
    this.#positions[this.#next] = position
    this.#next = (this.#next + 1) % HINTS
  }

  clear(): void {
    this.#offsets.fill(-1)
    this.#appendedOffset = -1
  }
}
