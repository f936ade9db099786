import { ConfigResourceType, DEFAULT_BROKER } from './config-resource.ts'
import { configRecord, featureLevelRecord } from './records.ts'
import type { NewRecord } from './records.ts'

/** The levels of each feature that a broker of 4.4 supports (KIP-584), in the order in which it tells them. */
export const supportedFeatures: ReadonlyMap<
  string,
  { readonly min: number; readonly max: number }
> = new Map([
  ['group.version', { min: 0, max: 1 }],
  ['kraft.version', { min: 0, max: 1 }],
  ['metadata.version', { min: 7, max: 33 }],
  ['share.version', { min: 0, max: 2 }],
  ['streams.version', { min: 0, max: 1 }],
  ['transaction.version', { min: 0, max: 2 }],
  ['eligible.leader.replicas.version', { min: 0, max: 1 }],
])

/** The levels that a cluster formatted by 4.4 starts with, in the order they are written. */
const initialLevels = [
  ['metadata.version', 33],
  ['eligible.leader.replicas.version', 1],
  ['group.version', 1],
  ['share.version', 2],
  ['streams.version', 1],
  ['transaction.version', 2],
] as const

/**
 * What the metadata log of a new cluster begins with: the levels of its features and, as eligible leader replicas
 * need it (KIP-966), the cluster's `min.insync.replicas`.
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
