/** Counts how many members of a group have each value. */
export class Counts {
  readonly #counts: Map<string, number>

  constructor(counts?: Counts) {
    this.#counts = new Map(counts?.entries)
  }

  get entries(): ReadonlyMap<string, number> {
    return this.#counts
  }

  get(value: string): number {
    return this.#counts.get(value) ?? 0
  }

  /** Counts a member that had one value and now has another; `undefined` for none. */
  replace(before: string | undefined, after: string | undefined): void {
    if (before === after) return
    if (before !== undefined) this.#change(before, -1)
    if (after !== undefined) this.#change(after, 1)
  }

  #change(value: string, by: number): void {
    const count = this.get(value) + by
    if (count > 0) this.#counts.set(value, count)
    else this.#counts.delete(value)
  }
}
