import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import {
  IncrementalAlterConfigs,
  ListConfigResources,
} from '../../../src/protocol/messages/index.ts'
import { startTestCluster } from '../../support/test-cluster.ts'
import type { Caller } from '../support.ts'

const TOPIC = 2
const BROKER = 4
const CLIENT_METRICS = 16
const GROUP = 32

async function list(caller: Caller, resourceTypes: number[], version = 1) {
  const { errorCode, configResources } = await caller.call(ListConfigResources, version, {
    resourceTypes,
  })
  expect(errorCode).toBe(ErrorCode.None)
  return configResources.map(({ resourceType, resourceName }) => [resourceType, resourceName])
}

async function setConfig(caller: Caller, resourceType: number, resourceName: string, name: string) {
  const configs = [{ name, configOperation: 0, value: '60000' }]
  const resources = [{ resourceType, resourceName, configs }]
  await caller.call(IncrementalAlterConfigs, 1, { resources, validateOnly: false })
}

test('returns resources of the requested types (KIP-1142)', async () => {
  const cluster = await startTestCluster({ brokers: 2, topics: [{ name: 'orders' }] })
  await setConfig(cluster, CLIENT_METRICS, 'metrics', 'interval.ms')
  await setConfig(cluster, GROUP, 'group', 'consumer.session.timeout.ms')
  expect(await list(cluster, [TOPIC])).toEqual([[TOPIC, 'orders']])
  expect((await list(cluster, [BROKER])).sort()).toEqual([
    [BROKER, '1'],
    [BROKER, '2'],
  ])
  expect(await list(cluster, [GROUP, CLIENT_METRICS])).toEqual(
    expect.arrayContaining([
      [GROUP, 'group'],
      [CLIENT_METRICS, 'metrics'],
    ]),
  )
  const all = await list(cluster, [])
  expect(new Set(all.map(([type]) => type))).toContain(TOPIC)
})

test('version 0 returns only client metrics (KIP-714)', async () => {
  const cluster = await startTestCluster({ topics: [{ name: 'orders' }] })
  expect(await list(cluster, [], 0)).toEqual([])
  await setConfig(cluster, CLIENT_METRICS, 'metrics', 'interval.ms')
  expect(await list(cluster, [], 0)).toEqual([[CLIENT_METRICS, 'metrics']])
})

test('refuses a type without configs: UNSUPPORTED_VERSION', async () => {
  const { call } = await startTestCluster()
  const refused = await call(ListConfigResources, 1, { resourceTypes: [99] })
  expect(refused).toMatchObject({ errorCode: ErrorCode.UnsupportedVersion, configResources: [] })
})
