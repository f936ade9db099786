import {
  AlterReplicaLogDirs,
  DescribeCluster,
  DescribeLogDirs,
  DescribeQuorum,
} from '../../protocol/messages/index.ts'
import type { ResponseOf } from '../../protocol/schema/index.ts'
import type { ClientCore } from '../client-core.ts'
import { BrokerError, check } from '../client-error.ts'
import { retry } from '../retry.ts'
import { flatten, groupByTopic, nameOf, type TopicPartition } from '../topic-partition.ts'
import type { CallOptions } from './call-options.ts'
import { retryEach } from './retry-each.ts'

/** The cluster with its brokers. */
export type ClusterDescription = ResponseOf<typeof DescribeCluster>
/** The metadata quorum: its leader, its voters and its observers. */
export type QuorumInfo = ResponseOf<typeof DescribeQuorum>['topics'][number]['partitions'][number]
type LogDirResponse = ResponseOf<typeof DescribeLogDirs>['results'][number]

/** A log directory of a broker, with the replicas in it. */
export interface LogDirDescription {
  readonly brokerId: number
  readonly path: string
  /** Set when the directory cannot be used, such as after its disk has failed. */
  readonly error: BrokerError | undefined
  readonly replicas: readonly (TopicPartition & {
    readonly sizeBytes: number
    /** The distance to the leader's log end offset. */
    readonly offsetLag: number
    /** Whether it will replace the replica in another directory. */
    readonly isFuture: boolean
  })[]
  /** -1 if unknown. */
  readonly totalBytes: number
  /** -1 if unknown. */
  readonly usableBytes: number
}

/** A replica, and its target directory. */
export interface ReplicaMove extends TopicPartition {
  readonly brokerId: number
  readonly path: string
}

/** Describes the cluster and the disks of its brokers. */
export class ClusterAdmin {
  readonly #core: ClientCore

  constructor(core: ClientCore) {
    this.#core = core
  }

  /** Returns cluster id, controller and brokers. */
  describe({ signal }: CallOptions = {}): Promise<ClusterDescription> {
    const { metadata, settings, closing } = this.#core
    const signals = [closing, signal]
    return retry(settings, signals, async () => {
      const broker = await metadata.any(signals)
      const request = { includeClusterAuthorizedOperations: false, includeFencedBrokers: false }
      const response = await broker.send(DescribeCluster, request)
      check(response.errorCode, 'describing the cluster', response.errorMessage)
      return response
    })
  }

  /** Returns the state of the metadata quorum (KIP-595). */
  describeQuorum({ signal }: CallOptions = {}): Promise<QuorumInfo> {
    const { metadata, settings, closing } = this.#core
    const signals = [closing, signal]
    const topics = [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }]
    return retry(settings, signals, async () => {
      const broker = await metadata.any(signals)
      const response = await broker.send(DescribeQuorum, { topics })
      const operation = 'describing the metadata quorum'
      check(response.errorCode, operation, response.errorMessage)
      const quorum = response.topics[0]!.partitions[0]!
      check(quorum.errorCode, operation, quorum.errorMessage)
      return quorum
    })
  }

  /** Returns the log directories of brokers, by default of all. */
  async describeLogDirs(
    brokerIds?: readonly number[],
    { signal }: CallOptions = {},
  ): Promise<LogDirDescription[]> {
    const { metadata, settings, closing } = this.#core
    const signals = [closing, signal]
    await retry(settings, signals, () => metadata.fetch([], signals))
    const ids = brokerIds ?? [...metadata.brokers.keys()]
    const ofBrokers = await Promise.all(
      ids.map((id) =>
        retry(settings, signals, async () => {
          const broker = await metadata.broker(id, undefined, signals)
          const response = await broker.send(DescribeLogDirs, { topics: null })
          check(response.errorCode, `the log directories of broker ${id}`)
          return response.results.map((result) => toDescription(id, result))
        }),
      ),
    )
    return ofBrokers.flat()
  }

  /** Moves replicas to other log directories of their brokers (KIP-113). */
  alterReplicaLogDirs(moves: readonly ReplicaMove[], { signal }: CallOptions = {}): Promise<void> {
    const operationOf = (move: ReplicaMove): string => `moving ${nameOf(move)} to ${move.path}`
    return retryEach(this.#core, [signal], moves, operationOf, async (items) => {
      const ids = [...new Set(items.map(({ brokerId }) => brokerId))]
      const ofBrokers = await Promise.all(
        ids.map((id) =>
          this.#moveOn(
            id,
            items.filter(({ brokerId }) => brokerId === id),
            signal,
          ),
        ),
      )
      return ofBrokers.flat()
    })
  }

  async #moveOn(brokerId: number, moves: readonly ReplicaMove[], signal?: AbortSignal) {
    const broker = await this.#core.metadata.broker(brokerId, undefined, [signal])
    const dirs = [...new Set(moves.map(({ path }) => path))].map((path) => ({
      path,
      topics: groupByTopic(
        moves.filter((move) => move.path === path),
        ({ partition }) => partition,
      ),
    }))
    const { results } = await broker.send(AlterReplicaLogDirs, { dirs })
    const topics = results.map(({ topicName, partitions }) => ({ name: topicName, partitions }))
    return flatten(topics, ({ partitionIndex }) => partitionIndex).map((each) => ({
      item: moves.find((move) => nameOf(move) === nameOf(each))!,
      errorCode: each.errorCode,
    }))
  }
}

function toDescription(brokerId: number, result: LogDirResponse): LogDirDescription {
  const { errorCode, logDir, topics, totalBytes, usableBytes } = result
  const operation = `log directory ${logDir} of broker ${brokerId}`
  return {
    brokerId,
    path: logDir,
    error: errorCode === 0 ? undefined : new BrokerError(errorCode, operation),
    replicas: flatten(topics, ({ partitionIndex }) => partitionIndex).map((each) => ({
      topic: each.topic,
      partition: each.partition,
      sizeBytes: each.partitionSize,
      offsetLag: each.offsetLag,
      isFuture: each.isFutureKey,
    })),
    totalBytes,
    usableBytes,
  }
}
