import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { CoordinatorShard } from './coordinator-shard.ts'
import type { InternalPartition } from './internal-partition.ts'
import { PartitionRuntime } from './partition-runtime.ts'
import type { PartitionRuntimeOptions } from './partition-runtime.ts'

/** Options of a {@link CoordinatorRuntime}. */
export interface CoordinatorRuntimeOptions<
  R,
  S extends CoordinatorShard<R>,
> extends PartitionRuntimeOptions<R, S> {
  /**
   * Called when a partition cannot be loaded. Its requests are answered with NOT_COORDINATOR, as in
   * Kafka.
   */
  readonly onLoadFailure: (partition: number, error: unknown) => void
}

/**
 * Keeps the state of a coordinator in the partitions of its internal topic that this broker leads
 * (Kafka's `CoordinatorRuntime`). It does not depend on the kind of state.
 */
export class CoordinatorRuntime<R, S extends CoordinatorShard<R>> {
  readonly #options: CoordinatorRuntimeOptions<R, S>
  readonly #partitions = new Map<number, PartitionRuntime<R, S>>()

  constructor(options: CoordinatorRuntimeOptions<R, S>) {
    this.#options = options
  }

  /** The loaded partitions. */
  get partitions(): Iterable<PartitionRuntime<R, S>> {
    return this.#partitions.values()
  }

  /**
   * Returns the partition with this index, or NOT_COORDINATOR if this broker does not lead it or
   * cannot read it.
   */
  partition(index: number): PartitionRuntime<R, S> | ApiError {
    return this.#partitions.get(index) ?? ApiError.of(ErrorCode.NotCoordinator)
  }

  /**
   * Called when this broker becomes the leader of the partition. Loads it, unless it is loaded. A
   * partition that cannot be read does not affect others.
   */
  onElected(partition: InternalPartition): void {
    const { index } = partition
    if (this.#partitions.has(index)) return
    const runtime = new PartitionRuntime(partition, this.#options)
    try {
      runtime.load()
    } catch (error) {
      runtime.unload()
      return this.#options.onLoadFailure(index, error)
    }
    this.#partitions.set(index, runtime)
  }

  /** Called when this broker no longer leads the partition. Drops its state. */
  onResigned(index: number): void {
    const runtime = this.#partitions.get(index)
    this.#partitions.delete(index)
    runtime?.unload()
  }

  /** Drops the state of all partitions. */
  close(): void {
    for (const index of this.#partitions.keys()) this.onResigned(index)
  }
}
