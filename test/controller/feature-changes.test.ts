import { expect, test } from 'vitest'
import { planFeatureChanges } from '../../src/controller/feature-changes.ts'
import type { MetadataImage } from '../../src/controller/metadata-image.ts'
import { ApiError } from '../../src/protocol/api-error.ts'
import { ConfigResourceType } from '../../src/protocol/config-resource.ts'
import { decodeMetadataRecord } from '../../src/protocol/internal/cluster-metadata.ts'

const ELR = 'eligible.leader.replicas.version'

/** Plans changes of a cluster with other levels and broker configs than a new one. */
function plan(
  features: Readonly<Record<string, number>>,
  feature: string,
  maxVersionLevel: number,
  options: { upgradeType?: number; configs?: Readonly<Record<string, string>> } = {},
) {
  const { upgradeType = 1, configs = {} } = options
  const image = {
    features: new Map(Object.entries(features)),
    configs: (_: ConfigResourceType, name: string) =>
      new Map(configs[name] === undefined ? [] : [['min.insync.replicas', configs[name]]]),
    configuredResources: () => Object.keys(configs),
  } as unknown as MetadataImage
  const context = { image, nodeId: 1, minInsyncReplicas: 2 }
  const planned = planFeatureChanges(context, [{ feature, maxVersionLevel, upgradeType }])
  if (planned instanceof ApiError) return planned.message
  return planned.map((bytes) => decodeMetadataRecord(bytes).record)
}

test('a downgrade of metadata.version is safe if no level in between changed the metadata', () => {
  const safe = { upgradeType: 2 }
  expect(plan({ 'metadata.version': 29 }, 'metadata.version', 23, safe)).toEqual([
    { name: 'metadata.version', featureLevel: 23 },
  ])
  expect(plan({ 'metadata.version': 30 }, 'metadata.version', 29, safe)).toMatch(
    /Unsupported metadata.version downgrade from 30 to 29. Refusing to perform/,
  )
})

test('eligible leader replicas need metadata.version 23, of the same request or before', () => {
  expect(plan({ 'metadata.version': 22 }, ELR, 1)).toMatch(
    /eligible.leader.replicas.version could not be set to 1 because it depends on metadata.version level 23$/,
  )
  expect(plan({ 'metadata.version': 22 }, ELR, 0)).toEqual([{ name: ELR, featureLevel: 0 }])
})

test('eligible leader replicas make min.insync.replicas a config of the cluster (KIP-966)', () => {
  const resourceType = ConfigResourceType.Broker
  const name = 'min.insync.replicas'
  const level = { name: ELR, featureLevel: 1 }
  const levels = { 'metadata.version': 33 }
  expect(plan(levels, ELR, 1, { configs: { 1: '3' } })).toEqual([
    { resourceType, resourceName: '', name, value: '2' },
    { resourceType, resourceName: '1', name, value: null },
    level,
  ])
  expect(plan(levels, ELR, 1, { configs: { '': '3' } })).toEqual([level])
})
