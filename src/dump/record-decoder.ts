import { metadataRecords } from '../protocol/internal/cluster-metadata.ts'
import * as consumerGroups from '../protocol/internal/consumer-group-records.ts'
import type { CoordinatorRecord } from '../protocol/internal/coordinator-record.ts'
import type { MetadataRecordSchema } from '../protocol/internal/metadata-record.ts'
import * as offsetsTopic from '../protocol/internal/offsets-topic.ts'
import * as remoteLog from '../protocol/internal/remote-log-metadata.ts'
import * as shareGroups from '../protocol/internal/share-group-records.ts'
import * as shareState from '../protocol/internal/share-state.ts'
import * as streamsGroups from '../protocol/internal/streams-group-records.ts'
import { TransactionLogRecord } from '../protocol/internal/transaction-log.ts'
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
} from '../protocol/consumer-protocol.ts'
import type { Fields, MessageSchema } from '../protocol/schema/index.ts'
import { Reader } from '../protocol/schema/index.ts'
import type { KafkaRecord } from '../record/kafka-record.ts'
import { messageJson } from './message-json.ts'
import type { SpecialFields } from './message-json.ts'

/** The content of the records of a topic: data of producers, or internal records of Kafka. */
export type RecordFormat =
  | 'data'
  | 'offsets'
  | 'transactionLog'
  | 'shareGroupState'
  | 'clusterMetadata'
  | 'remoteLogMetadata'

/**
 * A record of an internal topic as JSON, or the reason why it could not be decoded. A tombstone has
 * no value, and neither has a record that could not be decoded.
 */
export type DecodedRecord =
  | { readonly key: string | undefined; readonly value: string | undefined }
  | { readonly complaint: string; readonly isInKey: boolean }

export type RecordDecoder = (record: KafkaRecord) => DecodedRecord

/** Printed for a tombstone of an internal topic. */
export const DELETED = '<DELETE>'

/** Returns the format of the records in a topic with this name. */
export function formatOf(topic: string | undefined): RecordFormat {
  return formats.get(topic ?? '') ?? 'data'
}

const formats: ReadonlyMap<string, RecordFormat> = new Map([
  ['__consumer_offsets', 'offsets'],
  ['__transaction_state', 'transactionLog'],
  ['__share_group_state', 'shareGroupState'],
  ['__cluster_metadata', 'clusterMetadata'],
  ['__remote_log_metadata', 'remoteLogMetadata'],
])

/**
 * Returns the decoder of the records of a topic; `undefined` if keys and values have no known
 * format.
 */
export function decoderOf(format: RecordFormat): RecordDecoder | undefined {
  switch (format) {
    case 'data':
      return undefined
    case 'offsets':
      return coordinatorDecoder([
        ...recordsIn(offsetsTopic),
        ...recordsIn(consumerGroups),
        ...recordsIn(shareGroups),
        ...recordsIn(streamsGroups),
      ])
    case 'transactionLog':
      return coordinatorDecoder([TransactionLogRecord])
    case 'shareGroupState':
      return coordinatorDecoder(recordsIn(shareState))
    case 'clusterMetadata':
      return framedDecoder(metadataRecords)
    case 'remoteLogMetadata':
      return framedDecoder(Object.values(remoteLog) as readonly unknown[] as AnyFramedRecord[])
  }
}

type AnyCoordinatorRecord = CoordinatorRecord<Fields, Fields>
type AnyFramedRecord = Pick<MetadataRecordSchema, 'name' | 'apiKey'> & MessageSchema<Fields>

function recordsIn(room: Readonly<Record<string, unknown>>): AnyCoordinatorRecord[] {
  return Object.values(room) as AnyCoordinatorRecord[]
}

/**
 * Decodes keys and values of a coordinator's topic, in the format of Kafka's
 * `CoordinatorRecordMessageParser`.
 */
function coordinatorDecoder(kinds: readonly AnyCoordinatorRecord[]): RecordDecoder {
  const byType = new Map(kinds.map((kind) => [kind.type, kind]))
  return ({ key, value, offset }) => {
    if (key === null) {
      return {
        complaint: `Failed to decode message at offset ${offset} using the specified decoder (message had a missing key)`,
        isInKey: true,
      }
    }
    try {
      const keyReader = new Reader(key)
      const type = keyReader.int16()
      const kind = byType.get(type)
      if (kind === undefined) {
        const complaint = `Unknown record type ${type} at offset ${offset}, skipping.`
        return { complaint, isInKey: true }
      }
      return {
        key: `{"type":"${type}","data":${messageJson(kind.key, 0, keyReader)}}`,
        value: value === null ? undefined : valueJson(kind, value),
      }
    } catch (error) {
      const complaint = `Error at offset ${offset}, skipping. ${(error as Error).message}`
      return { complaint, isInKey: true }
    }
  }
}

function valueJson(kind: AnyCoordinatorRecord, value: Uint8Array): string {
  const reader = new Reader(value)
  const version = reader.int16()
  const isGroup = kind.type === offsetsTopic.GroupMetadataRecord.type
  const special = isGroup && isOfConsumers(value, version) ? consumerProtocol : {}
  return `{"version":"${version}","data":${messageJson(kind.value, version, reader, special)}}`
}

/**
 * Whether the members of a classic group are consumers, so that their subscriptions can be decoded.
 */
function isOfConsumers(value: Uint8Array, version: number): boolean {
  const { protocolType } = offsetsTopic.GroupMetadataRecord.value.decode(version, value, 2)
  return protocolType === 'consumer'
}

const consumerProtocol: SpecialFields = {
  subscription: (bytes) => versionedJson(ConsumerProtocolSubscription, bytes),
  assignment: (bytes) => versionedJson(ConsumerProtocolAssignment, bytes),
}

function versionedJson<F extends Fields>(
  schema: MessageSchema<F>,
  bytes: Uint8Array,
): string | undefined {
  try {
    const reader = new Reader(bytes)
    return messageJson(schema, Math.min(reader.int16(), schema.versions.max), reader)
  } catch {
    return undefined
  }
}

/**
 * Decodes values of the metadata log and of the topic of tiered storage, in the format of Kafka's
 * `ClusterMetadataLogMessageParser`.
 */
function framedDecoder(kinds: readonly AnyFramedRecord[]): RecordDecoder {
  const byKey = new Map(kinds.map((kind) => [kind.apiKey, kind]))
  return ({ value, offset }) => {
    try {
      const reader = new Reader(value ?? new Uint8Array(0))
      const frameVersion = reader.uvarint()
      const apiKey = reader.uvarint()
      const version = reader.uvarint()
      const kind = frameVersion === 1 ? byKey.get(apiKey) : undefined
      if (kind === undefined) {
        const found = `a record of type ${apiKey} in frame version ${frameVersion}`
        const complaint = `Error at ${offset}, skipping. There is no such record: ${found}`
        return { complaint, isInKey: false }
      }
      const data = messageJson(kind, version, reader)
      return {
        key: undefined,
        value: `{"type":"${snakeCase(kind.name)}","version":${version},"data":${data}}`,
      }
    } catch (error) {
      const complaint = `Error at ${offset}, skipping. ${(error as Error).message}`
      return { complaint, isInKey: false }
    }
  }
}

/** Converts `FeatureLevelRecord` to `FEATURE_LEVEL_RECORD`. */
function snakeCase(name: string): string {
  return name.replace(/(?<=.)[A-Z]/g, '_$&').toUpperCase()
}
