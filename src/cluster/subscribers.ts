/** Subscribers by the id that they watch. */
export class Subscribers<S> {
  readonly #byId = new Map<string, Set<S>>()

  /** The ids that have subscribers. */
  get ids(): readonly string[] {
    return [...this.#byId.keys()]
  }

  /** Whether an id has subscribers. Usually it has none. */
  has(id: string): boolean {
    return this.#byId.has(id)
  }

  /** Returns the subscribers of an id, which may unsubscribe while they are notified. */
  of(id: string): readonly S[] {
    return [...(this.#byId.get(id) ?? [])]
  }

  /** Adds a subscriber. Returns the function that removes it. */
  add(id: string, subscriber: S): () => void {
    const subscribers = this.#byId.get(id) ?? new Set()
    this.#byId.set(id, subscribers.add(subscriber))
    return () => {
      subscribers.delete(subscriber)
      if (subscribers.size === 0 && this.#byId.get(id) === subscribers) this.#byId.delete(id)
    }
  }

  /** Removes all subscribers, and returns them. */
  clear(): readonly S[] {
    const all = [...this.#byId.values()].flatMap((subscribers) => [...subscribers])
    this.#byId.clear()
    return all
  }
}
