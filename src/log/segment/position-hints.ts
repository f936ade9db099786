const HINTS = 8

/**
 * The positions of a few batches: those after the last append and the last reads. A consumer
 * continues where it stopped, so its next read needs no search.
 */
export class PositionHints {
  readonly #offsets: number[] = []
  readonly #positions: number[] = []
  #next = 0
  #appendedOffset = -1
  #appendedPosition = -1

  /** Returns the position of the batch that begins at `offset`, or -1. */
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
