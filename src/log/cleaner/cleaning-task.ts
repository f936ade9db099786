import type { Log } from '../log.ts'
import { type CleanerStats, noCleaning } from './cleaner-stats.ts'
import { CleaningAborted } from './cleaning-aborted.ts'

/** The cleaning of one log on its way, slice after slice. */
export class CleaningTask {
  readonly log: Log
  readonly #slices: Generator<number, CleanerStats>
  #isAborted = false
  #isInSlice = false
  /** Of the work, what has not been told by {@link bytesOfSlice}. */
  #bytes = 0

  constructor(log: Log, slices: Generator<number, CleanerStats>) {
    this.log = log
    this.#slices = slices
  }

  /** What the last slice read and wrote. */
  get bytesOfSlice(): number {
    return this.#bytes
  }

  /**
   * Works for a while.
   *
   * @returns what was done, when all of it is
   * @throws CleaningAborted after {@link abort}; else what `clean` throws
   */
  runSlice(): CleanerStats | undefined {
    this.#throwIfAborted()
    this.#isInSlice = true
    try {
      const { done, value } = this.#slices.next()
      if (done === true) return value
      this.#bytes = value
    } finally {
      this.#isInSlice = false
    }
    this.#throwIfAborted()
    return undefined
  }

  /** Drops what was written so far; the log stays as it is. May be called in the middle of a slice. */
  abort(): void {
    this.#isAborted = true
    if (!this.#isInSlice) this.#dropWritten()
  }

  #throwIfAborted(): void {
    if (!this.#isAborted) return
    this.#dropWritten()
    throw new CleaningAborted('the cleaning was aborted')
  }

  #dropWritten(): void {
    this.#slices.return(noCleaning(0))
  }
}
