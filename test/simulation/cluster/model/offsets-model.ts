import { disagree } from '../../agree.ts'
import type { Transaction } from './transaction.ts'

/** The fetched offset of a partition without a committed offset. */
export const NO_OFFSET = -1

/**
 * A write of a committed offset. It takes effect between the two times. Without an acknowledgment
 * it may never take effect.
 */
interface Write {
  readonly offset: number
  readonly startedAtMs: number
  endedAtMs: number
  isAcknowledged: boolean
  /** The transaction that it is a part of. It takes effect when the transaction is committed. */
  readonly transaction?: Transaction
}

/**
 * The committed offset of one partition in one group: the last acknowledged write, or a write that
 * overlaps it or started later.
 */
class Register {
  readonly #name: string
  #writes: Write[] = [
    { offset: NO_OFFSET, startedAtMs: -Infinity, endedAtMs: -Infinity, isAcknowledged: true },
  ]

  constructor(name: string) {
    this.#name = name
  }

  add(write: Write): void {
    this.#writes.push(write)
  }

  /** Removes a write that had no effect. */
  withdraw(write: Write): void {
    this.#writes = this.#writes.filter((each) => each !== write)
  }

  check(offset: number, { sentAtMs, nowMs, isStable }: OffsetRead): void {
    const replaced = Math.max(
      ...this.#writes
        .filter(({ isAcknowledged, endedAtMs }) => isAcknowledged && endedAtMs <= sentAtMs)
        // The markers of a transaction are written later than it is committed.
        .filter(({ transaction }) => isStable || transaction === undefined)
        .map(({ startedAtMs }) => startedAtMs),
    )
    const possible = this.#writes
      .filter(({ endedAtMs }) => endedAtMs >= replaced)
      .filter(({ transaction }) => transaction === undefined || transaction.canBeCommitted)
    const [write, ...others] = possible.filter((each) => each.offset === offset)
    if (write !== undefined) {
      if (others.length === 0) write.transaction?.endsAs('committed', this.#name, nowMs)
      return
    }
    const expected = possible.map((each) => each.offset).join(' or ')
    disagree(`${this.#name}: the committed offset is ${offset} instead of ${expected}`)
  }

  /** Handles a loss of acknowledged writes: each write may be the last that is left. */
  onLoss(): void {
    for (const write of this.#writes) {
      if (write.startedAtMs > -Infinity) write.isAcknowledged = false
      write.endedAtMs = Infinity
    }
  }
}

/** How a client reads committed offsets. */
export interface OffsetRead {
  readonly sentAtMs: number
  readonly nowMs: number
  /** Whether it waits for pending offsets of transactions. */
  readonly isStable: boolean
}

/** The effect of a request on committed offsets. */
export interface OffsetWrite {
  /** Notes that the broker acknowledged the request. */
  readonly acknowledge: (nowMs: number) => void
  /** Notes that the broker refused the request. */
  readonly withdraw: () => void
}

/** Checks committed offsets. */
export class OffsetsModel {
  readonly #registers = new Map<string, Map<string, Register>>()
  /** Deletions of whole groups. They also apply to partitions that are first committed later. */
  readonly #deletions = new Map<string, Write[]>()

  /**
   * Begins a write.
   *
   * @param partition such as `orders-0`
   */
  begin(group: string, partition: string, offset: number, nowMs: number): OffsetWrite {
    const register = this.#register(group, partition)
    const write = newWrite(offset, nowMs)
    register.add(write)
    return settling(write, () => register.withdraw(write))
  }

  /**
   * Begins a write that takes effect if the transaction is committed. Its place among other writes
   * is that of the request that adds it to the transaction, or of a later copy.
   */
  beginInTransaction(
    group: string,
    partition: string,
    offset: number,
    { transaction, nowMs }: { transaction: Transaction; nowMs: () => number },
  ): void {
    const register = this.#register(group, partition)
    const write = { ...newWrite(offset, nowMs()), transaction }
    register.add(write)
    transaction.onEnd((ending) => {
      if (ending === 'aborted') return register.withdraw(write)
      write.isAcknowledged = true
      write.endedAtMs = nowMs()
    })
  }

  /** Begins the deletion of a whole group. */
  beginDeletion(group: string, nowMs: number): OffsetWrite {
    const write = newWrite(NO_OFFSET, nowMs)
    const deletions = this.#deletions.get(group) ?? []
    this.#deletions.set(group, [...deletions, write])
    for (const register of this.#registers.get(group)?.values() ?? []) register.add(write)
    return settling(write, () => {
      for (const register of this.#registers.get(group)?.values() ?? []) register.withdraw(write)
      this.#deletions.set(
        group,
        this.#deletions.get(group)!.filter((each) => each !== write),
      )
    })
  }

  check(group: string, partition: string, offset: number, read: OffsetRead): void {
    this.#register(group, partition).check(offset, read)
  }

  /** Returns the partitions for which clients tried to commit offsets. */
  partitionsOf(group: string): string[] {
    return [...(this.#registers.get(group)?.keys() ?? [])]
  }

  onLoss(): void {
    for (const registers of this.#registers.values()) {
      for (const register of registers.values()) register.onLoss()
    }
  }

  #register(group: string, partition: string): Register {
    let registers = this.#registers.get(group)
    if (registers === undefined) this.#registers.set(group, (registers = new Map()))
    let register = registers.get(partition)
    if (register === undefined) {
      registers.set(partition, (register = new Register(`${group}, ${partition}`)))
      for (const deletion of this.#deletions.get(group) ?? []) register.add(deletion)
    }
    return register
  }
}

function newWrite(offset: number, nowMs: number): Write {
  return { offset, startedAtMs: nowMs, endedAtMs: Infinity, isAcknowledged: false }
}

function settling(write: Write, withdraw: () => void): OffsetWrite {
  const acknowledge = (nowMs: number): void => {
    write.isAcknowledged = true
    write.endedAtMs = nowMs
  }
  return { acknowledge, withdraw }
}
