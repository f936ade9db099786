import { agree, disagree } from '../../agree.ts'
import { Floor } from './floor.ts'
import { PartitionTransactions, type Ordered } from './partition-transactions.ts'
import type { Ending, Transaction } from './transaction.ts'

/**
 * A record that a producer tries to write. Its value consists of the producer's name and a number.
 */
export interface Attempt {
  readonly value: string
  readonly producer: string
  readonly number: number
  /** Whether the log may hold it only once, and only in the order of the numbers. */
  readonly isIdempotent: boolean
  readonly transaction?: Transaction
  /** Whether its producer was already fenced, so that it must not be written. */
  readonly isFenced?: boolean
}

/** A record, or the marker of a transaction, that was read. */
export interface LogEntry {
  readonly offset: number
  /** The record that a producer sent. A marker's producer and ending as text. */
  readonly value: string
  readonly leaderEpoch: number
  readonly producerId: number
  readonly producerEpoch: number
  /** The ending in a marker. Undefined for a record. */
  readonly ending: Ending | undefined
  /** Whether a consumer with `read_committed` drops it. */
  readonly isAborted: boolean
}

/** A partition in the response to a Fetch. */
export interface FetchedPartition {
  readonly fetchOffset: number
  readonly sentAtMs: number
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly logStartOffset: number
  readonly isReadCommitted: boolean
  /** Whether a follower may have answered, which knows the high watermark later than its leader. */
  readonly mayBeStale: boolean
  readonly entries: readonly LogEntry[]
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
  readonly transactions: PartitionTransactions
  readonly #isCompacted: boolean
  readonly #attempts = new Map<string, Attempt>()
  /** Records that were sent to any topic with this name. */
  readonly #attemptsByName: Map<string, Attempt>
  /** The record or the marker at each offset, from acknowledgments and reads. */
  readonly #records = new Map<number, string>()
  readonly #markers = new Map<number, LogEntry>()
  /** The offset of each idempotent record. */
  readonly #offsets = new Map<string, number>()
  /** Records that were acknowledged without an offset. */
  readonly #acknowledged = new Set<string>()
  #deletedTo = 0
  /** Whether a power failure may have removed unsynced batches between others. */
  #hasGaps = false
  /** Whether a power failure may have lost metadata, so that leader epochs are used again. */
  #hasLost = false

  /** @param attemptsByName shared by all topics with this name */
  constructor(name: string, attemptsByName: Map<string, Attempt>, isCompacted: boolean) {
    this.name = name
    this.transactions = new PartitionTransactions(name)
    this.#attemptsByName = attemptsByName
    this.#isCompacted = isCompacted
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

  /** @param isByName whether the request identifies the topic by its name */
  attempt(attempt: Attempt, isByName = false): void {
    this.#attempts.set(attempt.value, attempt)
    if (isByName) this.#attemptsByName.set(attempt.value, attempt)
    if (attempt.transaction !== undefined) this.transactions.attempt()
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
    values.forEach((value, index) => this.#place(baseOffset + index, value, nowMs))
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

  /**
   * Checks an OFFSET_OUT_OF_RANGE in a response to DeleteRecords: the offset is above the high
   * watermark. A power failure may have lost the records below the offset since it was chosen.
   */
  checkRefusedDeletion(offset: number, sentAtMs: number): void {
    if (offset > this.#highWatermark.at(sentAtMs)) return
    disagree(`${this.name}: the deletion below ${offset} is refused as out of range`)
  }

  /** Checks a last stable offset in a response to ListOffsets. */
  checkStableEnd(offset: number, sentAtMs: number, nowMs: number): void {
    if (!this.#hasTransactions) return this.checkEnd(offset, sentAtMs, nowMs)
    const logStartOffset = this.#deletedTo
    this.transactions.checkLastStable(offset, { logStartOffset, sentAtMs, nowMs })
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
    const { mayBeStale } = fetched
    const least = this.#fetchable.at(sentAtMs)
    if (highWatermark < least && !mayBeStale) {
      disagree(`${this.name} has high watermark ${highWatermark}, and had ${least} before`)
    }
    this.#fetchable.raise(highWatermark, nowMs, sentAtMs)
    this.#highWatermark.raise(highWatermark, nowMs)
    if (!mayBeStale) this.checkStart(logStartOffset, sentAtMs, nowMs)
    if (!this.#hasTransactions) {
      agree(`${this.name}: the last stable offset`, lastStableOffset, highWatermark)
    } else if (lastStableOffset > highWatermark) {
      disagree(`${this.name} is stable up to ${lastStableOffset}, above ${highWatermark}`)
    }
    if (!mayBeStale)
      this.transactions.checkLastStable(lastStableOffset, { logStartOffset, sentAtMs, nowMs })
    const end = fetched.isReadCommitted ? lastStableOffset : highWatermark
    this.#checkEntries(fetchOffset, fetched.entries, end, nowMs)
    if (fetched.isReadCommitted) this.#checkEndings(fetched.entries, nowMs)
  }

  /**
   * Checks records that a member of a share group has acquired.
   *
   * @param isReadCommitted whether it may only acquire committed ones
   */
  checkShared(entries: readonly LogEntry[], isReadCommitted: boolean, nowMs: number): void {
    for (const entry of entries) {
      if (entry.ending !== undefined) continue
      const attempt = this.#place(entry.offset, entry.value, nowMs)
      this.#checkOrigin(entry, attempt)
      if (isReadCommitted) attempt.transaction?.endsAs('committed', `${this.name}, shared`, nowMs)
    }
  }

  /** Checks that no acknowledged record is missing, after a read of the whole partition. */
  checkComplete(logStartOffset: number, endOffset: number, nowMs: number): void {
    for (const [offset, value] of this.#records) {
      if (offset >= endOffset) disagree(`${this.name}: ${value} was at ${offset} and is lost`)
    }
    for (const value of this.#acknowledged) {
      if (!this.#offsets.has(value) && logStartOffset === 0) {
        disagree(`${this.name}: ${value} was acknowledged and is lost`)
      }
    }
    if (this.#hasTransactions) this.transactions.checkOrder(this.#ordered(logStartOffset), nowMs)
  }

  /** Handles a crash. It may have lost the log start offset, which is in a checkpoint file. */
  onCrash(losesPower: boolean, nowMs: number): void {
    this.#hasGaps ||= losesPower
    this.#logStart.reset(nowMs)
    this.#fetchable.reset(nowMs)
    this.transactions.onCrash(nowMs)
  }

  /** Handles a power failure that may have lost acknowledged records. */
  onLoss(nowMs: number): void {
    this.onCrash(true, nowMs)
    this.#hasLost = true
    this.#highWatermark.reset()
    this.leaderEpochs.clear()
    this.lastEpoch = -1
    this.#records.clear()
    this.#markers.clear()
    this.#offsets.clear()
    this.#acknowledged.clear()
  }

  #checkEntries(fetchOffset: number, entries: readonly LogEntry[], end: number, nowMs: number) {
    const last = new Map<string, number>()
    let expected = fetchOffset
    let epoch = -1
    for (const entry of entries) {
      const { offset, value, leaderEpoch } = entry
      if (offset !== expected) {
        this.#checkGap(expected, offset, nowMs)
        last.clear()
      }
      if (offset >= end) disagree(`${this.name}: ${offset} is read above the end ${end}`)
      if (leaderEpoch < epoch && !this.#hasLost) {
        disagree(`${this.name}: epoch ${leaderEpoch} is read at ${offset}, after epoch ${epoch}`)
      }
      epoch = leaderEpoch
      expected = offset + 1
      if (entry.ending !== undefined) {
        this.#know(offset, value)
        this.#markers.set(offset, entry)
        continue
      }
      this.#checkOrigin(entry, this.#place(offset, value, nowMs))
      this.#checkOrder(value, offset, last)
    }
  }

  /** Checks that a record of a transaction has its producer and epoch. */
  #checkOrigin({ offset, producerId, producerEpoch }: LogEntry, { value, transaction }: Attempt) {
    if (transaction === undefined) return
    const { producerId: id, producerEpoch: epoch } = transaction
    if (producerId === id && producerEpoch === epoch) return
    disagree(
      `${this.name}: ${value} at ${offset} is of producer ${producerId} in epoch ${producerEpoch} instead of ${id} in ${epoch}`,
    )
  }

  /** A consumer with `read_committed` sees committed records, and no others. */
  #checkEndings(entries: readonly LogEntry[], nowMs: number): void {
    for (const { value, ending, isAborted } of entries) {
      if (ending !== undefined) continue
      const { transaction } = this.#attempt(value)!
      if (transaction !== undefined) {
        transaction.endsAs(isAborted ? 'aborted' : 'committed', this.name, nowMs)
      } else if (isAborted) {
        disagree(`${this.name}: ${value} is in no transaction, and is dropped as aborted`)
      }
    }
  }

  /**
   * Checks a gap. It needs a power failure, and no acknowledged or read record may be in it.
   * Compaction removes markers, records of aborted transactions, and copies of records that a
   * producer without an id sent again. All other keys are different.
   */
  #checkGap(from: number, to: number, nowMs: number): void {
    if (!this.#hasGaps && !this.#isCompacted) {
      disagree(`${this.name}: ${to} is read where ${from} is expected`)
    }
    for (let offset = from; offset < to; offset++) {
      const lost = this.#records.get(offset)
      if (lost === undefined || (this.#isCompacted && this.#markers.has(offset))) continue
      const { transaction, isIdempotent } = this.#attempt(lost) ?? {}
      if (this.#isCompacted && isIdempotent === false) continue
      if (this.#isCompacted && transaction !== undefined) {
        transaction.endsAs('aborted', `${this.name}, which was compacted`, nowMs)
      } else {
        disagree(`${this.name}: ${lost} was at ${offset} and is lost`)
      }
    }
  }

  #checkOrder(value: string, offset: number, last: Map<string, number>): void {
    const { producer, number, isIdempotent } = this.#attempt(value)!
    const before = last.get(producer)
    last.set(producer, number)
    if (!isIdempotent || before === undefined || number === before + 1) return
    disagree(`${this.name}: ${value} is read at ${offset}, after number ${before} of its producer`)
  }

  /** Whether a transaction may have written. Only transactional producers send topics by name. */
  get #hasTransactions(): boolean {
    return this.transactions.areThere || this.#attemptsByName.size > 0
  }

  #attempt(value: string): Attempt | undefined {
    return this.#attempts.get(value) ?? this.#attemptsByName.get(value)
  }

  #place(offset: number, value: string, nowMs: number): Attempt {
    const attempt = this.#attempt(value)
    if (attempt === undefined) {
      disagree(`${this.name}: ${value} is at ${offset} and was never sent there`)
    }
    if (attempt.isFenced === true) {
      disagree(`${this.name}: ${value} is at ${offset}, and its producer was fenced before`)
    }
    this.#know(offset, value)
    if (!attempt.isIdempotent) return attempt
    const other = this.#offsets.get(value)
    if (other !== undefined && other !== offset) {
      disagree(`${this.name}: ${value} is at ${offset} and at ${other}`)
    }
    this.#offsets.set(value, offset)
    const { transaction, number } = attempt
    if (transaction !== undefined && number === 0) {
      this.transactions.begin(transaction, offset, nowMs)
    }
    return attempt
  }

  #know(offset: number, value: string): void {
    const known = this.#records.get(offset)
    if (known !== undefined && known !== value) {
      disagree(`${this.name}: ${value} is at ${offset}, where ${known} was`)
    }
    this.#records.set(offset, value)
  }

  /**
   * Returns the records of transactions and the markers, in the order of the log. Compaction may
   * have removed aborted records and their markers.
   */
  #ordered(logStartOffset: number): Ordered[] {
    const ordered: Ordered[] = []
    for (const [offset, value] of [...this.#records].sort(([a], [b]) => a - b)) {
      if (offset < logStartOffset) continue
      const marker = this.#markers.get(offset)
      const transaction = marker === undefined ? this.#attempt(value)?.transaction : undefined
      if (this.#isCompacted && transaction?.ending === 'aborted') continue
      if (marker !== undefined) ordered.push({ ...marker, ending: marker.ending! })
      else if (transaction !== undefined) ordered.push({ value, transaction })
    }
    return ordered
  }
}
