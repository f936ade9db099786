/** The API keys that Kafka 4.4 brokers serve, with Kafka's names, by part of Kafka. */
const namesByPart: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  records: {
    0: 'Produce',
    1: 'Fetch',
    2: 'ListOffsets',
    21: 'DeleteRecords',
    23: 'OffsetForLeaderEpoch',
  },
  'idempotent producers': { 22: 'InitProducerId' },
  'metadata and topics': {
    3: 'Metadata',
    18: 'ApiVersions',
    19: 'CreateTopics',
    20: 'DeleteTopics',
    37: 'CreatePartitions',
    60: 'DescribeCluster',
    75: 'DescribeTopicPartitions',
  },
  configs: {
    32: 'DescribeConfigs',
    33: 'AlterConfigs',
    44: 'IncrementalAlterConfigs',
    74: 'ListConfigResources',
  },
  'log directories': { 35: 'DescribeLogDirs' },
  'classic groups': {
    8: 'OffsetCommit',
    9: 'OffsetFetch',
    10: 'FindCoordinator',
    11: 'JoinGroup',
    12: 'Heartbeat',
    13: 'LeaveGroup',
    14: 'SyncGroup',
    15: 'DescribeGroups',
    16: 'ListGroups',
    42: 'DeleteGroups',
    47: 'OffsetDelete',
  },
  SASL: { 17: 'SaslHandshake', 36: 'SaslAuthenticate' },
  transactions: {
    24: 'AddPartitionsToTxn',
    25: 'AddOffsetsToTxn',
    26: 'EndTxn',
    27: 'WriteTxnMarkers',
    28: 'TxnOffsetCommit',
    61: 'DescribeProducers',
    65: 'DescribeTransactions',
    66: 'ListTransactions',
  },
  ACLs: { 29: 'DescribeAcls', 30: 'CreateAcls', 31: 'DeleteAcls' },
  'delegation tokens': {
    38: 'CreateDelegationToken',
    39: 'RenewDelegationToken',
    40: 'ExpireDelegationToken',
    41: 'DescribeDelegationToken',
  },
  'SCRAM users': { 50: 'DescribeUserScramCredentials', 51: 'AlterUserScramCredentials' },
  'replication and elections': {
    34: 'AlterReplicaLogDirs',
    43: 'ElectLeaders',
    45: 'AlterPartitionReassignments',
    46: 'ListPartitionReassignments',
  },
  'the controller quorum': {
    55: 'DescribeQuorum',
    57: 'UpdateFeatures',
    64: 'UnregisterBroker',
    80: 'AddRaftVoter',
    81: 'RemoveRaftVoter',
    94: 'UnregisterController',
  },
  quotas: { 48: 'DescribeClientQuotas', 49: 'AlterClientQuotas' },
  'client telemetry': { 71: 'GetTelemetrySubscriptions', 72: 'PushTelemetry' },
  'consumer groups of the new protocol (KIP-848)': {
    68: 'ConsumerGroupHeartbeat',
    69: 'ConsumerGroupDescribe',
  },
  'share groups (KIP-932)': {
    76: 'ShareGroupHeartbeat',
    77: 'ShareGroupDescribe',
    78: 'ShareFetch',
    79: 'ShareAcknowledge',
    83: 'InitializeShareGroupState',
    84: 'ReadShareGroupState',
    85: 'WriteShareGroupState',
    86: 'DeleteShareGroupState',
    87: 'ReadShareGroupStateSummary',
    90: 'DescribeShareGroupOffsets',
    91: 'AlterShareGroupOffsets',
    92: 'DeleteShareGroupOffsets',
  },
  'streams groups (KIP-1071)': {
    88: 'StreamsGroupHeartbeat',
    89: 'StreamsGroupDescribe',
    93: 'StreamsGroupTopologyDescriptionUpdate',
  },
}

/**
 * Returns the name of an API and its part of Kafka; `undefined` if brokers do not serve the key.
 */
export function apiKeyInfo(key: number): { name: string; part: string } | undefined {
  for (const [part, names] of Object.entries(namesByPart)) {
    const name = names[key]
    if (name !== undefined) return { name, part }
  }
  return undefined
}
