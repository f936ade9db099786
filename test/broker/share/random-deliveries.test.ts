import { expect, test } from 'vitest'
import { SeededRandom } from '../../../src/platform/random.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { scaled } from '../../support/scale.ts'
import { settle } from '../support.ts'
import { PartitionKit } from './partition-kit.ts'
import { Ack } from './share-kit.ts'

const MEMBERS = ['a', 'b', 'c']

/** The model: who has each record, how often it was delivered, and whether that is over. */
interface ModelRecord {
  deliveryCount: number
  owner: string | undefined
  isDone: boolean
  lockedUntilMs: number
}

/** One random history of deliveries, compared with a model that has one object per record. */
class History {
  readonly #random: SeededRandom
  readonly #kit: PartitionKit
  readonly #records: ModelRecord[] = []

  constructor(seed: number, kit: PartitionKit) {
    this.#random = new SeededRandom(seed)
    this.#kit = kit
    kit.config.maxDeliveryCount = 2 + this.#random.int(4)
    kit.config.maxInFlightRecords = 5 + this.#random.int(40)
  }

  async live(): Promise<void> {
    for (let step = 0; step < 150; step++) {
      const choice = this.#random.int(10)
      if (choice < 2) this.#kit.append(1 + this.#random.int(6))
      else if (choice < 5) this.#acquire()
      else if (choice < 8) await this.#acknowledge()
      else if (choice < 9) await this.#advance(this.#random.int(20_000))
      else await this.#release(this.#member())
    }
    await this.#drain()
  }

  #acquire(): void {
    const memberId = this.#member()
    const mode = this.#random.int(2) as 0 | 1
    const maxRecords = 1 + this.#random.int(12)
    const { inFlight } = this.#kit.partition
    const ranges = this.#kit.acquire(memberId, { maxRecords, mode, batchSize: 4 })
    let count = 0
    for (const [first, last, deliveryCount] of ranges) {
      for (let offset = first!; offset <= last!; offset++, count++) {
        const record = this.#record(offset)
        expect(record).toMatchObject({ owner: undefined, isDone: false })
        record.owner = memberId
        record.deliveryCount++
        record.lockedUntilMs = this.#kit.clock.now() + 30_000
        expect(record.deliveryCount).toBe(deliveryCount)
      }
    }
    if (mode === 1) expect(count).toBeLessThanOrEqual(maxRecords)
    expect(inFlight.count).toBeLessThanOrEqual(this.#kit.config.maxInFlightRecords + 6)
  }

  async #acknowledge(): Promise<void> {
    const owned = this.#records.findIndex(
      ({ owner }, offset) =>
        owner !== undefined && offset >= this.#random.int(this.#records.length),
    )
    if (owned === -1) return
    const { owner } = this.#records[owned]!
    let last = owned
    while (this.#records[last + 1]?.owner === owner && this.#random.int(4) > 0) last++
    const types = Array.from({ length: last - owned + 1 }, () => this.#random.int(4))
    const isRefused = this.#random.int(4) === 0
    this.#kit.writeError = isRefused ? ErrorCode.NotCoordinator : ErrorCode.None
    const error = await this.#kit.acknowledge(owner!, owned, last, ...types)
    this.#kit.writeError = ErrorCode.None
    expect(error?.errorCode).toBe(isRefused ? ErrorCode.CoordinatorNotAvailable : undefined)
    if (isRefused) return
    types.forEach((type, index) => this.#end(owned + index, type === Ack.Release))
  }

  async #release(memberId: string): Promise<void> {
    await this.#kit.release(memberId)
    this.#records.forEach(({ owner }, offset) => {
      if (owner === memberId) this.#end(offset, true)
    })
  }

  async #advance(ms: number): Promise<void> {
    await this.#kit.advance(ms)
    this.#records.forEach(({ owner, lockedUntilMs }, offset) => {
      if (owner !== undefined && lockedUntilMs <= this.#kit.clock.now()) this.#end(offset, true)
    })
  }

  /** Ends a delivery. A released record is delivered again, unless it was delivered too often. */
  #end(offset: number, isReleased: boolean): void {
    const record = this.#records[offset]!
    record.owner = undefined
    record.isDone = !isReleased || record.deliveryCount >= this.#kit.config.maxDeliveryCount
  }

  /** In the end every record of the log was accepted, rejected, or delivered too often. */
  async #drain(): Promise<void> {
    for (const memberId of MEMBERS) await this.#release(memberId)
    for (;;) {
      const ranges = this.#kit.acquire('last')
      if (ranges.length === 0) break
      for (const [first, last] of ranges) {
        expect(await this.#kit.acknowledge('last', first!, last!, Ack.Accept)).toBeUndefined()
        for (let offset = first!; offset <= last!; offset++) {
          expect(this.#record(offset).isDone).toBe(false)
          this.#record(offset).isDone = true
        }
      }
      await settle()
    }
    const { nextOffset } = this.#kit
    expect(this.#records.filter(({ isDone }) => isDone)).toHaveLength(nextOffset)
    expect(this.#kit.partition.inFlight).toMatchObject({
      startOffset: nextOffset,
      endOffset: nextOffset,
      deliveryCompleteCount: 0,
    })
  }

  #record(offset: number): ModelRecord {
    return (this.#records[offset] ??= {
      deliveryCount: 0,
      owner: undefined,
      isDone: false,
      lockedUntilMs: 0,
    })
  }

  #member(): string {
    return MEMBERS[this.#random.int(MEMBERS.length)]!
  }
}

test('every record is delivered to one member at a time, and none is lost', async () => {
  for (let seed = 0; seed < scaled(100); seed++) {
    try {
      await new History(seed, await PartitionKit.begin()).live()
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error })
    }
  }
})
