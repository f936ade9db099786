import type { InternalPartition } from '../../src/coordinator/runtime/internal-partition.ts'
import { ApiError } from '../../src/protocol/api-error.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { BatchView, batchesOf } from '../../src/record/batch-view.ts'
import { recordsOf } from '../../src/record/records.ts'
import type { KafkaRecord } from '../../src/record/records.ts'

/** An internal topic in memory. The test can make appends fail, and hold back what is committed. */
export class MemoryInternalTopic {
  partitionCount = 5
  appendError: ErrorCode = ErrorCode.None
  /** Says of each append, counted from 0, whether it fails with `NotEnoughReplicas`. */
  fails: (append: number) => boolean = () => false
  appends = 0
  readonly batches = new Map<number, Uint8Array[]>()
  readonly #partitions = new Map<number, MemoryPartition>()

  partition(index: number): MemoryPartition {
    let partition = this.#partitions.get(index)
    if (partition === undefined) {
      this.#partitions.set(index, (partition = new MemoryPartition(this, index)))
    }
    return partition
  }

  /** Adds bytes as they are: one batch, or several. */
  add(index: number, bytes: Uint8Array): void {
    this.batches.set(index, [...this.read(index), bytes])
  }

  read(index: number): Uint8Array[] {
    return this.batches.get(index) ?? []
  }

  records(index: number): KafkaRecord[] {
    return this.read(index).flatMap((batch) => [...recordsOf(new BatchView(batch))])
  }
}

export class MemoryPartition implements InternalPartition {
  readonly index: number
  leaderEpoch = 0
  maxBatchBytes = Infinity
  readonly #topic: MemoryInternalTopic
  #isHeld = false
  #committed = 0
  #waiting: { readonly offset: number; readonly resolve: (isCommitted: boolean) => void }[] = []

  constructor(topic: MemoryInternalTopic, index: number) {
    this.#topic = topic
    this.index = index
  }

  get endOffset(): number {
    const last = this.#topic.read(this.index).at(-1)
    if (last === undefined) return 0
    return [...batchesOf(last)].at(-1)!.nextOffset
  }

  append(batch: Uint8Array): number | ApiError {
    const { appendError, fails } = this.#topic
    if (appendError !== ErrorCode.None) return ApiError.of(appendError)
    if (fails(this.#topic.appends++)) return ApiError.of(ErrorCode.NotEnoughReplicas)
    if (batch.length > this.maxBatchBytes) return ApiError.of(ErrorCode.MessageTooLarge)
    const stored = new BatchView(Buffer.from(batch))
    stored.stampBaseOffset(this.endOffset)
    this.#topic.add(this.index, stored.bytes)
    if (!this.#isHeld) this.#committed = stored.nextOffset
    return stored.nextOffset
  }

  committed(offset: number): Promise<boolean> | undefined {
    if (!this.#isHeld || offset <= this.#committed) return undefined
    return new Promise((resolve) => this.#waiting.push({ offset, resolve }))
  }

  /** Drops the batches that have only records below the offset. */
  deleteRecordsBefore(offset: number): ApiError | undefined {
    const batches = this.#topic.read(this.index)
    this.#topic.batches.set(
      this.index,
      batches.filter((batch) => [...batchesOf(batch)].at(-1)!.nextOffset > offset),
    )
    return undefined
  }

  read(): Uint8Array[] {
    return this.#topic.read(this.index)
  }

  /** Records that are appended from now on are not committed. */
  hold(): void {
    this.#committed = this.endOffset
    this.#isHeld = true
  }

  /** Commits everything below an offset; default all. */
  commit(offset = this.endOffset): void {
    this.#committed = offset
    const waiting = this.#waiting
    this.#waiting = waiting.filter((each) => each.offset > offset)
    for (const each of waiting) if (each.offset <= offset) each.resolve(true)
  }

  /** The partition is lost: nothing that waits is committed here. */
  lose(): void {
    for (const { resolve } of this.#waiting.splice(0)) resolve(false)
  }
}

/** Returns an answer that must not wait. */
export function immediate<T>(answer: T | Promise<T>): T {
  if (answer instanceof Promise) throw new Error('the answer waits')
  return answer
}
