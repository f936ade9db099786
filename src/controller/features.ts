import { ConfigResourceType, DEFAULT_BROKER } from '../protocol/config-resource.ts'
import { configRecord, featureLevelRecord } from './records.ts'
import type { NewRecord } from './records.ts'

/** The feature levels that a 4.4 broker supports (KIP-584), in the order of its registration. */
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

/** The feature levels of a cluster that 4.4 formatted, in the order of their records. */
const initialLevels = [
  ['metadata.version', 33],
  ['eligible.leader.replicas.version', 1],
  ['group.version', 1],
  ['share.version', 2],
  ['streams.version', 1],
  ['transaction.version', 2],
] as const

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
