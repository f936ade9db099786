import { inHashMapOrder, javaStringHash } from '../platform/java-hash-map.ts'
import { ApiError } from '../protocol/api-error.ts'
import { ConfigResourceType, DEFAULT_BROKER } from '../protocol/config-resource.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import { Feature, changesMetadata, supportedFeatures } from './features.ts'
import type { MetadataImage } from './metadata-image.ts'
import type { FeatureUpdate } from './operations.ts'
import { configRecord, featureLevelRecord, noOpRecord } from './records.ts'
import type { NewRecord } from './records.ts'

/** How a level may change, by its code in the request (Kafka's `FeatureUpdate.UpgradeType`). */
const UpgradeType = { Upgrade: 1, SafeDowngrade: 2, UnsafeDowngrade: 3 } as const

/** The error of a request, or the records that make all of its changes. */
export type FeatureChanges = ApiError | readonly NewRecord[]

export interface FeatureChangeContext {
  readonly image: MetadataImage
  /** The broker of the active controller. */
  readonly nodeId: number
  /** The static `min.insync.replicas` of the controller. */
  readonly minInsyncReplicas: number
}

/**
 * Plans UpdateFeatures (KIP-584, Kafka's `FeatureControlManager`): all changes, or none if one of
 * them is refused. The last of several changes of one feature counts.
 */
export function planFeatureChanges(
  context: FeatureChangeContext,
  updates: readonly FeatureUpdate[],
): FeatureChanges {
  const last = new Map(updates.map((update) => [update.feature, update]))
  const proposed = new Map(context.image.features)
  for (const { feature, maxVersionLevel } of last.values()) proposed.set(feature, maxVersionLevel)
  const records: NewRecord[] = []
  for (const update of inHashMapOrder([...last.values()], hashOfName)) {
    const changed = planChange(context, update, proposed)
    if (changed instanceof ApiError) return changed
    records.push(changed)
  }
  const enablesElr = (last.get(Feature.EligibleLeaderReplicas)?.maxVersionLevel ?? 0) > 0
  return enablesElr ? [...elrSafetyRecords(context), ...records] : records
}

function hashOfName({ feature }: FeatureUpdate): number {
  return javaStringHash(feature)
}

function planChange(
  context: FeatureChangeContext,
  update: FeatureUpdate,
  proposed: ReadonlyMap<string, number>,
): NewRecord | ApiError {
  const { feature, maxVersionLevel: level, upgradeType } = update
  const current = context.image.features.get(feature) ?? 0
  const complaint =
    directionComplaint(context, update, current) ??
    (feature === Feature.KRaft ? kraftComplaint(update, current) : undefined) ??
    dependencyComplaint(feature, level, proposed)
  if (complaint !== undefined) {
    return invalid(`Invalid update version ${level} for feature ${feature}. ${complaint}`)
  }
  if (feature === Feature.KRaft) return noOpRecord()
  if (feature === Feature.Metadata && level < current && changesMetadata(level, current)) {
    const reason =
      upgradeType === UpgradeType.UnsafeDowngrade
        ? 'Unsafe metadata downgrade is not supported in this version.'
        : 'Refusing to perform the requested downgrade because it might delete metadata information.'
    return invalid(`Unsupported metadata.version downgrade from ${current} to ${level}. ${reason}`)
  }
  return featureLevelRecord(feature, level)
}

/** Returns why the level cannot be set, whatever the feature means. */
function directionComplaint(
  { nodeId }: FeatureChangeContext,
  { feature, maxVersionLevel: level, upgradeType }: FeatureUpdate,
  current: number,
): string | undefined {
  if (upgradeType < UpgradeType.Upgrade || upgradeType > UpgradeType.UnsafeDowngrade) {
    return 'The controller does not support the given upgrade type.'
  }
  if (level < 0) return 'A feature version cannot be less than 0.'
  const { min, max } = supportedFeatures.get(feature) ?? { min: 0, max: 0 }
  if (max === 0 && level > 0) return `Local controller ${nodeId} does not support this feature.`
  if (level < min || level > max) {
    return `Local controller ${nodeId} only supports versions ${min}-${max}`
  }
  const isUpgrade = upgradeType === UpgradeType.Upgrade
  if (level < current && isUpgrade) {
    return "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade."
  }
  return level > current && !isUpgrade ? "Can't downgrade to a newer version." : undefined
}

/** The voters of the quorum are fixed, which is level 0 (KIP-853). */
function kraftComplaint({ maxVersionLevel }: FeatureUpdate, current: number): string | undefined {
  return maxVersionLevel === current
    ? undefined
    : 'The voters of the quorum cannot change: controllers run with the brokers of one process.'
}

/** Returns which other feature needs a higher level first (Kafka's `Feature.validateVersion`). */
function dependencyComplaint(
  feature: string,
  level: number,
  proposed: ReadonlyMap<string, number>,
): string | undefined {
  if (!supportedFeatures.has(feature)) return `Feature ${feature} not found.`
  const needed = ELR_METADATA_VERSION
  return feature === Feature.EligibleLeaderReplicas &&
    level > 0 &&
    (proposed.get(Feature.Metadata) ?? 0) < needed
    ? `${feature} could not be set to ${level} because it depends on ${Feature.Metadata} level ${needed}`
    : undefined
}

/** The level of `metadata.version` that eligible leader replicas need: 4.0-IV1. */
const ELR_METADATA_VERSION = 23

/**
 * Returns the records that set `min.insync.replicas` for the cluster, and remove it from single
 * brokers, because eligible leader replicas need one value (KIP-966).
 */
function elrSafetyRecords({ image, minInsyncReplicas }: FeatureChangeContext): NewRecord[] {
  const type = ConfigResourceType.Broker
  const config = 'min.insync.replicas'
  const isSet = (name: string) => image.configs(type, name).has(config)
  const cluster = { type, name: DEFAULT_BROKER }
  return [
    ...(isSet(DEFAULT_BROKER) ? [] : [configRecord(cluster, config, String(minInsyncReplicas))]),
    ...image
      .configuredResources(type)
      .filter((name) => name !== DEFAULT_BROKER && isSet(name))
      .map((name) => configRecord({ type, name }, config, null)),
  ]
}

function invalid(message: string): ApiError {
  const prefix = 'The update failed for all features since the following feature had an error: '
  return new ApiError(ErrorCode.InvalidUpdateVersion, prefix + message)
}
