import { encodeBatch } from '../../../src/record/batch-encoder.ts'
import { BatchView } from '../../../src/record/batch-view.ts'
import { recordsOf } from '../../../src/record/records.ts'
import type { Producer, RawClient } from './raw-client.ts'

const RECORDS_PER_BATCH = 3
const KEYS = 50

interface FoundRecord {
  readonly number: number
  readonly place: number
  readonly offset: number
  readonly value: string
  /** Whether the batch has a valid checksum, and all of its records unless it was compacted. */
  readonly isWhole: boolean
}

/** How a {@link Survivor} produces, and to which kind of topic. */
export interface SurvivorOptions {
  readonly topic: string
  readonly partition?: number
  /**
   * Sends one batch at a time, and again until it is acknowledged. Other producers have five in
   * flight, and continue with the next.
   */
  readonly isIdempotent?: boolean
  /** Only the last record of each key must exist. */
  readonly isCompacted?: boolean
}

/** A producer that survives its broker, and knows which records were acknowledged. */
export class Survivor {
  readonly name: string
  readonly topic: string
  readonly partition: number
  readonly #isIdempotent: boolean
  readonly #isCompacted: boolean
  readonly #acknowledged = new Map<number, number>()
  #identity: Producer | undefined
  /** The number of the next batch. */
  #next = 0

  constructor(name: string, options: SurvivorOptions) {
    this.name = name
    this.topic = options.topic
    this.partition = options.partition ?? 0
    this.#isIdempotent = options.isIdempotent ?? false
    this.#isCompacted = options.isCompacted ?? false
  }

  /**
   * Produces until the broker stops. `onAcknowledged` is called as soon as a batch is acknowledged.
   */
  async produce(client: RawClient, onAcknowledged: () => void): Promise<void> {
    const send = async (): Promise<void> => {
      if (this.#isIdempotent) this.#identity ??= await client.initProducer()
      for (;;) {
        const number = this.#isIdempotent ? this.#acknowledged.size : this.#next++
        const { errorCode, baseOffset } = await client.append(
          this.topic,
          this.partition,
          this.#batch(number),
        )
        if (errorCode !== 0)
          throw new Error(`${this.name} was refused batch ${number}: ${errorCode}`)
        this.#acknowledged.set(number, baseOffset)
        onAcknowledged()
      }
    }
    const inFlight = this.#isIdempotent ? 1 : 5
    const ends = await Promise.allSettled(Array.from({ length: inFlight }, send))
    for (const { reason } of ends as PromiseRejectedResult[]) {
      if (!/closed the connection|connection is closed/.test(String(reason))) throw reason
    }
  }

  /** Returns the errors in the partition's content of this producer. */
  faultsIn(batches: readonly Uint8Array[]): string[] {
    const found = batches.flatMap((bytes) => this.#ownRecords(new BatchView(bytes)))
    const last = this.#isIdempotent ? this.#acknowledged.size : this.#next - 1
    const faults = found.flatMap(({ number, place, value, isWhole }) => {
      if (!isWhole || value !== this.#value(number, place)) return [`${value} is not what was sent`]
      return number > last ? [`batch ${number} was never sent`] : []
    })
    return [
      ...faults,
      ...(this.#isCompacted ? this.#lostKeys(found) : this.#lostOrDoubled(found)),
    ].map((fault) => `${this.name}: ${fault}`)
  }

  #ownRecords(batch: BatchView): FoundRecord[] {
    const records = [...recordsOf(batch)].map(({ offset, value }) => {
      const text = Buffer.from(value!).toString()
      const [name, number, place] = text.split(' ')
      return { name, number: Number(number), place: Number(place), offset, value: text }
    })
    const isWhole =
      batch.isChecksumValid && (this.#isCompacted || records.length === RECORDS_PER_BATCH)
    return records
      .filter(({ name }) => name === this.name)
      .map((record) => ({ ...record, isWhole }))
  }

  #lostOrDoubled(found: readonly FoundRecord[]): string[] {
    const offsets = new Map(
      found.map(({ number, place, offset }) => [`${number} ${place}`, offset]),
    )
    const faults = offsets.size < found.length ? ['a record is there twice'] : []
    for (const [number, baseOffset] of this.#acknowledged) {
      for (let place = 0; place < RECORDS_PER_BATCH; place++) {
        const offset = offsets.get(`${number} ${place}`)
        if (offset !== baseOffset + place) faults.push(`${number} ${place} is not at its offset`)
      }
    }
    return faults
  }

  #lostKeys(found: readonly FoundRecord[]): string[] {
    const last = new Map<string, number>()
    for (const { number, place, offset } of found) last.set(this.#key(number, place), offset)
    const lost: string[] = []
    for (const [number, baseOffset] of this.#acknowledged) {
      for (let place = 0; place < RECORDS_PER_BATCH; place++) {
        const key = this.#key(number, place)
        if ((last.get(key) ?? -1) < baseOffset + place)
          lost.push(`${key} of batch ${number} is lost`)
      }
    }
    return lost
  }

  #batch(number: number): Uint8Array {
    const timestamp = Date.now()
    const records = Array.from({ length: RECORDS_PER_BATCH }, (_, place) => ({
      key: Buffer.from(this.#key(number, place)),
      value: Buffer.from(this.#value(number, place)),
      timestamp,
    }))
    return encodeBatch(
      records,
      this.#identity && {
        producerId: this.#identity.producerId,
        producerEpoch: this.#identity.producerEpoch,
        baseSequence: number * RECORDS_PER_BATCH,
      },
    )
  }

  #key(number: number, place: number): string {
    return `${this.name}-${(number * RECORDS_PER_BATCH + place) % KEYS}`
  }

  #value(number: number, place: number): string {
    return `${this.name} ${number} ${place} ${'.'.repeat((number * 37) % 300)}`
  }
}
