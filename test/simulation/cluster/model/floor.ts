/** A number that never decreases, as far as clients know. Later responses must not be lower. */
export class Floor {
  #history: { readonly atMs: number; readonly value: number }[] = []
  #resetAtMs = -Infinity

  /**
   * Notes that a client received the value now. The response to a request that was sent before the
   * last reset does not count.
   */
  raise(value: number, nowMs: number, sentAtMs = nowMs): void {
    if (sentAtMs <= this.#resetAtMs) return
    if (value > this.at(Infinity)) this.#history.push({ atMs: nowMs, value })
  }

  /** Returns the least value that may answer a request sent at the given time. */
  at(sentAtMs: number): number {
    return this.#history.findLast(({ atMs }) => atMs <= sentAtMs)?.value ?? 0
  }

  /** Forgets everything that was known. */
  reset(nowMs = -Infinity): void {
    this.#resetAtMs = nowMs
    this.#history = []
  }
}
