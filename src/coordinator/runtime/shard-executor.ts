import type { Timer } from '../../platform/clock.ts'
import type { Turn } from '../../platform/turn.ts'
import type { RecordWriter } from './coordinator-shard.ts'

/**
 * Work that a shard does after the response to a request, in a later turn of the event loop
 * (Kafka's `CoordinatorExecutor`). It is dropped when this broker no longer leads the partition.
 */
export class ShardExecutor<R> {
  readonly #turn: Turn
  readonly #writer: RecordWriter<R>
  readonly #tasks = new Map<string, Timer>()

  constructor(turn: Turn, writer: RecordWriter<R>) {
    this.#turn = turn
    this.#writer = writer
  }

  /**
   * Runs `operation` in a later turn and appends the records that it returns, unless there is
   * already work with this key. If the append fails, the result is dropped.
   */
  schedule(key: string, operation: () => readonly R[]): void {
    if (this.#tasks.has(key)) return
    const task = this.#turn.after(() => {
      this.#tasks.delete(key)
      this.#writer.append(operation())
    })
    this.#tasks.set(key, task)
  }

  /** Drops all work: this broker no longer leads the partition. */
  cancelAll(): void {
    for (const task of this.#tasks.values()) task.cancel()
    this.#tasks.clear()
  }
}
