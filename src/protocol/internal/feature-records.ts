import { int16, int8, string } from '../schema/index.ts'
import { metadataRecord } from './metadata-record.ts'

/**
 * A feature was finalized at a level (KIP-584); every metadata log begins with `metadata.version`.
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

/**
 * A batch of changes begins that takes effect only when it has ended (KIP-868).
 */
export const BeginTransactionRecord = metadataRecord(
  23,
  'BeginTransactionRecord',
  { versions: [0, 0], flexible: 0 },
  {
    name: string.nullable().default(null).tag(0),
  },
)

/**
 * The batch of changes takes effect.
 */
export const EndTransactionRecord = metadataRecord(
  24,
  'EndTransactionRecord',
  { versions: [0, 0], flexible: 0 },
  {},
)

/**
 * The batch of changes is void.
 */
export const AbortTransactionRecord = metadataRecord(
  25,
  'AbortTransactionRecord',
  { versions: [0, 0], flexible: 0 },
  {
    reason: string.nullable().default(null).tag(0),
  },
)

/**
 * Nothing: written so that the log end moves and lag can be seen (KIP-835).
 */
export const NoOpRecord = metadataRecord(20, 'NoOpRecord', { versions: [0, 0], flexible: 0 }, {})

/**
 * How far the migration from ZooKeeper is; logs of new clusters begin with it too.
 */
export const ZkMigrationStateRecord = metadataRecord(
  21,
  'ZkMigrationStateRecord',
  { versions: [0, 0], flexible: 0 },
  {
    zkMigrationState: int8,
  },
)
