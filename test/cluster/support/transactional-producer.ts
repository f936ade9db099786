import type { ClusterOptions } from '../../../src/index.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { Produce } from '../../../src/protocol/messages/index.ts'
import { batch, leaders, produceRequest, type Caller } from '../../broker/support.ts'
import {
  addPartitions,
  endTransaction,
  initProducer,
  transactionCoordinatorOf,
} from '../../broker/transactional-producer.ts'
import { startTestCluster } from '../../support/test-cluster.ts'

export const MINUTE_MS = 60_000

/** The transactional id of the tests. */
export const ID = 'shipping'

/** Starts a cluster with the topic `orders`, and returns a transactional id of it. */
export async function start(options: ClusterOptions = {}) {
  const scene = await startTestCluster({ topics: [{ name: 'orders' }], ...options })
  return { ...scene, scene, transaction: scene.cluster.transaction(ID) }
}

/** The brokers of a cluster. */
export interface Connector {
  connect(brokerId?: number): Promise<Caller>
}

/** Returns a transactional id that a broker coordinates. */
export async function idCoordinatedBy(brokerId: number, { connect }: Connector): Promise<string> {
  const caller = await connect()
  for (let index = 0; ; index++) {
    if ((await transactionCoordinatorOf(caller, `id-${index}`)) === brokerId) return `id-${index}`
  }
}

/**
 * A producer with a transactional id that sends single requests, in the versions before KIP-890. It
 * neither retries nor checks anything.
 */
export class TransactionalProducer {
  readonly transactionalId: string
  readonly #brokers: Connector
  readonly #coordinator: Caller
  readonly #timeoutMs: number
  producerId = -1
  producerEpoch = -1
  #sequence = 0

  private constructor(id: string, brokers: Connector, coordinator: Caller, timeoutMs: number) {
    this.transactionalId = id
    this.#brokers = brokers
    this.#coordinator = coordinator
    this.#timeoutMs = timeoutMs
  }

  /** Connects to the coordinator of an id, and initializes it. */
  static async open(
    brokers: Connector,
    id: string,
    timeoutMs = MINUTE_MS,
  ): Promise<TransactionalProducer> {
    const coordinatorId = await transactionCoordinatorOf(await brokers.connect(), id)
    const coordinator = await brokers.connect(coordinatorId)
    const producer = new TransactionalProducer(id, brokers, coordinator, timeoutMs)
    await producer.init()
    return producer
  }

  /** Returns the error code. */
  async init(): Promise<number> {
    const fields = { transactionTimeoutMs: this.#timeoutMs }
    const response = await initProducer(this.#coordinator, this.transactionalId, fields, 4)
    if (response.errorCode === ErrorCode.None) {
      const { producerId, producerEpoch } = response
      Object.assign(this, { producerId, producerEpoch })
      this.#sequence = 0
    }
    return response.errorCode
  }

  /** Adds a partition to the transaction. Returns the error code. */
  async add(topic: string, partition = 0): Promise<number> {
    const [errorCode] = await addPartitions(this.#coordinator, this, topic, [partition])
    return errorCode!
  }

  /** Adds partition 0 to the transaction, and produces to it. Returns the error code. */
  async send(topic: string, value: string): Promise<number> {
    const added = await this.add(topic)
    if (added !== ErrorCode.None) return added
    const leader = await this.#brokers.connect((await leaders(this.#coordinator, topic))[0])
    const { transactionalId, producerId, producerEpoch } = this
    const records = batch([value], {
      isTransactional: true,
      producerId,
      producerEpoch,
      baseSequence: this.#sequence++,
    })
    const request = produceRequest(topic, [{ index: 0, records }], { transactionalId })
    const { responses } = await leader.call(Produce, 11, request)
    return responses[0]!.partitionResponses[0]!.errorCode
  }

  /** Returns the error code. */
  async end(committed: boolean): Promise<number> {
    const { transactionalId, producerId, producerEpoch } = this
    const producer = { transactionalId, producerId, producerEpoch }
    return (await endTransaction(this.#coordinator, producer, committed, 4)).errorCode
  }
}
