import { invariant } from '../../platform/invariant.ts'
import type { InFlightBatch } from './in-flight-batch.ts'

/** The in-flight batches of a share partition, ordered by their first offsets. */
export class InFlightBatches implements Iterable<InFlightBatch> {
  readonly #batches: InFlightBatch[] = []

  get size(): number {
    return this.#batches.length
  }

  get first(): InFlightBatch | undefined {
    return this.#batches[0]
  }

  get last(): InFlightBatch | undefined {
    return this.#batches[this.#batches.length - 1]
  }

  [Symbol.iterator](): Iterator<InFlightBatch> {
    return this.#batches[Symbol.iterator]()
  }

  /** Returns the last batch that begins at or before the offset. */
  floor(offset: number): InFlightBatch | undefined {
    return this.#batches[this.#indexAfter(offset) - 1]
  }

  /** Returns the first batch that begins after the offset. */
  higher(offset: number): InFlightBatch | undefined {
    return this.#batches[this.#indexAfter(offset)]
  }

  /** Returns the batches that begin from `first` to `last`, both included. */
  beginningIn(first: number, last: number): InFlightBatch[] {
    return this.#batches.slice(this.#indexAfter(first - 1), this.#indexAfter(last))
  }

  /** Adds a batch. It must not overlap another one. */
  add(batch: InFlightBatch): void {
    const index = this.#indexAfter(batch.firstOffset)
    const before = this.#batches[index - 1]
    const after = this.#batches[index]
    invariant(
      (before === undefined || before.lastOffset < batch.firstOffset) &&
        (after === undefined || batch.lastOffset < after.firstOffset),
      'in-flight batches do not overlap',
    )
    this.#batches.splice(index, 0, batch)
  }

  /** Removes the batches that begin at or before the offset. */
  removeThrough(offset: number): void {
    this.#batches.splice(0, this.#indexAfter(offset))
  }

  clear(): void {
    this.#batches.length = 0
  }

  /** Returns the index of the first batch that begins after the offset. */
  #indexAfter(offset: number): number {
    const batches = this.#batches
    let low = 0
    let high = batches.length
    // New records are at the end.
    if (high > 0 && batches[high - 1]!.firstOffset <= offset) return high
    while (low < high) {
      const middle = (low + high) >>> 1
      if (batches[middle]!.firstOffset <= offset) low = middle + 1
      else high = middle
    }
    return low
  }
}
