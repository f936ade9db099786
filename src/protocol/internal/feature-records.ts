import { int16, int8, string } from '../schema/index.ts'
import { metadataRecord } from './metadata-record.ts'

/**
 * A feature was finalized at a level (KIP-584). Every metadata log starts with `metadata.version`.
 * Level 0 removes the feature.
 */
export const FeatureLevelRecord = metadataRecord(
  12,
  'FeatureLevelRecord',
  { versions: [0, 0], flexible: 0 },
  {
    name: string,
    featureLevel: int16,
  },
)

/** The start of a batch of changes that takes effect only when it has ended (KIP-868). */
export const BeginTransactionRecord = metadataRecord(
  23,
  'BeginTransactionRecord',
  { versions: [0, 0], flexible: 0 },
  {
    name: string.nullable().default(null).tag(0),
  },
)

/** The batch of changes takes effect. */
export const EndTransactionRecord = metadataRecord(
  24,
  'EndTransactionRecord',
  { versions: [0, 0], flexible: 0 },
  {},
)

/** The batch of changes is dropped. */
export const AbortTransactionRecord = metadataRecord(
  25,
  'AbortTransactionRecord',
  { versions: [0, 0], flexible: 0 },
  {
    reason: string.nullable().default(null).tag(0),
  },
)

/** A record without content: it moves the log end, so that lag is visible (KIP-835). */
export const NoOpRecord = metadataRecord(20, 'NoOpRecord', { versions: [0, 0], flexible: 0 }, {})

/** The state of the migration from ZooKeeper; logs of new clusters also start with it. */
export const ZkMigrationStateRecord = metadataRecord(
  21,
  'ZkMigrationStateRecord',
  { versions: [0, 0], flexible: 0 },
  {
    zkMigrationState: int8,
  },
)
