import type { DeliveredRecords } from './delivered-records.ts'
import type { AcknowledgeType, AcquiredRecord, ShareConsumers } from './share-consumers.ts'

/** The client, its topic, and how it acknowledges records. */
export interface ShareWorkerOptions {
  /** Starts a process with the share consumer. */
  start(): ShareConsumers
  readonly topic: string
  readonly configs: Readonly<Record<string, string>>
  decide(record: AcquiredRecord): AcknowledgeType
}

/**
 * A share consumer that polls, acknowledges and commits until it is stopped. When it is killed, or
 * does not survive an error, a new process takes its place.
 */
export class ShareWorker {
  readonly #options: ShareWorkerOptions
  readonly #records: DeliveredRecords
  readonly #ended: Promise<void>
  #consumers: ShareConsumers
  #isStopping = false
  /** How often a process took the place of another. */
  replacements = 0
  /** Errors of the client, except those of killed processes. */
  readonly errors: string[] = []

  constructor(records: DeliveredRecords, options: ShareWorkerOptions) {
    this.#records = records
    this.#options = options
    this.#consumers = options.start()
    this.#ended = this.#work()
  }

  /** `kill -9` */
  kill(): void {
    this.#consumers.kill()
  }

  /** Lets the consumer end what it does. Resolves when the process has ended. */
  async finish(): Promise<void> {
    this.#isStopping = true
    await this.#ended
  }

  /** Kills the consumer. Resolves when the process has ended. */
  async stop(): Promise<void> {
    this.#isStopping = true
    this.#consumers.kill()
    await this.#ended
  }

  async #work(): Promise<void> {
    for (;;) {
      const consumers = this.#consumers
      await this.#consume(consumers).catch((error: Error) => {
        if (!consumers.isKilled) this.errors.push(error.message)
      })
      consumers.kill()
      if (this.#isStopping) return
      this.replacements++
      this.#consumers = this.#options.start()
    }
  }

  async #consume(consumers: ShareConsumers): Promise<void> {
    const { topic, configs } = this.#options
    await consumers.start('worker', [topic], configs)
    while (!this.#isStopping) {
      await this.#acknowledge(consumers, await consumers.poll('worker', 200))
    }
  }

  async #acknowledge(consumers: ShareConsumers, records: readonly AcquiredRecord[]): Promise<void> {
    if (records.length === 0) return
    for (const record of records) this.#records.delivered(record)
    const types = records.map((record) => [record.value, this.#options.decide(record)] as const)
    let failed: ReadonlySet<string> = new Set(records.map(({ value }) => value))
    try {
      failed = new Set(await consumers.acknowledge('worker', Object.fromEntries(types)))
    } finally {
      for (const [value, type] of types) {
        this.#records.acknowledged(value, type, !failed.has(value))
      }
    }
  }
}
