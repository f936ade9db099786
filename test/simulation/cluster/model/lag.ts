/** The brokers whose metadata lags. Their responses may be stale. */
export class Lag {
  /** The end of the last lag of each broker, by port. */
  readonly #endsAtMs = new Map<number, number>()

  /** Whether the metadata of any broker has ever lagged. */
  get hasBegun(): boolean {
    return this.#endsAtMs.size > 0
  }

  begin(port: number): void {
    this.#endsAtMs.set(port, Infinity)
  }

  end(port: number, nowMs: number): void {
    this.#endsAtMs.set(port, nowMs)
  }

  /** Whether the response of a broker to a request may be stale. */
  isStale(port: number, sentAtMs: number): boolean {
    return sentAtMs <= (this.#endsAtMs.get(port) ?? -Infinity)
  }

  /** Whether the response of any broker may be stale. */
  isAnyStale(sentAtMs: number): boolean {
    return [...this.#endsAtMs.values()].some((endsAtMs) => sentAtMs <= endsAtMs)
  }
}
