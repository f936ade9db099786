import {
  BrokerRegistrationChangeRecord,
  FenceBrokerRecord,
  ProducerIdsRecord,
  RegisterBrokerRecord,
  RegisterControllerRecord,
  UnfenceBrokerRecord,
  UnregisterBrokerRecord,
  UnregisterControllerRecord,
} from './broker-records.ts'
import {
  AbortTransactionRecord,
  BeginTransactionRecord,
  EndTransactionRecord,
  FeatureLevelRecord,
  NoOpRecord,
  ZkMigrationStateRecord,
} from './feature-records.ts'
import { framedDecoder } from './metadata-record.ts'
import type { FramedRecord } from './metadata-record.ts'
import {
  AccessControlEntryRecord,
  ClientQuotaRecord,
  DelegationTokenRecord,
  RemoveAccessControlEntryRecord,
  RemoveDelegationTokenRecord,
  RemoveUserScramCredentialRecord,
  UserScramCredentialRecord,
} from './security-records.ts'
import {
  ClearElrRecord,
  ConfigRecord,
  PartitionChangeRecord,
  PartitionRecord,
  RemoveTopicRecord,
  TopicRecord,
} from './topic-records.ts'

/** Every kind of record in `__cluster_metadata`, in the order of their API keys. */
export const metadataRecords = [
  RegisterBrokerRecord,
  UnregisterBrokerRecord,
  TopicRecord,
  PartitionRecord,
  ConfigRecord,
  PartitionChangeRecord,
  FenceBrokerRecord,
  UnfenceBrokerRecord,
  RemoveTopicRecord,
  DelegationTokenRecord,
  UserScramCredentialRecord,
  FeatureLevelRecord,
  ClientQuotaRecord,
  ProducerIdsRecord,
  BrokerRegistrationChangeRecord,
  AccessControlEntryRecord,
  RemoveAccessControlEntryRecord,
  NoOpRecord,
  ZkMigrationStateRecord,
  RemoveUserScramCredentialRecord,
  BeginTransactionRecord,
  EndTransactionRecord,
  AbortTransactionRecord,
  RemoveDelegationTokenRecord,
  RegisterControllerRecord,
  ClearElrRecord,
  UnregisterControllerRecord,
] as const

/** A record of `__cluster_metadata`; `name` tells which, and narrows the type of `record`. */
export type MetadataRecord = FramedRecord<(typeof metadataRecords)[number]>

/**
 * Reads the value of a record in `__cluster_metadata` (Kafka's MetadataRecordSerde). Written by
 * `encodeFramed(schema, version, record)`.
 *
 * @throws DecodeError when the bytes are not a record known here
 */
export const decodeMetadataRecord: (bytes: Uint8Array) => MetadataRecord =
  framedDecoder(metadataRecords)
