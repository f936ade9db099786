import type { FileSystem } from '../../platform/file-system.ts'
import { int16At, int64At, putInt16, putInt64 } from '../../record/big-endian.ts'
import { readFileIfThere } from '../files/small-file.ts'

const ENTRY_BYTES = 34
const VERSION = 0

/** An aborted transaction (Kafka's `AbortedTxn`). */
export interface AbortedTxn {
  readonly producerId: number
  readonly firstOffset: number
  /** The offset of the abort marker. */
  readonly lastOffset: number
  /** The last stable offset when the marker was appended. */
  readonly lastStableOffset: number
}

/**
 * The aborted transactions whose markers are in a segment (Kafka's `TransactionIndex`,
 * `.txnindex`), in the order of their markers. The file exists only if there are any.
 */
export class TransactionIndex {
  readonly #fileSystem: FileSystem
  #path: string
  #entries: AbortedTxn[] = []
  #isUnsynced = false

  constructor(fileSystem: FileSystem, path: string) {
    this.#fileSystem = fileSystem
    this.#path = path
  }

  get entries(): readonly AbortedTxn[] {
    return this.#entries
  }

  /** Notes a new name of the file. */
  moveTo(path: string): void {
    this.#path = path
  }

  /**
   * Reads the file. Returns false if it exists and is wrong for a segment with this base offset.
   */
  load(baseOffset: number): boolean {
    const bytes = readFileIfThere(this.#fileSystem, this.#path)
    if (bytes === undefined) return true
    if (bytes.length % ENTRY_BYTES !== 0) return false
    for (let at = 0; at < bytes.length; at += ENTRY_BYTES) {
      if (int16At(bytes, at) !== VERSION || int64At(bytes, at + 18) < baseOffset) return false
      this.#entries.push({
        producerId: int64At(bytes, at + 2),
        firstOffset: int64At(bytes, at + 10),
        lastOffset: int64At(bytes, at + 18),
        lastStableOffset: int64At(bytes, at + 26),
      })
    }
    return true
  }

  append(aborted: AbortedTxn): void {
    const position = this.#entries.length * ENTRY_BYTES
    const bytes = new Uint8Array(ENTRY_BYTES)
    putInt16(bytes, 0, VERSION)
    putInt64(bytes, 2, aborted.producerId)
    putInt64(bytes, 10, aborted.firstOffset)
    putInt64(bytes, 18, aborted.lastOffset)
    putInt64(bytes, 26, aborted.lastStableOffset)
    const file = this.#fileSystem.open(this.#path, { create: true })
    try {
      this.#isUnsynced = true
      file.write([bytes], position)
    } finally {
      file.close()
    }
    this.#entries.push(aborted)
  }

  /**
   * Adds to `found` the transactions that overlap the offsets from `fetchOffset` to
   * `upperBoundOffset` (exclusive). Returns true if later segments cannot have more.
   */
  collect(fetchOffset: number, upperBoundOffset: number, found: AbortedTxn[]): boolean {
    for (const aborted of this.#entries) {
      if (aborted.lastOffset >= fetchOffset && aborted.firstOffset < upperBoundOffset) {
        found.push(aborted)
      }
      if (aborted.lastStableOffset >= upperBoundOffset) return true
    }
    return false
  }

  /** Removes the transactions whose marker is at or above `offset`. */
  truncateTo(offset: number): void {
    const kept = this.#entries.filter(({ lastOffset }) => lastOffset < offset)
    if (kept.length === this.#entries.length) return
    this.#entries = kept
    const file = this.#fileSystem.open(this.#path)
    try {
      this.#isUnsynced = true
      file.truncate(kept.length * ENTRY_BYTES)
    } finally {
      file.close()
    }
  }

  /** Syncs the file unless it is on the disk. */
  sync(): void {
    if (!this.#isUnsynced) return
    const file = this.#fileSystem.open(this.#path)
    try {
      file.sync()
    } finally {
      file.close()
    }
    this.#isUnsynced = false
  }

  /** Removes all entries and the file. */
  reset(): void {
    this.#entries = []
    this.#isUnsynced = false
    this.#fileSystem.remove(this.#path)
  }
}
