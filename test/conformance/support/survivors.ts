import { encodeBatch } from '../../../src/record/batch-encoder.ts'
import { BatchView } from '../../../src/record/batch-view.ts'
import { recordsOf } from '../../../src/record/records.ts'
import type { Producer, RawClient } from './raw-client.ts'

const RECORDS_PER_BATCH = 3

/** A producer that outlives its broker, and knows what was acknowledged to it. */
export class Survivor {
  readonly name: string
  readonly partition: number
  readonly #isIdempotent: boolean
  /** Batches that may be on their way at once. */
  readonly #maxInFlight: number
  readonly #acknowledged = new Map<number, number>()
  #identity: Producer | undefined
  /** Of the next batch. */
  #next = 0

  /** An idempotent producer has one batch on its way, and sends it again until it is acknowledged; any other goes on with the next. */
  constructor(name: string, partition: number, isIdempotent: boolean) {
    this.name = name
    this.partition = partition
    this.#isIdempotent = isIdempotent
    this.#maxInFlight = isIdempotent ? 1 : 5
  }

  /** Produces until the broker is gone; `onAcknowledged` is called as soon as a batch is acknowledged. */
  async produce(client: RawClient, topic: string, onAcknowledged: () => void): Promise<void> {
    if (this.#isIdempotent) this.#identity ??= await client.initProducer()
    const send = async (): Promise<void> => {
      for (;;) {
        const number = this.#isIdempotent ? this.#acknowledged.size : this.#next++
        const { errorCode, baseOffset } = await client.append(
          topic,
          this.partition,
          this.#batch(number),
        )
        if (errorCode !== 0)
          throw new Error(`${this.name} was refused batch ${number}: ${errorCode}`)
        this.#acknowledged.set(number, baseOffset)
        onAcknowledged()
      }
    }
    const ends = await Promise.allSettled(Array.from({ length: this.#maxInFlight }, send))
    for (const { reason } of ends as PromiseRejectedResult[]) {
      if (!String(reason).includes('closed the connection')) throw reason
    }
  }

  /** What is wrong with what a partition holds of this producer. */
  faultsIn(batches: readonly Uint8Array[]): string[] {
    const faults: string[] = []
    const found = new Map<number, number>()
    for (const view of batches.map((bytes) => new BatchView(bytes))) {
      const records = [...recordsOf(view)]
      const [name, text] = Buffer.from(records[0]!.value!).toString().split(' ')
      if (name !== this.name) continue
      const number = Number(text)
      if (found.has(number)) faults.push(`batch ${number} is there twice`)
      if (!view.isChecksumValid || !isSame(records, this.#values(number))) {
        faults.push(`batch ${number} is not what was sent`)
      }
      found.set(number, view.baseOffset)
    }
    for (const [number, offset] of this.#acknowledged) {
      if (found.get(number) !== offset) faults.push(`batch ${number} is not at ${offset}`)
    }
    const last = this.#isIdempotent ? this.#acknowledged.size : this.#next - 1
    for (const number of found.keys()) {
      if (number > last) faults.push(`batch ${number} was never sent`)
    }
    return faults.map((fault) => `${this.name}: ${fault}`)
  }

  #batch(number: number): Uint8Array {
    const timestamp = Date.now()
    return encodeBatch(
      this.#values(number).map((value) => ({ key: null, value: Buffer.from(value), timestamp })),
      this.#identity && {
        producerId: this.#identity.producerId,
        producerEpoch: this.#identity.producerEpoch,
        baseSequence: number * RECORDS_PER_BATCH,
      },
    )
  }

  #values(number: number): string[] {
    return Array.from(
      { length: RECORDS_PER_BATCH },
      (_, place) => `${this.name} ${number} ${place} ${'.'.repeat((number * 37) % 300)}`,
    )
  }
}

function isSame(records: readonly { value: Uint8Array | null }[], values: string[]): boolean {
  return (
    records.length === values.length &&
    records.every(({ value }, place) => Buffer.from(value!).toString() === values[place])
  )
}
