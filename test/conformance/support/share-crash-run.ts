import { setTimeout as downtime } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import type { Producer } from 'kafkajs'
import type { Random } from '../../../src/platform/random.ts'
import { DeliveredRecords } from './delivered-records.ts'
import type { AcknowledgeType, AcquiredRecord, ShareConsumers } from './share-consumers.ts'
import { ShareWorker } from './share-worker.ts'

const topic = 'jobs'
const poison = 'poison'
const recordsPerCrash = 60
const workerCount = 2
const victims = ['broker', 'consumer', 'both'] as const
/** Clients retry several times in it, or not at all. */
const maxDowntimeMs = 300

/** Brokers that can be killed. */
export interface MortalBrokers {
  readonly bootstrapServers: string
  readonly brokerIds: readonly number[]
  kill(brokerId: number): Promise<unknown>
  start(brokerId: number): Promise<unknown>
  /** Resolves when all records of the group have ended. */
  caughtUp(): Promise<unknown>
}

/** Kills brokers and share consumers while these work on a topic. */
export class ShareCrashRun {
  readonly #records: DeliveredRecords
  readonly #brokers: MortalBrokers
  readonly #random: Random
  readonly #producer: Producer
  readonly #workers: ShareWorker[] = []
  #produced = 0
  #kills = 0

  constructor(brokers: MortalBrokers, options: { random: Random; deliveryLimit: number }) {
    this.#brokers = brokers
    this.#random = options.random
    this.#records = new DeliveredRecords(options.deliveryLimit)
    const kafka = new kafkajs.Kafka({
      brokers: brokers.bootstrapServers.split(','),
      logLevel: kafkajs.logLevel.NOTHING,
      retry: { initialRetryTime: 20, maxRetryTime: 200, retries: 200 },
    })
    this.#producer = kafka.producer({ idempotent: true })
  }

  /** @param start starts a process with a share consumer */
  async start(
    start: () => ShareConsumers,
    configs: Readonly<Record<string, string>>,
  ): Promise<void> {
    await this.#producer.connect()
    await this.#produce()
    const decide = (record: AcquiredRecord) => this.#decide(record)
    for (let index = 0; index < workerCount; index++) {
      this.#workers.push(new ShareWorker(this.#records, { start, topic, configs, decide }))
    }
    await this.#records.moreEnded(recordsPerCrash / 4)
  }

  /** Kills a broker, a consumer or both, and waits until records are accepted again. */
  async crash(): Promise<void> {
    await this.#produce()
    const victim = victims[this.#random.int(victims.length)]!
    if (victim !== 'broker') this.#workers[this.#random.int(workerCount)]!.kill()
    if (victim !== 'consumer') {
      const { brokerIds } = this.#brokers
      const brokerId = brokerIds[this.#random.int(brokerIds.length)]!
      await this.#brokers.kill(brokerId)
      await downtime(this.#random.int(maxDowntimeMs))
      await this.#brokers.start(brokerId)
    }
    this.#kills += victim === 'both' ? 2 : 1
    await this.#records.moreEnded(recordsPerCrash / 4)
  }

  /** Resolves with what went wrong, when all records have ended. */
  async finish(): Promise<string[]> {
    await this.#brokers.caughtUp()
    // The last acknowledgements are stored before the consumers know.
    await Promise.all(this.#workers.map((worker) => worker.finish()))
    const replacements = this.#workers.reduce((sum, worker) => sum + worker.replacements, 0)
    return this.#records.problems(replacements)
  }

  summary(): string {
    const errors = this.#workers.flatMap((worker) => worker.errors)
    return [`${this.#kills} kills`, this.#records.summary(), ...errors].join(', ')
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop()))
    await this.#producer.disconnect()
  }

  /** All brokers are running, so no record is doubled. */
  async #produce(): Promise<void> {
    const messages = Array.from({ length: recordsPerCrash }, () => {
      const isPoison = this.#random.int(20) === 0
      const value = `${isPoison ? poison : 'job'}-${this.#produced++}`
      this.#records.produced(value, isPoison)
      return { value }
    })
    await this.#producer.send({ topic, messages })
  }

  /** Poison is released again and again, until it reaches the delivery limit. */
  #decide({ value, deliveryCount }: AcquiredRecord): AcknowledgeType {
    if (value.startsWith(poison)) return 'release'
    if (deliveryCount > 1) return 'accept'
    const choice = this.#random.int(10)
    return choice === 0 ? 'reject' : choice < 4 ? 'release' : 'accept'
  }
}
