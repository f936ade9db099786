import type { ClusterOptions } from '../../../src/index.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import {
  AddPartitionsToTxn,
  EndTxn,
  FindCoordinator,
  InitProducerId,
  Produce,
} from '../../../src/protocol/messages/index.ts'
import { batch, leaders, produceRequest, type Caller } from '../../broker/support.ts'
import { startTestCluster } from '../../support/test-cluster.ts'

/** The key type of transactional ids in FindCoordinator. */
const TRANSACTION = 1

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

/** Returns the broker that coordinates a transactional id; -1 if none does now. */
export async function transactionCoordinatorOf(caller: Caller, id: string): Promise<number> {
  const request = { key: '', keyType: TRANSACTION, coordinatorKeys: [id] }
  const { coordinators } = await caller.call(FindCoordinator, 4, request)
  return coordinators[0]!.nodeId
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
  readonly id: string
  readonly #brokers: Connector
  readonly #coordinator: Caller
  readonly #timeoutMs: number
  producerId = -1
  producerEpoch = -1
  #sequence = 0

  private constructor(id: string, brokers: Connector, coordinator: Caller, timeoutMs: number) {
    this.id = id
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
    const { id: transactionalId } = this
    const request = { transactionalId, transactionTimeoutMs: this.#timeoutMs }
    const response = await this.#coordinator.call(InitProducerId, 4, request)
    if (response.errorCode === ErrorCode.None) {
      const { producerId, producerEpoch } = response
      Object.assign(this, { producerId, producerEpoch })
      this.#sequence = 0
    }
    return response.errorCode
  }

  /** Adds a partition to the transaction. Returns the error code. */
  async add(topic: string, partition = 0): Promise<number> {
    const { resultsByTopicV3AndBelow } = await this.#coordinator.call(AddPartitionsToTxn, 3, {
      transactions: [],
      v3AndBelowTransactionalId: this.id,
      v3AndBelowProducerId: this.producerId,
      v3AndBelowProducerEpoch: this.producerEpoch,
      v3AndBelowTopics: [{ name: topic, partitions: [partition] }],
    })
    return resultsByTopicV3AndBelow[0]!.resultsByPartition[0]!.partitionErrorCode
  }

  /** Adds partition 0 to the transaction, and produces to it. Returns the error code. */
  async send(topic: string, value: string): Promise<number> {
    const added = await this.add(topic)
    if (added !== ErrorCode.None) return added
    const leader = await this.#brokers.connect((await leaders(this.#coordinator, topic))[0])
    const { producerId, producerEpoch } = this
    const records = batch([value], {
      isTransactional: true,
      producerId,
      producerEpoch,
      baseSequence: this.#sequence++,
    })
    const request = produceRequest(topic, [{ index: 0, records }], { transactionalId: this.id })
    const { responses } = await leader.call(Produce, 11, request)
    return responses[0]!.partitionResponses[0]!.errorCode
  }

  /** Returns the error code. */
  async end(committed: boolean): Promise<number> {
    const { id: transactionalId, producerId, producerEpoch } = this
    const request = { transactionalId, producerId, producerEpoch, committed }
    return (await this.#coordinator.call(EndTxn, 4, request)).errorCode
  }
}
