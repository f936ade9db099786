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

/** All kinds of records in `__cluster_metadata`, ordered by API key. */
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

/** A record of `__cluster_metadata`; `name` is its kind, and narrows the type of `record`. */
export type MetadataRecord = FramedRecord<(typeof metadataRecords)[number]>

/**
 * Decodes the value of a record in `__cluster_metadata` (Kafka's MetadataRecordSerde), which
 * `encodeFramed(schema, version, record)` wrote.
 *
 * @throws DecodeError if the bytes are not a known record
 */
export const decodeMetadataRecord: (bytes: Uint8Array) => MetadataRecord =
  framedDecoder(metadataRecords)
