import { disagree } from '../../agree.ts'
import { Floor } from './floor.ts'
import type { Ending, Transaction } from './transaction.ts'

/** A record or a marker, in the order of the log. */
export type Ordered =
  | { readonly value: string; readonly transaction: Transaction }
  | { readonly producerId: number; readonly ending: Ending }

/** Checks the transactions of one partition, and its last stable offset. */
export class PartitionTransactions {
  readonly #name: string
  /** The first offset of each transaction, and when a client learned of it. */
  readonly #firstOffsets = new Map<Transaction, { offset: number; knownAtMs: number }>()
  /** The last stable offset in responses. A crash resets it. */
  readonly #lastStable = new Floor()
  #areThere = false

  constructor(name: string) {
    this.#name = name
  }

  /** Whether a producer has ever tried to write in a transaction. */
  get areThere(): boolean {
    return this.#areThere
  }

  attempt(): void {
    this.#areThere = true
  }

  /** Notes that the first record of a transaction is at an offset. */
  begin(transaction: Transaction, offset: number, nowMs: number): void {
    if (transaction.ending !== undefined || this.#firstOffsets.has(transaction)) return
    this.#firstOffsets.set(transaction, { offset, knownAtMs: nowMs })
    transaction.onEnd(() => this.#firstOffsets.delete(transaction))
  }

  /** Checks that a last stable offset never decreases, and never passes an open transaction. */
  checkLastStable(
    lastStableOffset: number,
    {
      logStartOffset,
      sentAtMs,
      nowMs,
    }: { logStartOffset: number; sentAtMs: number; nowMs: number },
  ): void {
    const least = this.#lastStable.at(sentAtMs)
    if (lastStableOffset < least) {
      disagree(`${this.#name} is stable up to ${lastStableOffset}, and was up to ${least} before`)
    }
    this.#lastStable.raise(lastStableOffset, nowMs, sentAtMs)
    for (const [transaction, { offset, knownAtMs }] of this.#firstOffsets) {
      if (knownAtMs > sentAtMs || lastStableOffset <= Math.max(offset, logStartOffset)) continue
      if (transaction.isOpen(nowMs)) {
        disagree(
          `${this.#name} is stable up to ${lastStableOffset}, and ${transaction.name} is open from ${offset}`,
        )
      }
    }
  }

  /** Checks where the open transactions of producers start. */
  checkProducers(
    startOffsets: ReadonlyMap<number, number>,
    { sentAtMs, nowMs }: { sentAtMs: number; nowMs: number },
  ): void {
    for (const [transaction, { offset, knownAtMs }] of this.#firstOffsets) {
      if (knownAtMs > sentAtMs || !transaction.isOpen(nowMs)) continue
      const start = startOffsets.get(transaction.producerId)
      if (start === offset) continue
      disagree(
        `${this.#name}: ${transaction.name} is open from ${offset}, and described from ${start}`,
      )
    }
  }

  /**
   * Checks the whole log at the end: each transaction has all its records before its marker, and
   * no two transactions of a producer overlap.
   */
  checkOrder(entries: Iterable<Ordered>, nowMs: number): void {
    const open = new Map<number, Transaction>()
    const ended = new Set<Transaction>()
    for (const entry of entries) {
      if ('transaction' in entry) {
        const { value, transaction } = entry
        if (ended.has(transaction)) {
          disagree(`${this.#name}: ${value} is written after the end of its transaction`)
        }
        const other = open.get(transaction.producerId) ?? transaction
        if (other !== transaction) {
          disagree(`${this.#name}: ${value} is written within the transaction ${other.name}`)
        }
        open.set(transaction.producerId, transaction)
      } else {
        const transaction = open.get(entry.producerId)
        if (transaction === undefined) continue
        transaction.endsAs(entry.ending, this.#name, nowMs)
        ended.add(transaction)
        open.delete(entry.producerId)
      }
    }
    for (const { name } of open.values()) disagree(`${this.#name}: ${name} never ends`)
  }

  onCrash(nowMs: number): void {
    this.#lastStable.reset(nowMs)
  }
}
