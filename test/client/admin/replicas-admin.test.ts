import { describe, expect, it } from 'vitest'
import { KafkaClient } from '../../../src/client/kafka-client.ts'
import { ManualClock } from '../../../src/index.ts'
import { SeededRandom } from '../../../src/platform/random.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import {
  AlterPartitionReassignments,
  AlterReplicaLogDirs,
  ApiVersions,
  DescribeProducers,
  ElectLeaders,
  ListPartitionReassignments,
  Metadata,
} from '../../../src/protocol/messages/index.ts'
import { answering, InterceptedNetwork } from '../support/intercepted-network.ts'
import type { InterceptedRequest, Verdict } from '../support/intercepted-network.ts'

const orders0 = { topic: 'orders', partition: 0 }
const orders1 = { topic: 'orders', partition: 1 }
const topicId = 'AAAAAAAAAAAAAAAAAAAAAQ'

const served = [
  AlterPartitionReassignments,
  AlterReplicaLogDirs,
  DescribeProducers,
  ElectLeaders,
  ListPartitionReassignments,
  Metadata,
].map(({ key, current }) => ({ apiKey: key, minVersion: current.min, maxVersion: current.max }))

/** A client of a broker that answers as a test says. */
function clientOf(...answers: ((request: InterceptedRequest) => Verdict)[]) {
  const versions = answering(ApiVersions, () => ({
    errorCode: 0,
    apiKeys: served,
    throttleTimeMs: 0,
    supportedFeatures: [],
    finalizedFeatures: [],
  }))
  const metadata = answering(Metadata, () => ({
    throttleTimeMs: 0,
    brokers: [{ nodeId: 1, host: 'a', port: 1, rack: null }],
    controllerId: 1,
    topics: [
      {
        errorCode: 0,
        name: 'orders',
        topicId,
        partitions: [0, 1].map((partitionIndex) => ({
          errorCode: 0,
          partitionIndex,
          leaderId: 1,
          leaderEpoch: 0,
          replicaNodes: [1],
          isrNodes: [1],
          offlineReplicas: [],
        })),
      },
    ],
    errorCode: 0,
  }))
  const network = new InterceptedNetwork()
  network.verdict = (request) => {
    for (const answer of [versions, metadata, ...answers]) {
      const verdict = answer(request)
      if (verdict !== undefined) return verdict
    }
    return undefined
  }
  const client = new KafkaClient(
    { bootstrapServers: 'a:1' },
    { network, clock: new ManualClock(), random: new SeededRandom(1) },
  )
  return { admin: client.admin, network }
}

describe('the admin of replicas', () => {
  it('elects leaders, and takes one that is right already for elected', async () => {
    const errors = [ErrorCode.None, ErrorCode.ElectionNotNeeded]
    const { admin, network } = clientOf(
      answering(ElectLeaders, () => ({
        throttleTimeMs: 0,
        errorCode: 0,
        replicaElectionResults: [
          {
            topic: 'orders',
            partitionResult: errors.map((errorCode, partitionId) => ({
              partitionId,
              errorCode,
              errorMessage: null,
            })),
          },
        ],
      })),
    )
    await admin.replicas.electLeaders('unclean', [orders0, orders1])
    expect(network.requestsOf(ElectLeaders)).toMatchObject([
      { electionType: 1, topicPartitions: [{ topic: 'orders', partitions: [0, 1] }] },
    ])
  })

  it('reassigns partitions, cancels that, and lists what is going on', async () => {
    let errorCode: number = ErrorCode.None
    const { admin, network } = clientOf(
      answering(AlterPartitionReassignments, () => ({
        throttleTimeMs: 0,
        errorCode: 0,
        errorMessage: null,
        responses: [
          { name: 'orders', partitions: [{ partitionIndex: 0, errorCode, errorMessage: null }] },
        ],
      })),
      answering(ListPartitionReassignments, () => ({
        throttleTimeMs: 0,
        errorCode: 0,
        errorMessage: null,
        topics: [
          {
            name: 'orders',
            partitions: [
              { partitionIndex: 0, replicas: [1, 2], addingReplicas: [2], removingReplicas: [] },
            ],
          },
        ],
      })),
    )
    await admin.replicas.reassign([{ ...orders0, replicas: [1, 2] }])
    expect(await admin.replicas.listReassignments()).toMatchObject([
      { ...orders0, replicas: [1, 2], addingReplicas: [2], removingReplicas: [] },
    ])
    errorCode = ErrorCode.NoReassignmentInProgress
    await expect(admin.replicas.reassign([{ ...orders0, replicas: null }])).rejects.toMatchObject({
      errorName: 'NO_REASSIGNMENT_IN_PROGRESS',
    })
    expect(network.requestsOf(AlterPartitionReassignments)).toMatchObject([
      { topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, replicas: [1, 2] }] }] },
      { topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, replicas: null }] }] },
    ])
  })

  it('moves replicas to other log directories of their brokers', async () => {
    const { admin, network } = clientOf(
      answering(AlterReplicaLogDirs, ({ dirs }) => ({
        throttleTimeMs: 0,
        results: dirs.flatMap(({ topics }) =>
          topics.map(({ name, partitions }) => ({
            topicName: name,
            partitions: partitions.map((partitionIndex) => ({ partitionIndex, errorCode: 0 })),
          })),
        ),
      })),
    )
    await admin.cluster.alterReplicaLogDirs([
      { ...orders0, brokerId: 1, path: '/a' },
      { ...orders1, brokerId: 1, path: '/b' },
    ])
    expect(network.requestsOf(AlterReplicaLogDirs)).toEqual([
      {
        dirs: [
          { path: '/a', topics: [{ name: 'orders', partitions: [0] }] },
          { path: '/b', topics: [{ name: 'orders', partitions: [1] }] },
        ],
      },
    ])
  })

  it('shows the producers of partitions', async () => {
    const producer = {
      producerId: 1,
      producerEpoch: 2,
      lastSequence: 3,
      lastTimestamp: 4,
      coordinatorEpoch: 5,
      currentTxnStartOffset: -1,
    }
    const { admin } = clientOf(
      answering(DescribeProducers, () => ({
        throttleTimeMs: 0,
        topics: [
          {
            name: 'orders',
            partitions: [{ partitionIndex: 0, errorCode: 0, activeProducers: [producer] }],
          },
        ],
      })),
    )
    expect(await admin.records.describeProducers([orders0])).toMatchObject([
      { ...orders0, producers: [producer] },
    ])
  })
})
