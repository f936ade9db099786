/** Operations that wait for the high watermark of one partition to reach an offset. */
export class CommitWaiters {
  #waiters: Waiter[] = []

  /**
   * Returns a promise that tells whether the high watermark has reached `offset`. Consecutive calls
   * with the same offset share one promise.
   */
  wait(offset: number): Promise<boolean> {
    const last = this.#waiters.at(-1)
    if (last?.offset === offset) return last.promise
    let resolve: (isCommitted: boolean) => void
    const promise = new Promise<boolean>((fulfil) => {
      resolve = fulfil
    })
    this.#waiters.push({ offset, promise, resolve: resolve! })
    return promise
  }

  /** Resolves with true all operations that wait for offsets up to the high watermark. */
  onHighWatermark(highWatermark: number): void {
    if (this.#waiters.length === 0) return
    const waiters = this.#waiters
    this.#waiters = waiters.filter(({ offset }) => offset > highWatermark)
    for (const { offset, resolve } of waiters) if (offset <= highWatermark) resolve(true)
  }

  /** Resolves all operations with false: this broker can no longer commit them. */
  fail(): void {
    const waiters = this.#waiters
    this.#waiters = []
    for (const { resolve } of waiters) resolve(false)
  }
}

interface Waiter {
  readonly offset: number
  readonly promise: Promise<boolean>
  readonly resolve: (isCommitted: boolean) => void
}
