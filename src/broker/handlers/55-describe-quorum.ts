import { mapAnswer } from '../../controller/answer.ts'
import type { QuorumDescription } from '../../controller/quorum-description.ts'
import { METADATA_TOPIC } from '../../log/log-file-names.ts'
import { ZERO_UUID } from '../../platform/uuid.ts'
import { ErrorCode, errorMessage } from '../../protocol/error-code.ts'
import type { DescribeQuorum } from '../../protocol/messages/55-describe-quorum.ts'
import type { RequestOf, ResponseBody } from '../../protocol/schema/index.ts'
import type { BrokerServices } from '../broker-services.ts'
import type { Handler } from './handler.ts'

type Topics = RequestOf<typeof DescribeQuorum>['topics']
type Response = ResponseBody<typeof DescribeQuorum>

/** The controllers run in the process of the brokers; no client can connect to them. */
const NO_PORT = 0

/**
 * DescribeQuorum (55): returns the leader and the voters of the metadata quorum (KIP-595). Every
 * broker is a voter, so there are no observers.
 *
 *   v1  the times of a replica's last fetch and of its last catch-up (KIP-836)
 *   v2  directory ids and endpoints (KIP-853)
 */
export const describeQuorum: Handler<typeof DescribeQuorum> = ({ topics }, { services }) => {
  if (!isMetadataPartition(topics)) return unknownPartitions(topics)
  return mapAnswer(services.controller.describeQuorum(), (quorum) => {
    if (quorum !== undefined) return described(quorum, services)
    const errorCode = ErrorCode.RequestTimedOut
    return { errorCode, errorMessage: errorMessage(errorCode), topics: [], nodes: [] }
  })
}

function isMetadataPartition([topic, ...others]: Topics): boolean {
  if (topic?.topicName !== METADATA_TOPIC || others.length > 0) return false
  return topic.partitions.length === 1 && topic.partitions[0]!.partitionIndex === 0
}

function unknownPartitions(topics: Topics): Response {
  const errorCode = ErrorCode.UnknownTopicOrPartition
  const unknown = {
    errorCode,
    errorMessage: errorMessage(errorCode),
    leaderId: 0,
    leaderEpoch: 0,
    highWatermark: 0,
    currentVoters: [],
    observers: [],
  }
  return {
    errorCode: ErrorCode.None,
    errorMessage: '',
    topics: topics.map(({ topicName, partitions }) => ({
      topicName,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, ...unknown })),
    })),
    nodes: [],
  }
}

function described(quorum: QuorumDescription, { image }: BrokerServices): Response {
  const { leaderId, leaderEpoch, highWatermark, voters } = quorum
  const partition = {
    partitionIndex: 0,
    errorCode: ErrorCode.None,
    errorMessage: '',
    leaderId,
    leaderEpoch,
    highWatermark,
    // Voters have no directory ids with kraft.version 0.
    currentVoters: voters.map((voter) => ({ ...voter, replicaDirectoryId: ZERO_UUID })),
    observers: [],
  }
  const nodes = voters.flatMap(({ replicaId }) => {
    const endpoint = image.brokers.get(replicaId)?.endpoints[0]
    if (endpoint === undefined) return []
    const listener = { name: 'CONTROLLER', host: endpoint.host, port: NO_PORT }
    return { nodeId: replicaId, listeners: [listener] }
  })
  return {
    errorCode: ErrorCode.None,
    errorMessage: '',
    topics: [{ topicName: METADATA_TOPIC, partitions: [partition] }],
    nodes,
  }
}
