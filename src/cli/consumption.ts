import type { Writable } from 'node:stream'
import { LATEST } from '../client/cluster-client.ts'
import type { ClusterClient } from '../client/cluster-client.ts'
import type { CommittedOffset } from '../client/committed-offsets.ts'
import { PartitionFetcher } from '../client/partition-fetcher.ts'
import type { PartitionPosition } from '../client/partition-fetcher.ts'
import type { RecordFormatter } from './record-format.ts'
import { print } from './terminal.ts'

export interface ConsumptionOptions {
  readonly formatter: RecordFormatter
  readonly output: Writable
  /** Whether to stop when everything that is there has been read. */
  readonly isExitingAtEnd: boolean
  /** After how many records to stop. */
  readonly maxRecords: number
}

/** Prints records until there were enough of them, or somebody stops it. */
export class Consumption {
  readonly #options: ConsumptionOptions
  readonly #stopped: Promise<void>
  #stop: () => void = () => {}
  #isStopped = false
  #count = 0

  constructor(options: ConsumptionOptions) {
    this.#options = options
    this.#stopped = new Promise((resolve) => (this.#stop = resolve))
  }

  get isStopped(): boolean {
    return this.#isStopped
  }

  stop(): void {
    this.#isStopped = true
    this.#stop()
  }

  /**
   * Reads on from the given offsets until the consumption stops or `interruption` resolves.
   *
   * @param onStart is given the positions, which move as records are printed
   */
  async read(
    client: ClusterClient,
    offsets: readonly CommittedOffset[],
    interruption: (positions: readonly PartitionPosition[]) => Promise<void> = () => NEVER,
  ): Promise<void> {
    const positions = await this.#positions(client, offsets)
    this.#stopAtEnd(positions)
    if (this.#isStopped) return
    const fetcher = new PartitionFetcher(
      client,
      positions,
      async (record, timestampType, { topic, partition }) => {
        const { formatter, output, maxRecords } = this.#options
        await print(output, formatter({ ...record, timestampType, topic, partition }))
        if (++this.#count >= maxRecords) fetcher.stop()
      },
      () => {
        this.#stopAtEnd(positions)
        if (this.#count >= this.#options.maxRecords) this.stop()
      },
    )
    const fetching = positions.length === 0 ? NEVER : fetcher.run()
    const interrupted = interruption(positions)
    // Whichever loses the race may fail when the client hangs up, and nobody waits for it then.
    for (const promise of [fetching, interrupted]) promise.catch(() => {})
    await Promise.race([fetching, this.#stopped, interrupted])
    fetcher.stop()
  }

  #stopAtEnd(positions: readonly PartitionPosition[]): void {
    if (this.#options.isExitingAtEnd && positions.every(({ isAtEnd }) => isAtEnd)) this.stop()
  }

  async #positions(
    client: ClusterClient,
    offsets: readonly CommittedOffset[],
  ): Promise<PartitionPosition[]> {
    const ends = await client.offsets(offsets.map((one) => ({ ...one, timestamp: LATEST })))
    return offsets.map((one, i) => ({ ...one, isAtEnd: one.offset >= ends[i]! }))
  }
}

const NEVER = new Promise<void>(() => {})
