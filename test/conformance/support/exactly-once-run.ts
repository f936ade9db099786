import { setTimeout as downtime } from 'node:timers/promises'
import { expect, vi } from 'vitest'
import kafkajs from 'kafkajs'
import type { Admin, Kafka, Producer } from 'kafkajs'
import type { PipelineRequest } from '../../../src/broker/pipeline/pipeline-request.ts'
import type { Random } from '../../../src/platform/random.ts'
import {
  AddOffsetsToTxn,
  AddPartitionsToTxn,
  EndTxn,
  FindCoordinator,
  InitProducerId,
  JoinGroup,
  OffsetFetch,
  Produce,
  TxnOffsetCommit,
} from '../../../src/protocol/messages/index.ts'
import type { CrashingCluster } from './crashing-cluster.ts'
import { waitMs } from './patience.ts'
import { Transformer } from './transformer.ts'

const group = 'transformers'
const bystander = 'bystander'
const batch = 5
/** Records that wait in the input, so that there is always work. */
const backlog = 100

/** Requests of every transaction; a client sends some of them. */
const ofTransactions = [Produce, AddPartitionsToTxn, AddOffsetsToTxn, TxnOffsetCommit, EndTxn]
const keysOfTransactions: readonly number[] = ofTransactions.map(({ key }) => key)
/** Requests of a new transformer. */
const keysOfStarts: readonly number[] = [
  InitProducerId,
  FindCoordinator,
  JoinGroup,
  OffsetFetch,
].map(({ key }) => key)

/** Clients retry several times in it, or not at all. */
const maxDowntimeMs = 300

type Kind = 'broker' | 'coordinator' | 'markers' | 'connection' | 'process' | 'zombie'

/** How often each kind of crash comes, of the sum. */
const weights: Readonly<Record<Kind, number>> = {
  broker: 6,
  coordinator: 4,
  markers: 4,
  connection: 6,
  process: 3,
  zombie: 1,
}

/** The keys of the records of each partition, in order, and the offsets of the group. */
export interface ExactlyOnceResults {
  readonly input: string[][]
  readonly output: string[][]
  readonly committed: number[]
}

/** Crashes brokers, connections and a transformer, while it works. */
export class ExactlyOnceRun {
  readonly #cluster: CrashingCluster
  readonly #command: readonly [string, ...string[]]
  readonly #partitions: number
  readonly #random: Random
  readonly #kafka: Kafka
  readonly #seen = new Set<number>()
  readonly #counts = new Map<Kind, number>()
  #transformer: Transformer | undefined
  #produced = 0
  #committed = 0
  #stuck = 0
  #isStopping = false
  #producer: Producer | undefined
  #admin: Admin | undefined

  constructor(
    cluster: CrashingCluster,
    command: readonly [string, ...string[]],
    options: { partitions: number; random: Random },
  ) {
    this.#cluster = cluster
    this.#command = command
    this.#partitions = options.partitions
    this.#random = options.random
    this.#kafka = new kafkajs.Kafka({
      clientId: bystander,
      brokers: cluster.bootstrapServers.split(','),
      logLevel: kafkajs.logLevel.NOTHING,
      retry: { initialRetryTime: 20, maxRetryTime: 200, retries: 200 },
    })
  }

  async start(): Promise<void> {
    this.#producer = this.#kafka.producer({ idempotent: true })
    this.#admin = this.#kafka.admin()
    await Promise.all([this.#producer.connect(), this.#admin.connect()])
    await this.#feed()
    this.#transformer = this.#newTransformer()
    await this.#cluster.requests(1, (request) => {
      if (this.#isOfTransformer(request)) this.#seen.add(request.apiKey)
      return request.apiKey === EndTxn.key
    })
    await this.#progress(1)
  }

  /** Injects one crash, of a random kind. Mostly waits until transactions are committed again. */
  async crash(): Promise<void> {
    await this.#feed()
    const kind = this.#pick()
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1)
    await this.#inject(kind)
    // Otherwise the next crash meets a transformer that still recovers.
    if (this.#random.int(4) > 0) await this.#progress(1 + this.#random.int(3))
  }

  /** Lets the transformer work without crashes until it has read all of the input. */
  async finish(): Promise<void> {
    // A race with a zombie can still feed the input.
    await expect.poll(() => this.#unread(), { timeout: waitMs }).toBe(0)
    this.#isStopping = true
    await this.#transformer!.stop()
  }

  async results(): Promise<ExactlyOnceResults> {
    const input = (await this.#endOffsets()).map((end, partition) =>
      Array.from({ length: end }, (_, offset) => `${partition}:${offset}`),
    )
    return { input, output: await this.#output(), committed: await this.#committedOffsets() }
  }

  summary(): string {
    const counts = [...this.#counts].map(([kind, count]) => `${kind} ${count}`)
    const total = [...this.#counts.values()].reduce((sum, count) => sum + count, 0)
    return `${total} crashes (${counts.sort().join(', ')}), ${this.#stuck} clients that were stuck`
  }

  async close(): Promise<void> {
    this.#isStopping = true
    await this.#transformer?.kill()
    await Promise.all([this.#producer?.disconnect(), this.#admin?.disconnect()])
  }

  async #inject(kind: Kind): Promise<void> {
    const moment = this.#random.int(2) === 0 ? 'before' : 'after'
    const isNext = this.#nextRequest()
    switch (kind) {
      case 'broker': {
        const ids = this.#cluster.brokerIds
        const id = ids[this.#random.int(ids.length)]!
        await this.#cluster.kill(id)
        return this.#restart(id)
      }
      case 'coordinator':
        return this.#restart(await this.#cluster.killAt(isNext, moment))
      case 'markers':
        return this.#restart(await this.#cluster.killBetweenPrepareAndComplete(moment))
      case 'connection':
        await this.#cluster.closeConnectionAt(isNext, moment)
        return
      case 'process':
        await this.#cluster.requests(1, isNext)
        return this.#killTransformer()
      case 'zombie':
        return this.#raiseZombie(isNext)
    }
  }

  /** Starts a broker again, after a downtime. */
  async #restart(brokerId: number): Promise<void> {
    await downtime(this.#random.int(maxDowntimeMs))
    await this.#cluster.startBroker(brokerId)
  }

  /**
   * Kills the transformer, which starts the next one. Sometimes a broker does not survive the first
   * requests of that one.
   */
  async #killTransformer(): Promise<void> {
    if (this.#random.int(2) === 0) return this.#transformer!.kill()
    const key = keysOfStarts[this.#random.int(keysOfStarts.length)]!
    const isOfStart = (request: PipelineRequest) =>
      this.#isOfTransformer(request) && request.apiKey === key
    const killed = this.#cluster.killAt(isOfStart, 'after')
    await this.#transformer!.kill()
    await this.#restart(await killed)
  }

  /** Resumes a suspended transformer after another one has taken over. */
  async #raiseZombie(isNext: (request: PipelineRequest) => boolean): Promise<void> {
    const zombie = this.#transformer!
    await this.#cluster.requests(1, isNext)
    zombie.suspend()
    this.#replace()
    await this.#progress(2)
    zombie.resume()
    // It is fenced. A client that survives that becomes a new producer, and fences the other one.
    await Promise.race([zombie.progress(1), this.#progress(3)])
    await zombie.kill()
  }

  /** Resolves when this many transactions are committed, by whichever transformer. */
  async #progress(transactions: number): Promise<void> {
    const goal = this.#transactions() + transactions
    while (this.#transactions() < goal) {
      await this.#feed()
      await this.#transformer!.progress(1)
    }
  }

  #transactions(): number {
    return this.#committed + this.#transformer!.committed
  }

  #replace(): void {
    this.#committed += this.#transformer!.committed
    this.#transformer = this.#newTransformer()
  }

  #newTransformer(): Transformer {
    const options = {
      bootstrapServers: this.#cluster.bootstrapServers,
      group,
      from: 'input',
      to: 'output',
      transactionalId: 'transformer',
      batch,
      sessionTimeoutMs: 1500,
    }
    return new Transformer(this.#command, options, (ended) => {
      if (ended.isStuck) this.#stuck++
      // It did not survive an error.
      if (ended === this.#transformer && !this.#isStopping) this.#replace()
    })
  }

  /** Keeps the backlog. Records that the client doubles are different input records. */
  async #feed(): Promise<void> {
    const missing = backlog - (await this.#unread())
    if (missing < backlog / 2) return
    const messages = Array.from({ length: missing }, () => ({ value: `value-${this.#produced++}` }))
    await this.#producer!.send({ topic: 'input', messages })
  }

  /** Returns the number of records after the committed offsets of the group. */
  async #unread(): Promise<number> {
    const [ends, committed] = await Promise.all([this.#endOffsets(), this.#committedOffsets()])
    const unread = ends.map((end, partition) => end - Math.max(committed[partition] ?? 0, 0))
    return unread.reduce((sum, count) => sum + count, 0)
  }

  /** First returns each kind once, so that the seed does not decide which kinds a run has. */
  #pick(): Kind {
    const all = Object.keys(weights) as Kind[]
    const missing = all.filter((kind) => !this.#counts.has(kind))
    const kinds = missing.length > 0 ? missing : all
    let at = this.#random.int(kinds.reduce((sum, kind) => sum + weights[kind], 0))
    return kinds.find((kind) => (at -= weights[kind]) < 0)!
  }

  /** Selects a kind of request that this client sends in each transaction. */
  #nextRequest(): (request: PipelineRequest) => boolean {
    const keys = keysOfTransactions.filter((key) => this.#seen.has(key))
    const key = keys[this.#random.int(keys.length)]!
    return (request) => this.#isOfTransformer(request) && request.apiKey === key
  }

  #isOfTransformer({ clientId }: PipelineRequest): boolean {
    return clientId !== bystander
  }

  async #endOffsets(): Promise<number[]> {
    const ends: number[] = []
    const partitions = await answered(() => this.#admin!.fetchTopicOffsets('input'))
    for (const { partition, high } of partitions) {
      ends[partition] = Number(high)
    }
    return ends
  }

  async #committedOffsets(): Promise<number[]> {
    const [offsets] = await answered(() =>
      this.#admin!.fetchOffsets({ groupId: group, topics: ['input'] }),
    )
    const committed: number[] = []
    for (const { partition, offset } of offsets!.partitions) committed[partition] = Number(offset)
    return committed
  }

  /** Reads everything that is committed, up to a last record in each partition. */
  async #output(): Promise<string[][]> {
    const last = 'last'
    const messages = Array.from({ length: this.#partitions }, (_, partition) => ({
      partition,
      key: last,
      value: '',
    }))
    await this.#producer!.send({ topic: 'output', messages })
    const consumer = this.#kafka.consumer({ groupId: 'verifier', maxWaitTimeInMs: 100 })
    await consumer.connect()
    await consumer.subscribe({ topic: 'output', fromBeginning: true })
    const output = messages.map((): string[] => [])
    let open = this.#partitions
    await new Promise<void>((resolve, reject) => {
      consumer.on('consumer.crash', ({ payload }) => reject(payload.error))
      void consumer.run({
        autoCommit: false,
        eachMessage: async ({ partition, message: { key } }) => {
          if (String(key) !== last) output[partition]!.push(String(key))
          else if (--open === 0) resolve()
        },
      })
    })
    await consumer.disconnect()
    return output
  }
}

/** Calls again after an error: the admin client of kafkajs does not always retry. */
function answered<T>(call: () => Promise<T>): Promise<T> {
  return vi.waitFor(call, { timeout: waitMs, interval: 50 })
}
