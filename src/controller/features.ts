import { ConfigResourceType, DEFAULT_BROKER } from '../protocol/config-resource.ts'
import { configRecord, featureLevelRecord } from './records.ts'
import type { NewRecord } from './records.ts'

/** Levels by the names of features. */
export type FeatureLevels = Readonly<Record<string, number>>

/** The levels that a feature can have. */
export interface LevelRange {
  readonly min: number
  readonly max: number
}

/** The names of features whose levels have rules of their own. */
export const Feature = {
  EligibleLeaderReplicas: 'eligible.leader.replicas.version',
  KRaft: 'kraft.version',
  Metadata: 'metadata.version',
} as const

/** The feature levels that a 4.4 broker supports (KIP-584), in the order of its registration. */
export const supportedFeatures: ReadonlyMap<string, LevelRange> = new Map([
  ['group.version', { min: 0, max: 1 }],
  [Feature.KRaft, { min: 0, max: 1 }],
  [Feature.Metadata, { min: 7, max: 33 }],
  ['share.version', { min: 0, max: 2 }],
  ['streams.version', { min: 0, max: 1 }],
  ['transaction.version', { min: 0, max: 2 }],
  [Feature.EligibleLeaderReplicas, { min: 0, max: 1 }],
])

/** The feature levels of a cluster that 4.4 formatted, in the order of their records. */
const initialLevels: ReadonlyMap<string, number> = new Map([
  [Feature.Metadata, 33],
  [Feature.EligibleLeaderReplicas, 1],
  ['group.version', 1],
  ['share.version', 2],
  ['streams.version', 1],
  ['transaction.version', 2],
])

/** The levels of `metadata.version` that changed the records of the metadata log. */
const metadataChanges = [7, 8, 11, 13, 14, 15, 17, 23, 30, 32, 33]

/** Whether metadata may be lost between a level of `metadata.version` and a higher one. */
export function changesMetadata(lower: number, higher: number): boolean {
  return metadataChanges.some((level) => level > lower && level <= higher)
}

/**
 * Returns the levels of a feature that a new cluster can have; `undefined` for an unknown one. The
 * metadata has one format, and the voters are fixed.
 */
export function initialLevelsOf(feature: string): LevelRange | undefined {
  if (feature !== Feature.Metadata && feature !== Feature.KRaft) {
    return supportedFeatures.get(feature)
  }
  const level = initialLevels.get(feature) ?? 0
  return { min: level, max: level }
}

/**
 * Returns the first records of a new metadata log: the feature levels, except 0, and the cluster's
 * `min.insync.replicas`, which eligible leader replicas need (KIP-966).
 *
 * @param chosen levels that differ from those of a new 4.4 cluster
 */
export function bootstrapRecords(minInsyncReplicas: number, chosen: FeatureLevels): NewRecord[] {
  const levels = [...initialLevels]
    .map(([name, level]) => [name, chosen[name] ?? level] as const)
    .filter(([, level]) => level > 0)
  const records = levels.map(([name, level]) => featureLevelRecord(name, level))
  const hasElr = levels.some(([name]) => name === Feature.EligibleLeaderReplicas)
  return hasElr ? [...records, minInsyncReplicasRecord(minInsyncReplicas)] : records
}

function minInsyncReplicasRecord(minInsyncReplicas: number): NewRecord {
  return configRecord(
    { type: ConfigResourceType.Broker, name: DEFAULT_BROKER },
    'min.insync.replicas',
    String(minInsyncReplicas),
  )
}
