import { agree, disagree } from '../../agree.ts'
import { Floor } from './floor.ts'

/**
 * A record that a producer tries to write. Its value consists of the producer's name and a number.
 */
export interface Attempt {
  readonly value: string
  readonly producer: string
  readonly number: number
  /** Whether the log may hold it only once, and only in the order of the numbers. */
  readonly isIdempotent: boolean
}

/** A record that was read. */
export interface ReadRecord {
  readonly offset: number
  readonly value: string
  readonly leaderEpoch: number
}

/** A partition in the response to a Fetch. */
export interface FetchedPartition {
  readonly fetchOffset: number
  readonly sentAtMs: number
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly logStartOffset: number
  readonly records: readonly ReadRecord[]
}

/**
 * Checks one partition: it has all acknowledged records in order, and no record that was never
 * sent.
 */
export class PartitionModel {
  readonly name: string
  /**
   * The leader epoch in the responses of each broker, by port. Brokers learn of a new epoch at
   * different times.
   */
  readonly leaderEpochs = new Map<number, Floor>()
  /** The largest leader epoch before the last start. */
  lastEpoch = -1
  readonly #highWatermark = new Floor()
  /** The high watermark in responses to Fetch. A crash resets it. */
  readonly #fetchable = new Floor()
  readonly #logStart = new Floor()
  readonly #attempts = new Map<string, Attempt>()
  /** The record at each offset, from acknowledgments and reads. */
  readonly #records = new Map<number, string>()
  /** The offset of each idempotent record. */
  readonly #offsets = new Map<string, number>()
  /** Records that were acknowledged without an offset. */
  readonly #acknowledged = new Set<string>()
  #deletedTo = 0
  /** Whether a power failure may have removed unsynced batches between others. */
  #hasGaps = false
  /** Whether a power failure may have lost metadata, so that leader epochs are used again. */
  #hasLost = false

  constructor(name: string) {
    this.name = name
  }

  /** Checks the leader epoch in a broker's metadata. */
  checkLeaderEpoch(epoch: number, port: number, sentAtMs: number, nowMs: number): void {
    const known = this.leaderEpochs.get(port) ?? new Floor()
    this.leaderEpochs.set(port, known)
    if (epoch < known.at(sentAtMs)) {
      disagree(`${this.name} is in epoch ${epoch} at ${port}, after ${known.at(sentAtMs)}`)
    }
    known.raise(epoch, nowMs)
  }

  /** Notes the epochs before a start. When everything is at rest, all epochs must be later. */
  onStarting(): void {
    const epochs = [...this.leaderEpochs.values()].map((epoch) => epoch.at(Infinity))
    this.lastEpoch = Math.max(this.lastEpoch, ...epochs)
  }

  /** Checks the epoch when everything is at rest. */
  checkRestingEpoch(epoch: number): void {
    if (epoch > this.lastEpoch) return
    disagree(`${this.name} is in epoch ${epoch} after a start, and was in ${this.lastEpoch} before`)
  }

  /** The least end offset that clients know. */
  get endOffset(): number {
    return this.#highWatermark.at(Infinity)
  }

  attempt(attempt: Attempt): void {
    this.#attempts.set(attempt.value, attempt)
  }

  /**
   * Notes that a batch was acknowledged.
   *
   * @param baseOffset -1 when the response has none
   */
  acknowledge(
    values: readonly string[],
    { baseOffset, sentAtMs, nowMs }: { baseOffset: number; sentAtMs: number; nowMs: number },
  ): void {
    if (baseOffset < 0) {
      for (const value of values) this.#acknowledged.add(value)
      return
    }
    const isNew = values.every((value) => !this.#attempts.get(value)!.isIdempotent)
    if (isNew && baseOffset < this.#highWatermark.at(sentAtMs)) {
      disagree(
        `${this.name}: ${values[0]} is acknowledged at ${baseOffset}, below the high watermark ${this.#highWatermark.at(sentAtMs)}`,
      )
    }
    values.forEach((value, index) => this.#place(baseOffset + index, value))
    this.#highWatermark.raise(baseOffset + values.length, nowMs)
    this.#fetchable.raise(baseOffset + values.length, nowMs, sentAtMs)
  }

  /** Notes that a client asks to delete the records below an offset. */
  attemptDeletion(offset: number): void {
    this.#deletedTo = Math.max(this.#deletedTo, offset)
  }

  confirmDeletion(lowWatermark: number, sentAtMs: number, nowMs: number): void {
    this.#logStart.raise(lowWatermark, nowMs, sentAtMs)
  }

  /** Checks an end offset in a response. */
  checkEnd(offset: number, sentAtMs: number, nowMs: number): void {
    const least = this.#highWatermark.at(sentAtMs)
    if (offset < least) disagree(`${this.name} ends at ${offset}, and ended at ${least} before`)
    this.#highWatermark.raise(offset, nowMs)
  }

  /** Checks a log start offset in a response. */
  checkStart(offset: number, sentAtMs: number, nowMs: number): void {
    const least = this.#logStart.at(sentAtMs)
    if (offset < least) disagree(`${this.name} starts at ${offset}, and started at ${least} before`)
    if (offset > this.#deletedTo) {
      disagree(`${this.name} starts at ${offset}, but nobody deleted above ${this.#deletedTo}`)
    }
    this.#logStart.raise(offset, nowMs, sentAtMs)
  }

  /** Checks an OFFSET_OUT_OF_RANGE. */
  checkOutOfRange(fetchOffset: number, sentAtMs: number): void {
    if (fetchOffset < this.#deletedTo || fetchOffset > this.#highWatermark.at(sentAtMs)) return
    disagree(`${this.name}: ${fetchOffset} is refused as out of range`)
  }

  checkFetched(fetched: FetchedPartition, nowMs: number): void {
    const { fetchOffset, sentAtMs, highWatermark, lastStableOffset, logStartOffset } = fetched
    const least = this.#fetchable.at(sentAtMs)
    if (highWatermark < least) {
      disagree(`${this.name} has high watermark ${highWatermark}, and had ${least} before`)
    }
    this.#fetchable.raise(highWatermark, nowMs, sentAtMs)
    this.#highWatermark.raise(highWatermark, nowMs)
    this.checkStart(logStartOffset, sentAtMs, nowMs)
    agree(`${this.name}: the last stable offset`, lastStableOffset, highWatermark)
    this.#checkRecords(fetchOffset, fetched.records, highWatermark)
  }

  /** Checks that no acknowledged record is missing, after a read of the whole partition. */
  checkComplete(logStartOffset: number, endOffset: number): void {
    for (const [offset, value] of this.#records) {
      if (offset >= endOffset) disagree(`${this.name}: ${value} was at ${offset} and is lost`)
    }
    for (const value of this.#acknowledged) {
      if (!this.#offsets.has(value) && logStartOffset === 0) {
        disagree(`${this.name}: ${value} was acknowledged and is lost`)
      }
    }
  }

  /** Handles a crash. It may have lost the log start offset, which is in a checkpoint file. */
  onCrash(losesPower: boolean, nowMs: number): void {
    this.#hasGaps ||= losesPower
    this.#logStart.reset(nowMs)
    this.#fetchable.reset(nowMs)
  }

  /** Handles a power failure that may have lost acknowledged records. */
  onLoss(nowMs: number): void {
    this.onCrash(true, nowMs)
    this.#hasLost = true
    this.#highWatermark.reset()
    this.leaderEpochs.clear()
    this.lastEpoch = -1
    this.#records.clear()
    this.#offsets.clear()
    this.#acknowledged.clear()
  }

  #checkRecords(fetchOffset: number, records: readonly ReadRecord[], end: number): void {
    const last = new Map<string, number>()
    let expected = fetchOffset
    let epoch = -1
    for (const { offset, value, leaderEpoch } of records) {
      if (offset !== expected) {
        this.#checkGap(expected, offset)
        last.clear()
      }
      if (offset >= end) disagree(`${this.name}: ${offset} is read above the high watermark ${end}`)
      if (leaderEpoch < epoch && !this.#hasLost) {
        disagree(`${this.name}: epoch ${leaderEpoch} is read at ${offset}, after epoch ${epoch}`)
      }
      epoch = leaderEpoch
      this.#place(offset, value)
      this.#checkOrder(value, offset, last)
      expected = offset + 1
    }
  }

  /** Checks a gap. It needs a power failure, and no acknowledged or read record may be in it. */
  #checkGap(from: number, to: number): void {
    if (!this.#hasGaps) disagree(`${this.name}: ${to} is read where ${from} is expected`)
    for (let offset = from; offset < to; offset++) {
      const lost = this.#records.get(offset)
      if (lost !== undefined) disagree(`${this.name}: ${lost} was at ${offset} and is lost`)
    }
  }

  #checkOrder(value: string, offset: number, last: Map<string, number>): void {
    const { producer, number, isIdempotent } = this.#attempts.get(value)!
    const before = last.get(producer)
    last.set(producer, number)
    if (!isIdempotent || before === undefined || number === before + 1) return
    disagree(`${this.name}: ${value} is read at ${offset}, after number ${before} of its producer`)
  }

  #place(offset: number, value: string): void {
    const attempt = this.#attempts.get(value)
    if (attempt === undefined) {
      disagree(`${this.name}: ${value} is at ${offset} and was never sent there`)
    }
    const known = this.#records.get(offset)
    if (known !== undefined && known !== value) {
      disagree(`${this.name}: ${value} is at ${offset}, where ${known} was`)
    }
    this.#records.set(offset, value)
    if (!attempt.isIdempotent) return
    const other = this.#offsets.get(value)
    if (other !== undefined && other !== offset) {
      disagree(`${this.name}: ${value} is at ${offset} and at ${other}`)
    }
    this.#offsets.set(value, offset)
  }
}
