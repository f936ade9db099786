import type { RecordMetadata } from './producer-record.ts'

/** The outcome of the records that were sent by one call. */
export class Delivery {
  /** Resolves when all records are acknowledged, in their order; rejects with the first failure. */
  readonly done: Promise<RecordMetadata[]>
  readonly #results: RecordMetadata[] = []
  #remaining: number
  #resolve!: (results: RecordMetadata[]) => void
  #reject!: (error: Error) => void

  /** @param count the number of records */
  constructor(count: number) {
    this.#remaining = count
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // Nothing may await it after the caller's signal was aborted.
    this.done.catch(() => {})
    if (count === 0) this.#resolve([])
  }

  /** @param index the place of the record in the call */
  acknowledge(index: number, metadata: RecordMetadata): void {
    this.#results[index] = metadata
    if (--this.#remaining === 0) this.#resolve(this.#results)
  }

  fail(error: Error): void {
    this.#reject(error)
  }
}
