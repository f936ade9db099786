/** A number that never decreases, as far as clients know. Later responses must not be lower. */
export class Floor {
  #history: { readonly atMs: number; readonly value: number }[] = []

  /** Notes that a client received the value now. */
  raise(value: number, nowMs: number): void {
    if (value > this.at(Infinity)) this.#history.push({ atMs: nowMs, value })
  }

  /** Returns the least value that may answer a request sent at the given time. */
  at(sentAtMs: number): number {
    return this.#history.findLast(({ atMs }) => atMs <= sentAtMs)?.value ?? 0
  }

  /** Forgets everything that was known. */
  reset(): void {
    this.#history = []
  }
}
