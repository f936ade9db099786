import { EventEmitter } from 'node:events'
import type { ConsumedRecord } from './client.ts'
import { waitMs } from './patience.ts'

/** The events of a group member, and the waits for more of them. */
export class MemberLog {
  readonly #records: ConsumedRecord[] = []
  readonly #changed = new EventEmitter()
  readonly #assignments: (readonly number[])[] = []
  #failure: Error | undefined

  assigned(partitions: readonly number[]): void {
    this.#assignments.push(partitions.toSorted((a, b) => a - b))
    this.#changed.emit('change')
  }

  received(record: ConsumedRecord): void {
    this.#records.push(record)
    this.#changed.emit('change')
  }

  failed(failure: Error): void {
    this.#failure ??= failure
    this.#changed.emit('change')
  }

  async waitForPartitions(count: number): Promise<number[]> {
    await this.#until(
      () => this.partitions.length === count,
      () => `holds partitions ${this.partitions.join()} while waiting for ${count}`,
    )
    return [...this.partitions]
  }

  async waitForValues(values: readonly string[]): Promise<ConsumedRecord[]> {
    const find = (value: string) => this.#records.find((record) => record.value === value)
    await this.#until(
      () => values.every((value) => find(value) !== undefined),
      () => `lacks ${values.filter((value) => find(value) === undefined).join()}`,
    )
    return values.map((value) => find(value)!)
  }

  assignments(): readonly (readonly number[])[] {
    return [...this.#assignments]
  }

  /** The partitions that the member has now, in order. */
  get partitions(): readonly number[] {
    return this.#assignments.at(-1) ?? []
  }

  /** The reason why the member has ended. */
  get failure(): Error | undefined {
    return this.#failure
  }

  get records(): readonly ConsumedRecord[] {
    return this.#records
  }

  values(): (string | null)[] {
    return this.#records.map(({ value }) => value)
  }

  #until(isReached: () => boolean, state: () => string): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (end: () => void) => {
        clearTimeout(deadline)
        this.#changed.off('change', check)
        end()
      }
      const check = () => {
        if (this.#failure !== undefined) settle(() => reject(this.#failure!))
        else if (isReached()) settle(resolve)
      }
      const deadline = setTimeout(
        () => settle(() => reject(new Error(`the group member ${state()}`))),
        waitMs,
      )
      this.#changed.on('change', check)
      check()
    })
  }
}
