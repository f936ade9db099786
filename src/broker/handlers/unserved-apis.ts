/**
 * The API keys of Kafka 4.4 that are not emulated yet, by the part of Kafka that they belong to. ApiVersions does not
 * advertise them, and a request for one closes the connection.
 */
export const unservedApis = {
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
} as const

type UnservedApis = typeof unservedApis

/** The key of an API that has no handler. Every other API has one, or `handlers/index.ts` does not compile. */
export type UnservedApiKey = {
  [Part in keyof UnservedApis]: keyof UnservedApis[Part]
}[keyof UnservedApis]

/** Returns the name of an API that is not emulated yet and the part of Kafka that it belongs to. */
export function unservedApi(key: number): { name: string; part: string } | undefined {
  for (const [part, names] of Object.entries<Readonly<Record<number, string>>>(unservedApis)) {
    const name = names[key]
    if (name !== undefined) return { name, part }
  }
  return undefined
}
