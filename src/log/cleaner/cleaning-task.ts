import type { Log } from '../log.ts'
import { type CleanerStats, noCleaning } from './cleaner-stats.ts'
import { CleaningAborted } from './cleaning-aborted.ts'

/** A running cleaning of one log, slice by slice. */
export class CleaningTask {
  readonly log: Log
  readonly #slices: Generator<number, CleanerStats>
  #isAborted = false
  #isInSlice = false
  /** Work that {@link bytesOfSlice} has not returned yet. */
  #bytes = 0

  constructor(log: Log, slices: Generator<number, CleanerStats>) {
    this.log = log
    this.#slices = slices
  }

  /** The number of bytes that the last slice read and wrote. */
  get bytesOfSlice(): number {
    return this.#bytes
  }

  /**
   * Runs one slice.
   *
   * @returns the stats when the cleaning is complete
   * @throws CleaningAborted after {@link abort}; otherwise as `clean` does
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

  /** Drops the work done so far; the log remains as it is. May be called during a slice. */
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
