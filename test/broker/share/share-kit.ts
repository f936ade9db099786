import type { ClusterOptions } from '../../../src/index.ts'
import {
  FindCoordinator,
  IncrementalAlterConfigs,
  InitializeShareGroupState,
  ShareAcknowledge,
  ShareFetch,
} from '../../../src/protocol/messages/index.ts'
import type { ResponseOf } from '../../../src/protocol/schema/index.ts'
import type { KafkaConnection } from '../../support/kafka-connection.ts'
import { startTestCluster, type TestCluster } from '../../support/test-cluster.ts'
import { topicId as idOf, valuesOf } from '../support.ts'

export const Ack = { Gap: 0, Accept: 1, Release: 2, Reject: 3, Renew: 4 } as const

export const GROUP = 'group'

type FetchedPartition = ResponseOf<typeof ShareFetch>['responses'][number]['partitions'][number]

/** Acknowledgements: first offset, last offset, and one type or one per offset. */
export type Acks = readonly (readonly [first: number, last: number, ...types: number[]])[]

export interface ShareFetchOptions {
  readonly epoch?: number
  readonly partitions?: readonly number[]
  readonly topicId?: string
  readonly acks?: Acks
  readonly forgotten?: readonly number[]
  readonly maxWaitMs?: number
  readonly minBytes?: number
  readonly maxBytes?: number
  readonly maxRecords?: number
  readonly batchSize?: number
  readonly shareAcquireMode?: number
  readonly isRenewAck?: boolean
  readonly version?: number
}

/** A cluster with the topic `orders` and the stored state of a share group for it. */
export interface ShareCluster extends TestCluster {
  readonly topicId: string
  /** Starts a session of a member on a connection of its own. */
  member(memberId: string, brokerId?: number): Promise<ShareClient>
  configure(configs: Record<string, string>): Promise<void>
  initialize(partition: number, startOffset: number, stateEpoch?: number): Promise<void>
}

export async function startShareCluster(options: ClusterOptions = {}): Promise<ShareCluster> {
  const cluster = await startTestCluster({
    topics: [{ name: 'orders', partitions: 2 }],
    ...options,
  })
  const topicId = await idOf(cluster, 'orders')
  const initialize = async (partition: number, startOffset: number, stateEpoch = 1) => {
    const coordinatorKeys = [`${GROUP}:${topicId}:${partition}`]
    const { coordinators } = await cluster.call(FindCoordinator, 6, {
      key: '',
      keyType: 2,
      coordinatorKeys,
    })
    const coordinator = await cluster.connect(coordinators[0]!.nodeId)
    await coordinator.call(InitializeShareGroupState, 0, {
      groupId: GROUP,
      topics: [{ topicId, partitions: [{ partition, stateEpoch, startOffset }] }],
    })
    coordinator.close()
  }
  for (const partition of [0, 1]) await initialize(partition, 0)
  return {
    ...cluster,
    topicId,
    initialize,
    member: async (memberId, brokerId) =>
      new ShareClient(await cluster.connect(brokerId), topicId, memberId),
    configure: async (configs) => {
      await cluster.call(IncrementalAlterConfigs, 1, {
        resources: [
          {
            resourceType: 32,
            resourceName: GROUP,
            configs: Object.entries(configs).map(([name, value]) => ({
              name,
              configOperation: 0,
              value,
            })),
          },
        ],
        validateOnly: false,
      })
    },
  }
}

/** A member of the share group, with its session. */
export class ShareClient {
  readonly connection: KafkaConnection
  readonly topicId: string
  readonly memberId: string
  #epoch = 0

  constructor(connection: KafkaConnection, topicId: string, memberId: string) {
    this.connection = connection
    this.topicId = topicId
    this.memberId = memberId
  }

  async fetchResponse(options: ShareFetchOptions = {}): Promise<ResponseOf<typeof ShareFetch>> {
    const {
      epoch = this.#epoch,
      partitions = this.#epoch === 0 ? [0] : [],
      acks = [],
      forgotten = [],
      version = 2,
      topicId = this.topicId,
      ...limits
    } = options
    this.#epoch = epoch + 1
    const indexes = [...new Set([...partitions, ...(acks.length > 0 ? [0] : [])])]
    return this.connection.call(ShareFetch, version, {
      groupId: GROUP,
      memberId: this.memberId,
      shareSessionEpoch: epoch,
      maxWaitMs: 0,
      minBytes: 1,
      maxRecords: 500,
      batchSize: 500,
      ...limits,
      topics:
        indexes.length === 0
          ? []
          : [
              {
                topicId,
                partitions: indexes.map((partitionIndex) => ({
                  partitionIndex,
                  partitionMaxBytes: 0,
                  acknowledgementBatches: partitionIndex === 0 ? batchesOf(acks) : [],
                })),
              },
            ],
      forgottenTopicsData: forgotten.length === 0 ? [] : [{ topicId, partitions: [...forgotten] }],
    })
  }

  /** Fetches, and returns the answer for the first partition in the response. */
  async fetch(options: ShareFetchOptions = {}): Promise<FetchedPartition | undefined> {
    const { responses } = await this.fetchResponse(options)
    return responses[0]?.partitions[0]
  }

  /** Fetches, and returns the acquired offsets with their delivery counts. */
  async acquire(options: ShareFetchOptions = {}): Promise<number[][]> {
    return acquiredOf(await this.fetch(options))
  }

  async acknowledgeResponse(
    acks: Acks,
    options: { epoch?: number; partition?: number; isRenewAck?: boolean; version?: number } = {},
  ): Promise<ResponseOf<typeof ShareAcknowledge>> {
    const { epoch = this.#epoch, partition = 0, version = 2, isRenewAck } = options
    this.#epoch = epoch + 1
    return this.connection.call(ShareAcknowledge, version, {
      groupId: GROUP,
      memberId: this.memberId,
      shareSessionEpoch: epoch,
      ...(isRenewAck !== undefined && { isRenewAck }),
      topics: [
        {
          topicId: this.topicId,
          partitions: [{ partitionIndex: partition, acknowledgementBatches: batchesOf(acks) }],
        },
      ],
    })
  }

  /** Acknowledges, and returns the error of the partition. */
  async acknowledge(
    acks: Acks,
    options: { epoch?: number; partition?: number; isRenewAck?: boolean; version?: number } = {},
  ): Promise<{ errorCode: number; errorMessage: string | null }> {
    const { responses } = await this.acknowledgeResponse(acks, options)
    const { errorCode, errorMessage } = responses[0]!.partitions[0]!
    return { errorCode, errorMessage }
  }
}

/** Returns the acquired ranges as `[first, last, deliveryCount]`. */
export function acquiredOf(partition: FetchedPartition | undefined): number[][] {
  return (partition?.acquiredRecords ?? []).map(({ firstOffset, lastOffset, deliveryCount }) => [
    firstOffset,
    lastOffset,
    deliveryCount,
  ])
}

export function recordsOf(partition: FetchedPartition | undefined): string[] {
  return valuesOf(partition?.records ?? null)
}

function batchesOf(acks: Acks) {
  return acks.map(([firstOffset, lastOffset, ...acknowledgeTypes]) => ({
    firstOffset,
    lastOffset,
    acknowledgeTypes,
  }))
}
