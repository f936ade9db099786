import type { Fault } from '../index.ts'
import { OdradekError } from '../platform/odradek-error.ts'

/** The faults that were caused over HTTP, by the ids that clients get. */
export class ActiveFaults {
  readonly #faults = new Map<number, { readonly description: object; readonly fault: Fault }>()
  #nextId = 1

  /** Adds a fault. Returns what clients get. */
  add(description: object, fault: Fault): { readonly id: number } {
    const id = this.#nextId++
    this.#faults.set(id, { description, fault })
    return { id, ...description }
  }

  list(): { readonly id: number }[] {
    return Array.from(this.#faults, ([id, { description }]) => ({ id, ...description }))
  }

  /** @throws OdradekError `UNKNOWN_FAULT` */
  async heal(id: number): Promise<void> {
    const found = this.#faults.get(id)
    if (found === undefined) {
      const ids = [...this.#faults.keys()].join(', ')
      throw new OdradekError(
        'UNKNOWN_FAULT',
        `There is no fault ${id} of the network${ids === '' ? '' : `: the faults are ${ids}`}`,
      )
    }
    this.#faults.delete(id)
    await found.fault.heal()
  }

  async healAll(): Promise<void> {
    await Promise.all(Array.from(this.#faults.keys(), (id) => this.heal(id)))
  }
}
