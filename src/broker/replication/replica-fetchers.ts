import type { Partition } from '../partition.ts'
import { ReplicaFetcher, type FetcherOptions } from './replica-fetcher.ts'

/** The fetchers of a broker, one for each leader (Kafka's `ReplicaFetcherManager`). */
export class ReplicaFetchers {
  readonly #options: FetcherOptions
  readonly #fetchers = new Map<number, ReplicaFetcher>()
  /** The leader of each partition that is copied. */
  readonly #leaders = new Map<Partition, number>()

  constructor(options: FetcherOptions) {
    this.#options = options
  }

  /** Copies a partition from its leader from now on, beginning in its current leader epoch. */
  start(partition: Partition, leaderId: number): void {
    this.stop(partition)
    let fetcher = this.#fetchers.get(leaderId)
    if (fetcher === undefined) {
      fetcher = new ReplicaFetcher(leaderId, this.#options)
      this.#fetchers.set(leaderId, fetcher)
    }
    this.#leaders.set(partition, leaderId)
    fetcher.add(partition)
  }

  stop(partition: Partition): void {
    const leaderId = this.#leaders.get(partition)
    if (leaderId === undefined) return
    this.#leaders.delete(partition)
    this.#fetchers.get(leaderId)?.remove(partition)
  }

  /** Stops all fetchers. */
  close(): void {
    for (const fetcher of this.#fetchers.values()) fetcher.close()
    this.#fetchers.clear()
    this.#leaders.clear()
  }
}
