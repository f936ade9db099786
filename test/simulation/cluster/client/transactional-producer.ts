import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { Produce } from '../../../../src/protocol/messages/00-produce.ts'
import { encodeBatch } from '../../../../src/record/batch-encoder.ts'
import type { TopicModel } from '../model/topics-model.ts'
import { Transaction, type Ending } from '../model/transaction.ts'
import type { TransactionalId } from '../model/transactional-id.ts'
import { ClientClosed, orLost, type Client } from './client.ts'
import type { Committer } from './offsets.ts'
import { TransactionCalls, type Verdict } from './transaction-calls.ts'
import { commitOffsetsIn } from './transaction-offsets.ts'

/** The number of attempts after which a batch counts as refused for good. */
const MAX_ATTEMPTS = 400

/** The records of a transaction for one partition. */
export interface PlannedRecords {
  readonly topic: TopicModel
  readonly partition: number
  readonly batches: number
}

/** The offsets that a transaction commits. */
export interface PlannedOffsets {
  readonly group: string
  readonly offsets: ReadonlyMap<string, number>
  readonly committer: Committer
}

/** The content of one transaction, and its end. */
export interface Plan {
  readonly records: readonly PlannedRecords[]
  readonly offsets: PlannedOffsets | undefined
  /** How long it waits before it ends the transaction, in milliseconds. */
  readonly pauseMs: number
  /** Undefined: the producer disappears, and leaves the transaction open. */
  readonly ending: Ending | undefined
}

/** Errors after which the producer retries a batch. */
const retriable = new Set<number>([
  ErrorCode.NotLeaderOrFollower,
  ErrorCode.LeaderNotAvailable,
  ErrorCode.KafkaStorageError,
  ErrorCode.NotEnoughReplicas,
  ErrorCode.NotEnoughReplicasAfterAppend,
  ErrorCode.RequestTimedOut,
])

/**
 * A producer with a transactional id. With `transaction.version` 2 its partitions are added to a
 * transaction implicitly, and each transaction has an epoch of its own (KIP-890). Otherwise it adds
 * them with AddPartitionsToTxn, and all transactions have the same epoch.
 */
export class TransactionalProducer {
  readonly #client: Client
  readonly #calls: TransactionCalls
  readonly #id: TransactionalId
  readonly #timeoutMs: number
  /** The next sequences, by the names of topics and not by their ids, as in Java's client. */
  readonly #sequences = new Map<string, number>()
  /** Whether it is a client from before KIP-890. */
  readonly #isOld: boolean
  #isImplicit = false
  #count = 0
  isBusy = false
  hasEnded = false

  constructor(client: Client, id: TransactionalId) {
    this.#client = client
    this.#id = id
    this.#isOld = client.world.settings.hasOldProducersOnly || client.dice.chance(0.3)
    this.#timeoutMs = client.dice.pick([1500, 5000, 20_000])
    this.#calls = new TransactionCalls(client, id, this.#timeoutMs)
  }

  /**
   * Runs one transaction, unless another producer fences this one before.
   *
   * @param onBegin called with the transaction before anything is sent
   */
  async transact(plan: Plan, onBegin: (transaction: Transaction) => void = () => {}) {
    this.isBusy = true
    try {
      await this.#transact(plan, onBegin)
    } catch (error) {
      if (!(error instanceof ClientClosed)) throw error
      this.hasEnded = true
    } finally {
      this.isBusy = false
    }
  }

  async #transact(plan: Plan, onBegin: (transaction: Transaction) => void): Promise<void> {
    if (this.#calls.session === undefined) await this.#calls.init()
    this.#isImplicit = !this.#isOld && (await this.#calls.transactionVersion()) >= 2
    if (this.#calls.hasLost && !(await this.#bumpEpoch())) return
    const transaction = this.#begin()
    onBegin(transaction)
    let verdict = await this.#write(transaction, plan)
    if (verdict !== 'fenced' && plan.pauseMs > 0) await this.#client.pass(plan.pauseMs)
    if (plan.ending === undefined) return this.close()
    if (verdict !== 'fenced') {
      verdict = await this.#end(transaction, verdict === 'abort' ? 'aborted' : plan.ending)
    }
    if (verdict === 'fenced') this.#onFenced()
    // Late copies of requests must not meet the next transaction.
    else if (this.#calls.hasLost && !this.#isImplicit) await this.#bumpEpoch()
  }

  /** Disappears without ending its transaction. */
  close(): void {
    this.hasEnded = true
    this.#client.close()
  }

  #begin(): Transaction {
    const name = `${this.#id.name}/${this.#client.name}.${++this.#count}`
    const transaction = new Transaction(this.#calls.session!, name, this.#timeoutMs)
    this.#id.transactions.push(transaction)
    this.#client.note(
      () => `begins ${name} in epoch ${transaction.producerEpoch} of ${transaction.producerId}`,
    )
    return transaction
  }

  async #bumpEpoch(): Promise<boolean> {
    const verdict = await this.#calls.bumpEpoch()
    this.#sequences.clear()
    if (verdict === 'fenced') this.#onFenced()
    return verdict === 'ok'
  }

  /** Starts again with the next transaction. A zombie continues, and must be refused. */
  #onFenced(): void {
    this.#calls.hasLost = false
    const session = this.#calls.session!
    session.mayBeFenced = true
    if (session.isFenced && this.#client.dice.chance(0.6)) return
    this.#calls.session = undefined
    this.#sequences.clear()
  }

  async #write(transaction: Transaction, { records, offsets }: Plan): Promise<Verdict> {
    const names = records.map(({ topic, partition }) => `${topic.name}-${partition}`)
    if (!this.#isImplicit && names.length > 0) {
      const verdict = await this.#calls.addPartitions(transaction, [...new Set(names)])
      if (verdict !== 'ok') return verdict
    }
    const verdicts = await Promise.all(records.map((each) => this.#produceAll(transaction, each)))
    const worst = verdicts.find((each) => each === 'fenced') ?? verdicts.find((v) => v === 'abort')
    if (worst !== undefined) return worst
    if (offsets === undefined) return 'ok'
    if (!this.#isImplicit) {
      const verdict = await this.#calls.addOffsets(transaction, offsets.group)
      if (verdict !== 'ok') return verdict
    }
    return commitOffsetsIn(transaction, offsets, this.#calls, this.#isImplicit)
  }

  async #end(transaction: Transaction, ending: Ending): Promise<Verdict> {
    const { dice } = this.#client
    const version = this.#isImplicit ? 5 : this.#client.version(0, 4)
    // Without an added partition the coordinator may have no transaction to end.
    if (!this.#isImplicit && !transaction.isStarted) return 'ok'
    if (this.#isImplicit && ending === 'committed' && !transaction.isStarted) return 'ok'
    const verdict = await this.#calls.end(transaction, ending, version)
    if (verdict !== 'ok') return verdict
    if (this.#isImplicit) {
      this.#sequences.clear()
      this.#calls.hasLost = false
    }
    const other = ending === 'committed' ? 'aborted' : 'committed'
    if (dice.chance(0.15)) {
      await this.#calls.endAgain(transaction, dice.pick([ending, other]), version)
    }
    return 'ok'
  }

  async #produceAll(transaction: Transaction, planned: PlannedRecords): Promise<Verdict> {
    for (let batches = 0; batches < planned.batches; batches++) {
      const verdict = await this.#produce(transaction, planned)
      if (verdict !== 'ok') return verdict
    }
    return 'ok'
  }

  /** Sends one batch until it is acknowledged, or gives it up. */
  async #produce(transaction: Transaction, planned: PlannedRecords): Promise<Verdict> {
    const { topic, partition } = planned
    const client = this.#client
    const model = topic.partitions[partition]!
    const key = `${topic.name} ${partition}`
    const version = this.#isImplicit ? client.dice.pick([12, 13, 13]) : client.version(3, 11)
    const sequence = this.#sequences.get(key) ?? 0
    const isByName = version < 13
    const values = this.#newValues(transaction, planned, isByName)
    const records = this.#encode(transaction, values, sequence)
    const patienceMs = client.dice.chance(0.1) ? client.dice.between(1, 30) : Infinity
    for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts++) {
      const port = await client.leaderPort(topic.id, partition)
      if (port === undefined) {
        if (!topic.hasPartition(partition, client.nowMs)) {
          this.#calls.hasLost = true
          return 'abort'
        }
        await client.backOff()
        continue
      }
      const partitionData = [{ index: partition, records: Buffer.from(records) }]
      const topicData = [{ name: topic.name, topicId: topic.id, partitionData }]
      const request = {
        transactionalId: this.#id.name,
        acks: -1,
        timeoutMs: 5000,
        topicData,
      }
      transaction.start(client.nowMs)
      const sentAtMs = client.nowMs
      const answer = await orLost(client.call(port, Produce, version, request, { patienceMs }))
      if (answer === undefined) {
        client.forgetLeaders()
        if (patienceMs < Infinity) {
          this.#calls.hasLost = true
          return 'abort'
        }
        await client.backOff()
        continue
      }
      const { errorCode, baseOffset } = answer.responses[0]!.partitionResponses[0]!
      if (errorCode === ErrorCode.None || errorCode === ErrorCode.DuplicateSequenceNumber) {
        // A name may mean a topic that was created after the deletion of this one.
        if (!isByName || topic.isThere(sentAtMs)) {
          model.acknowledge(values, { baseOffset, sentAtMs, nowMs: client.nowMs })
        }
        transaction.add(`${topic.name}-${partition}`, client.nowMs)
        this.#sequences.set(key, sequence + values.length)
        return 'ok'
      }
      const verdict = this.#verdict(errorCode, transaction, topic, sentAtMs)
      if (verdict !== 'again') {
        this.#calls.hasLost = true
        return verdict
      }
      client.forgetLeaders()
      await client.backOff()
    }
    return client.world.disagree(`${model.name} never takes ${values[0]}`)
  }

  #verdict(errorCode: number, transaction: Transaction, topic: TopicModel, sentAtMs: number) {
    const { world } = this.#client
    if (retriable.has(errorCode)) return 'again'
    if (errorCode === ErrorCode.UnknownTopicId || errorCode === ErrorCode.UnknownTopicOrPartition) {
      if (topic.isThere(sentAtMs) && world.seesTopics(sentAtMs)) {
        world.disagree(`${topic.name} is answered as unknown, and was created before`)
      }
      return topic.isThere(sentAtMs) ? 'again' : 'abort'
    }
    // A topic that was deleted and created again does not know the earlier sequences.
    const isOutOfOrder = errorCode === ErrorCode.OutOfOrderSequenceNumber
    if (isOutOfOrder && world.model.topics.wasDeleted(topic.name)) return 'abort'
    return this.#isImplicit
      ? this.#calls.implicitVerdict(errorCode, 'Produce', transaction)
      : this.#calls.verdict(errorCode, 'Produce', transaction)
  }

  #newValues(transaction: Transaction, planned: PlannedRecords, isByName: boolean): string[] {
    const { topic, partition } = planned
    const model = topic.partitions[partition]!
    const { isFenced } = transaction.session
    const producer = `${transaction.name}:${topic.id.slice(0, 4)}`
    return Array.from({ length: this.#client.dice.between(1, 3) }, () => {
      const number = transaction.nextNumber(model)
      const value = `${producer}:${number}`
      model.attempt(
        { value, producer, number, isIdempotent: true, transaction, isFenced },
        isByName,
      )
      return value
    })
  }

  #encode(
    { producerId, producerEpoch }: Transaction,
    values: readonly string[],
    baseSequence: number,
  ): Uint8Array {
    const timestamp = Math.floor(this.#client.nowMs)
    const records = values.map((value) => ({
      key: Buffer.from(value),
      value: Buffer.alloc(0),
      timestamp,
    }))
    const isTransactional = true
    return encodeBatch(records, { producerId, producerEpoch, baseSequence, isTransactional })
  }
}
