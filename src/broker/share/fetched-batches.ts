import { batchesOf, type BatchView } from '../../record/batch-view.ts'

/** The batches that a share fetch has read from the log. */
export class FetchedBatches {
  readonly #batches: BatchView[] = []

  get batches(): readonly BatchView[] {
    return this.#batches
  }

  /** Appends slices of whole batches. */
  add(slices: readonly Uint8Array[]): void {
    for (const slice of slices) for (const batch of batchesOf(slice)) this.#batches.push(batch)
  }

  get first(): BatchView | undefined {
    return this.batches[0]
  }

  get last(): BatchView | undefined {
    return this.batches[this.batches.length - 1]
  }

  /** Returns the last offset of the batch that contains `offset`; `offset` if there is none. */
  endOfBatchWith(offset: number): number {
    const batch = this.batches[this.#indexOf(offset)]
    return batch === undefined ? offset : Math.max(offset, batch.lastOffset)
  }

  /**
   * Returns the batches from the one that contains `firstOffset` to the one that contains
   * `lastOffset`, as slices of what was read.
   */
  slicesOf(firstOffset: number, lastOffset: number): Uint8Array[] {
    const { batches } = this
    const from = Math.max(0, this.#indexOf(firstOffset))
    const to = Math.max(from, this.#indexOf(lastOffset))
    const slices: Uint8Array[] = []
    let start = batches[from]!
    for (let index = from; index <= to; index++) {
      const batch = batches[index]!
      const next = index < to ? batches[index + 1]! : undefined
      if (next?.buffer === batch.buffer) continue
      slices.push(batch.buffer.subarray(start.start, batch.start + batch.sizeInBytes))
      if (next !== undefined) start = next
    }
    return slices
  }

  /** Returns the index of the last batch that begins at or before the offset, or -1. */
  #indexOf(offset: number): number {
    const { batches } = this
    let low = 0
    let high = batches.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (batches[middle]!.baseOffset <= offset) low = middle + 1
      else high = middle
    }
    return low - 1
  }
}
