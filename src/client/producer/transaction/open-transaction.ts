import type { ClientError } from '../../client-error.ts'
import { nameOf, type TopicPartition } from '../../topic-partition.ts'
import type { TransactionProtocol } from './transaction-requests.ts'

/** The transaction that a producer has begun, with its partitions. */
export class OpenTransaction {
  readonly protocol: TransactionProtocol
  /** Whether the coordinator has a transaction for sure. */
  hasStarted = false
  /** Whether a request was sent that may have started the transaction on the coordinator. */
  mayHaveStarted = false
  readonly #cancellation = new AbortController()
  /** Partitions that the next request adds. */
  readonly #new = new Map<string, TopicPartition>()
  readonly #names = new Set<string>()
  readonly #added = new Set<string>()

  constructor(protocol: TransactionProtocol) {
    this.protocol = protocol
  }

  /** Aborted when nothing more can be added: the transaction has failed or is being aborted. */
  get cancelled(): AbortSignal {
    return this.#cancellation.signal
  }

  get isCancelled(): boolean {
    return this.#cancellation.signal.aborted
  }

  /** Stops the requests that add to the transaction. */
  cancel(error: ClientError): void {
    this.#cancellation.abort(error)
  }

  /** Adds a partition. Returns whether the coordinator must get a request for it. */
  add(partition: TopicPartition): boolean {
    const name = nameOf(partition)
    if (this.#names.has(name)) return false
    this.#names.add(name)
    if (this.protocol === 2) {
      this.hasStarted = true
      this.#added.add(name)
      return false
    }
    this.#new.set(name, partition)
    return true
  }

  /** Returns the partitions for the next request, and removes them from those that wait. */
  takeNew(): TopicPartition[] {
    const partitions = [...this.#new.values()]
    this.#new.clear()
    return partitions
  }

  /** Notes that the coordinator has added partitions. */
  onAdded(partitions: readonly TopicPartition[]): void {
    this.hasStarted = true
    for (const partition of partitions) this.#added.add(nameOf(partition))
  }

  /** Whether records for a partition may be sent. `name` is `topic-partition`. */
  has(name: string): boolean {
    return this.#added.has(name)
  }
}
