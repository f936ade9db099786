import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { AlterConfigs, DescribeConfigs } from '../../../src/protocol/messages/index.ts'
import { startTestCluster } from '../../support/test-cluster.ts'
import { createTopic, type Caller } from '../support.ts'

async function alter(
  caller: Caller,
  configs: Record<string, string>,
  { version = 2, name = 'orders', validateOnly = false } = {},
) {
  const resources = [
    {
      resourceType: 2,
      resourceName: name,
      configs: Object.entries(configs).map(([config, value]) => ({ name: config, value })),
    },
  ]
  return (await caller.call(AlterConfigs, version, { resources, validateOnly })).responses[0]!
}

/** Returns the configs that are set on the topic itself. */
async function ownConfigs(caller: Caller): Promise<Record<string, string | null>> {
  const resources = [{ resourceType: 2, resourceName: 'orders', configurationKeys: null }]
  const { results } = await caller.call(DescribeConfigs, 4, { resources })
  const own = results[0]!.configs.filter(({ configSource }) => configSource === 1)
  return Object.fromEntries(own.map(({ name, value }) => [name, value]))
}

test.each([0, 1, 2])('replaces all configs of a topic in version %i', async (version) => {
  const cluster = await startTestCluster()
  await createTopic(cluster, 'orders', { configs: { 'retention.ms': '1000' } })
  const altered = await alter(cluster, { 'max.message.bytes': '2000' }, { version })
  expect(altered).toMatchObject({ errorCode: ErrorCode.None, resourceName: 'orders' })
  expect(await ownConfigs(cluster)).toEqual({ 'max.message.bytes': '2000' })
  await alter(cluster, {}, { version })
  expect(await ownConfigs(cluster)).toEqual({})
})

test('validateOnly changes nothing, and so does an error', async () => {
  const cluster = await startTestCluster()
  await createTopic(cluster, 'orders', { configs: { 'retention.ms': '1000' } })
  await alter(cluster, { 'retention.ms': '5' }, { validateOnly: true })
  const refused = await alter(cluster, { 'retention.ms': '5', nonsense: '1' })
  expect(refused.errorCode).toBe(ErrorCode.InvalidConfig)
  expect(await ownConfigs(cluster)).toEqual({ 'retention.ms': '1000' })
  const unknown = await alter(cluster, {}, { name: 'nothing' })
  expect(unknown.errorCode).toBe(ErrorCode.UnknownTopicOrPartition)
})
