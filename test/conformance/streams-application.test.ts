import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { startCluster } from '../../src/index.ts'
import type { Cluster } from '../../src/index.ts'
import { portsInARow } from '../cluster/support/ports.ts'
import { JavaDriver } from './support/java-driver.ts'
import { patienceMs, waitMs } from './support/patience.ts'

const { kafkaStreams } = inject('tools')
const skipped = kafkaStreams.missing === undefined ? '' : ` (skipped: ${kafkaStreams.missing})`

const APPLICATION = 'word-count'
const PARTITIONS = 4
const LINES = 40

/** The words of each line are common to all, except for the last one. */
const lines = Array.from({ length: LINES }, (_, index) => ({
  key: String(index),
  value: `alpha beta word-${index}`,
}))

describe.skipIf(kafkaStreams.missing !== undefined)(
  `A Java Streams application of Kafka 4.4.0${skipped}`,
  () => {
    test.each([
      ['streams', 'at_least_once'],
      ['streams', 'exactly_once_v2'],
      ['classic', 'at_least_once'],
      ['classic', 'exactly_once_v2'],
    ] as const)(
      'counts words with group.protocol=%s and processing.guarantee=%s, while its instances come and go',
      async (protocol, guarantee) => {
        const application = await Application.start(protocol, guarantee)
        await application.startInstance(0)
        await application.awaitMembers(1)
        await application.produceLines()
        await application.awaitCounts(1)
        await application.startInstance(1)
        await application.awaitMembers(2)
        await application.produceLines()
        await application.awaitCounts(2)
        await application.closeInstance(0)
        await application.awaitMembers(1)
        await application.produceLines()
        await application.awaitCounts(3)
        await application.closeInstance(1)
        await application.startInstance(0)
        await application.produceLines()
        await application.awaitCounts(4)
        await application.closeInstance(0)
        expect(application.problems).toBe('')
      },
      patienceMs,
    )

    test.each(['at_least_once', 'exactly_once_v2'] as const)(
      'counts words with group.protocol=streams and processing.guarantee=%s, while its broker restarts',
      async (guarantee) => {
        const application = await Application.start('streams', guarantee)
        await application.startInstance(0)
        await application.startInstance(1)
        await application.awaitMembers(2)
        await application.produceLines()
        await application.awaitCounts(1)
        await application.restartBroker('stop')
        await application.produceLines()
        await application.awaitCounts(2)
        await application.restartBroker('kill')
        await application.awaitMembers(2)
        await application.produceLines()
        await application.awaitCounts(3)
        await application.closeInstance(1)
        await application.awaitMembers(1)
        await application.produceLines()
        await application.awaitCounts(4)
        await application.closeInstance(0)
        expect(application.problems).toBe('')
      },
      patienceMs,
    )
  },
)

/** The application, its cluster, and a client that writes its input and reads its output. */
class Application {
  readonly #cluster: Cluster
  readonly #driver: JavaDriver
  readonly #producer: kafkajs.Producer
  readonly #config: Readonly<Record<string, string>>
  readonly #counts = new Map<string, number>()
  #onCount: () => void = () => {}

  private constructor(
    cluster: Cluster,
    driver: JavaDriver,
    producer: kafkajs.Producer,
    config: Readonly<Record<string, string>>,
  ) {
    this.#cluster = cluster
    this.#driver = driver
    this.#producer = producer
    this.#config = config
  }

  static async start(protocol: string, guarantee: string): Promise<Application> {
    const cluster = await startCluster({
      topics: ['lines', 'counts'].map((name) => ({ name, partitions: PARTITIONS })),
      // No other process may take the port while the broker is stopped.
      port: await portsInARow(1),
      config: { 'group.streams.num.standby.replicas': 1 },
    })
    const stateDir = mkdtempSync(join(tmpdir(), 'odradek-streams-'))
    const driver = new JavaDriver(kafkaStreams, 'WordCount')
    const kafka = new kafkajs.Kafka({
      brokers: [cluster.bootstrapServers],
      logLevel: kafkajs.logLevel.NOTHING,
      connectionTimeout: waitMs,
      retry: { initialRetryTime: 100, maxRetryTime: 500, retries: 60 },
    })
    const [producer, consumer] = [kafka.producer(), kafka.consumer({ groupId: 'observer' })]
    onTestFinished(async () => {
      await driver.close()
      await Promise.all([producer.disconnect(), consumer.disconnect()])
      await cluster.close()
      rmSync(stateDir, { recursive: true, force: true })
    })
    const application = new Application(cluster, driver, producer, {
      'application.id': APPLICATION,
      'bootstrap.servers': cluster.bootstrapServers,
      'group.protocol': protocol,
      'processing.guarantee': guarantee,
      'state.dir': stateDir,
      'commit.interval.ms': '100',
      'consumer.auto.offset.reset': 'earliest',
      // A member of a classic group leaves only when its session expires.
      ...(protocol === 'classic' ? { 'num.standby.replicas': '1' } : {}),
    })
    await producer.connect()
    await consumer.connect()
    await consumer.subscribe({ topic: 'counts', fromBeginning: true })
    await consumer.run({
      eachMessage: async ({ message }) => {
        application.#counts.set(String(message.key), Number(message.value))
        application.#onCount()
      },
    })
    return application
  }

  /** Exceptions that have ended a thread. */
  get problems(): string {
    return this.#driver.said
      .split('\n')
      .filter((line) => line.includes('Exception'))
      .join('\n')
  }

  /** Ends the broker while both instances run, and starts it again. */
  async restartBroker(end: 'stop' | 'kill'): Promise<void> {
    await this.#cluster.broker(1)[end]()
    await this.#cluster.broker(1).start()
  }

  /** Each instance has its own directory for state. */
  startInstance(index: number): Promise<unknown> {
    const stateDir = `${this.#config['state.dir']}/${index}`
    const config = { ...this.#config, 'state.dir': stateDir }
    return this.#driver.ask({ op: 'start', index, config })
  }

  async closeInstance(index: number): Promise<void> {
    expect(await this.#driver.ask({ op: 'close', index })).toEqual({ state: 'NOT_RUNNING' })
  }

  async awaitMembers(members: number): Promise<void> {
    const group = this.#cluster.group(APPLICATION)
    await group.waitFor({ state: 'Stable', members }, { timeoutMs: waitMs })
  }

  async produceLines(): Promise<void> {
    await this.#producer.send({ topic: 'lines', messages: [...lines] })
  }

  /** Waits until all words of so many rounds are counted. */
  async awaitCounts(rounds: number): Promise<void> {
    const expected = { alpha: LINES * rounds, beta: LINES * rounds }
    const isCounted = (): boolean =>
      this.#counts.get('alpha') === expected.alpha &&
      this.#counts.get('beta') === expected.beta &&
      lines.every((_, index) => this.#counts.get(`word-${index}`) === rounds)
    await new Promise<void>((resolve, reject) => {
      const shown = (): string => JSON.stringify([...this.#counts].slice(0, 4))
      const timeout = setTimeout(
        () => reject(new Error(`not counted: ${shown()} ${this.problems}`)),
        waitMs,
      )
      this.#onCount = () => {
        if (!isCounted()) return
        clearTimeout(timeout)
        resolve()
      }
      this.#onCount()
    })
  }
}
