import { onTestFinished } from 'vitest'
import { KafkaClient } from '../../../src/client/kafka-client.ts'
import type { ClientOptions } from '../../../src/client/client-options.ts'
import type { ProducerOptions } from '../../../src/client/producer/producer-options.ts'
import type { Producer } from '../../../src/client/producer/producer.ts'
import { ManualClock } from '../../../src/index.ts'
import { SeededRandom } from '../../../src/platform/random.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import {
  AddOffsetsToTxn,
  AddPartitionsToTxn,
  ApiVersions,
  EndTxn,
  FindCoordinator,
  InitProducerId,
  Metadata,
  Produce,
  TxnOffsetCommit,
} from '../../../src/protocol/messages/index.ts'
import type { Api, RequestOf, ResponseInput } from '../../../src/protocol/schema/index.ts'
import { batchesOf } from '../../../src/record/batch-view.ts'
import { allApis } from '../../support/all-apis.ts'
import { InterceptedNetwork, type InterceptedRequest, type Verdict } from './intercepted-network.ts'

const TOPIC = 'orders'
const TOPIC_ID = 'AAAAAAAAQACAAAAAAAAAAQ'
const PARTITIONS = 3
const PRODUCER_ID = 7

/** The fate of a request that does not succeed: an error code, or what the network does. */
type Fault = number | 'loseResponse' | 'cut' | 'hang'

/**
 * One broker that answers the requests of transactional producers without any state: successfully,
 * or as a test has told it. It records the requests.
 */
export class ScriptedBroker {
  readonly clock = new ManualClock()
  readonly network = new InterceptedNetwork()
  /** One line per request about transactions, in the order of their arrival. */
  readonly requests: string[] = []
  /** The level of the feature `transaction.version`. */
  transactionVersion = 2
  #featuresEpoch = 1
  #epoch = -1
  readonly #faults = new Map<number, Fault[]>()
  readonly client: KafkaClient

  constructor(options: Partial<ClientOptions> = {}) {
    this.network.verdict = (request) => this.#answer(request)
    this.client = new KafkaClient(
      { bootstrapServers: 'broker', ...options },
      { network: this.network, clock: this.clock, random: new SeededRandom(1) },
    )
    onTestFinished(() => this.client.close())
  }

  /** Creates a producer with the transactional id `t`. */
  producer(options: ProducerOptions = {}): Producer {
    return this.client.producer({ transactionalId: 't', ...options })
  }

  /** Makes the next requests of an API fail, one after the other. */
  fail(api: Api, ...faults: Fault[]): void {
    this.#faults.set(api.key, [...(this.#faults.get(api.key) ?? []), ...faults])
  }

  /** Changes `transaction.version`. Clients notice with their next connection. */
  setTransactionVersion(level: number): void {
    this.transactionVersion = level
    this.#featuresEpoch++
    for (const socket of this.network.sockets) socket.destroy()
  }

  #answer(request: InterceptedRequest): Verdict {
    const { api, version, body } = request
    if (api.key === ApiVersions.key) return { answer: this.#versions() }
    if (api.key === Metadata.key) return { answer: metadata() }
    const line = describeRequest(api, version, body)
    if (line !== undefined) this.requests.push(line)
    const fault = this.#faults.get(api.key)?.shift() ?? ErrorCode.None
    if (fault === 'cut' || fault === 'hang') return fault
    const code = fault === 'loseResponse' ? ErrorCode.None : fault
    const response = this.#respond(api, version, body, code)
    if (fault === 'loseResponse') return 'cut'
    return { answer: { throttleTimeMs: 0, ...response } }
  }

  #respond(api: Api, version: number, body: unknown, errorCode: number): object {
    switch (api.key) {
      case FindCoordinator.key:
        return coordinator(body as RequestOf<typeof FindCoordinator>, errorCode)
      case InitProducerId.key:
        if (errorCode === ErrorCode.None) this.#epoch++
        return { errorCode, producerId: PRODUCER_ID, producerEpoch: this.#epoch }
      case AddPartitionsToTxn.key:
        return addedPartitions(body as RequestOf<typeof AddPartitionsToTxn>, errorCode)
      case AddOffsetsToTxn.key:
        return { errorCode }
      case TxnOffsetCommit.key:
        return committedOffsets(body as RequestOf<typeof TxnOffsetCommit>, errorCode)
      case EndTxn.key:
        if (version < 5 || errorCode !== ErrorCode.None) return { errorCode }
        return { errorCode, producerId: PRODUCER_ID, producerEpoch: ++this.#epoch }
      default:
        return produced(body as RequestOf<typeof Produce>, errorCode)
    }
  }

  #versions(): ResponseInput<typeof ApiVersions> {
    const level = this.transactionVersion
    return {
      errorCode: 0,
      throttleTimeMs: 0,
      apiKeys: allApis.map(({ key, current }) => ({
        apiKey: key,
        minVersion: current.min,
        maxVersion: current.max,
      })),
      supportedFeatures: [],
      finalizedFeaturesEpoch: this.#featuresEpoch,
      finalizedFeatures: [
        { name: 'transaction.version', maxVersionLevel: level, minVersionLevel: level },
      ],
    }
  }
}

function describeRequest(api: Api, version: number, body: unknown): string | undefined {
  switch (api.key) {
    case FindCoordinator.key: {
      const { keyType, coordinatorKeys } = body as RequestOf<typeof FindCoordinator>
      return `FindCoordinator ${keyType === 1 ? 'transaction' : 'group'} ${coordinatorKeys[0]}`
    }
    case InitProducerId.key: {
      const { producerId, producerEpoch } = body as RequestOf<typeof InitProducerId>
      return `InitProducerId ${producerId === -1 ? 'new' : `epoch ${producerEpoch}`}`
    }
    case AddPartitionsToTxn.key: {
      const request = body as RequestOf<typeof AddPartitionsToTxn>
      const partitions = request.v3AndBelowTopics.flatMap(({ partitions }) => partitions)
      return `AddPartitionsToTxn v${version} ${partitions.join()} epoch ${request.v3AndBelowProducerEpoch}`
    }
    case AddOffsetsToTxn.key: {
      const { groupId } = body as RequestOf<typeof AddOffsetsToTxn>
      return `AddOffsetsToTxn ${groupId}`
    }
    case TxnOffsetCommit.key: {
      const request = body as RequestOf<typeof TxnOffsetCommit>
      const { groupId, generationIdOrMemberEpoch, memberId } = request
      return `TxnOffsetCommit v${version} ${groupId} ${generationIdOrMemberEpoch} ${memberId}`.trim()
    }
    case EndTxn.key: {
      const { committed, producerEpoch } = body as RequestOf<typeof EndTxn>
      return `EndTxn v${version} ${committed ? 'commit' : 'abort'} epoch ${producerEpoch}`
    }
    case Produce.key:
      return `Produce v${version} ${describeBatches(body as RequestOf<typeof Produce>)}`
  }
  return undefined
}

function describeBatches({ transactionalId, topicData }: RequestOf<typeof Produce>): string {
  const batches = topicData.flatMap(({ partitionData }) =>
    partitionData.flatMap(({ index, records }) =>
      [...batchesOf(records!)].map((batch) => {
        const { producerEpoch, baseSequence, isTransactional } = batch
        const id = isTransactional ? transactionalId : 'no transaction'
        return `${id} ${index} epoch ${producerEpoch} sequence ${baseSequence}`
      }),
    ),
  )
  return batches.join(', ')
}

function metadata(): ResponseInput<typeof Metadata> {
  const partitions = Array.from({ length: PARTITIONS }, (_, partitionIndex) => ({
    errorCode: 0,
    partitionIndex,
    leaderId: 1,
    leaderEpoch: 0,
    replicaNodes: [1],
    isrNodes: [1],
    offlineReplicas: [],
  }))
  return {
    throttleTimeMs: 0,
    brokers: [{ nodeId: 1, host: 'broker', port: 9092, rack: null }],
    clusterId: 'c',
    controllerId: 1,
    topics: [{ errorCode: 0, name: TOPIC, topicId: TOPIC_ID, isInternal: false, partitions }],
    errorCode: 0,
  }
}

function coordinator({ coordinatorKeys }: RequestOf<typeof FindCoordinator>, errorCode: number) {
  const address = { nodeId: 1, host: 'broker', port: 9092 }
  return {
    throttleTimeMs: 0,
    coordinators: coordinatorKeys.map((key) => ({
      key,
      ...address,
      errorCode,
      errorMessage: null,
    })),
  }
}

function addedPartitions(request: RequestOf<typeof AddPartitionsToTxn>, errorCode: number) {
  const resultsByTopicV3AndBelow = request.v3AndBelowTopics.map(({ name, partitions }) => ({
    name,
    resultsByPartition: partitions.map((partitionIndex) => ({
      partitionIndex,
      partitionErrorCode: errorCode,
    })),
  }))
  return { throttleTimeMs: 0, errorCode: 0, resultsByTransaction: [], resultsByTopicV3AndBelow }
}

function committedOffsets({ topics }: RequestOf<typeof TxnOffsetCommit>, errorCode: number) {
  return {
    throttleTimeMs: 0,
    topics: topics.map(({ name, topicId, partitions }) => ({
      name,
      topicId,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    })),
  }
}

function produced({ topicData }: RequestOf<typeof Produce>, errorCode: number) {
  const responses = topicData.map(({ name, topicId, partitionData }) => ({
    name,
    topicId,
    partitionResponses: partitionData.map(({ index }) => ({
      index,
      errorCode,
      baseOffset: errorCode === ErrorCode.None ? 0 : -1,
      recordErrors: [],
      currentLeader: { leaderId: -1, leaderEpoch: -1 },
    })),
  }))
  return { responses, nodeEndpoints: [] }
}
