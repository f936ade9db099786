import { ConfigResourceType, DEFAULT_BROKER } from '../protocol/config-resource.ts'
import { configRecord, featureLevelRecord } from './records.ts'
import type { NewRecord } from './records.ts'

/** The names of features whose levels have rules of their own. */
export const Feature = {
  EligibleLeaderReplicas: 'eligible.leader.replicas.version',
  KRaft: 'kraft.version',
  Metadata: 'metadata.version',
} as const

/** The feature levels that a 4.4 broker supports (KIP-584), in the order of its registration. */
export const supportedFeatures: ReadonlyMap<
  string,
  { readonly min: number; readonly max: number }
> = new Map([
  ['group.version', { min: 0, max: 1 }],
  [Feature.KRaft, { min: 0, max: 1 }],
  [Feature.Metadata, { min: 7, max: 33 }],
  ['share.version', { min: 0, max: 2 }],
  ['streams.version', { min: 0, max: 1 }],
  ['transaction.version', { min: 0, max: 2 }],
  [Feature.EligibleLeaderReplicas, { min: 0, max: 1 }],
])

/** The feature levels of a cluster that 4.4 formatted, in the order of their records. */
const initialLevels = [
  [Feature.Metadata, 33],
  [Feature.EligibleLeaderReplicas, 1],
  ['group.version', 1],
  ['share.version', 2],
  ['streams.version', 1],
  ['transaction.version', 2],
] as const

/** The levels of `metadata.version` that changed the records of the metadata log. */
const metadataChanges = [7, 8, 11, 13, 14, 15, 17, 23, 30, 32, 33]

/** Whether metadata may be lost between a level of `metadata.version` and a higher one. */
export function changesMetadata(lower: number, higher: number): boolean {
  return metadataChanges.some((level) => level > lower && level <= higher)
}

/**
 * Returns the first records of a new metadata log: the feature levels and the cluster's
 * `min.insync.replicas`, which eligible leader replicas need (KIP-966).
 */
export function bootstrapRecords(minInsyncReplicas: number): NewRecord[] {
  return [
    ...initialLevels.map(([name, level]) => featureLevelRecord(name, level)),
    configRecord(
      { type: ConfigResourceType.Broker, name: DEFAULT_BROKER },
      'min.insync.replicas',
      String(minInsyncReplicas),
    ),
  ]
}
