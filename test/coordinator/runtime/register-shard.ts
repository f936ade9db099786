import {
  NO_PRODUCER_ID,
  type CoordinatorShard,
  type RecordSerde,
  type RecordWriter,
} from '../../../src/coordinator/runtime/coordinator-shard.ts'

/** Gives a register a value; `null` deletes it. */
export interface Assignment {
  readonly register: string
  readonly value: string | null
}

export const assignments: RecordSerde<Assignment> = {
  encode: ({ register, value }) => ({
    key: Buffer.from(register),
    value: value === null ? null : Buffer.from(value),
  }),
  decode: (key, value) => {
    const register = String(Buffer.from(key))
    if (register.startsWith('?')) return undefined
    if (register.startsWith('!')) throw new Error(`${register} cannot be read`)
    return { register, value: value === null ? null : String(Buffer.from(value)) }
  },
}

/**
 * The least state that a coordinator can have: named registers, and what open transactions will
 * assign to them.
 */
export class RegisterShard implements CoordinatorShard<Assignment> {
  readonly writer: RecordWriter<Assignment>
  readonly registers = new Map<string, string>()
  readonly pending = new Map<number, Assignment[]>()
  readonly replayed: string[] = []
  status: 'loading' | 'loaded' | 'unloaded' = 'loading'

  constructor(writer: RecordWriter<Assignment>) {
    this.writer = writer
  }

  replay(record: Assignment, offset: number, producerId: number): void {
    this.replayed.push(`${offset} ${record.register}`)
    if (producerId === NO_PRODUCER_ID) return this.#assign(record)
    this.pending.set(producerId, [...(this.pending.get(producerId) ?? []), record])
  }

  replayEndTransaction(producerId: number, isCommitted: boolean): void {
    const records = this.pending.get(producerId) ?? []
    this.pending.delete(producerId)
    if (isCommitted) for (const record of records) this.#assign(record)
  }

  onLoaded(): void {
    this.status = 'loaded'
  }

  onUnloaded(): void {
    this.status = 'unloaded'
  }

  /** Everything that loading must bring back. */
  get content() {
    return { registers: [...this.registers], pending: [...this.pending] }
  }

  #assign({ register, value }: Assignment): void {
    if (value === null) this.registers.delete(register)
    else this.registers.set(register, value)
  }
}
