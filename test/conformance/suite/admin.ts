import { expect } from 'vitest'
import { waitMs } from '../support/patience.ts'
import type { Scene } from './scene.ts'
import { numbered, scenario, uniqueName } from './scene.ts'

/** The controller acknowledges a change before every broker shows it. */
const soon = { timeout: waitMs, interval: 50 }

const topicAlreadyExists = 36
const unknownTopicOrPartition = 3
const nonEmptyGroup = 68
const offsetOutOfRange = 1

/** Tests the admin requests of a client: topics, configs, offsets, groups, the cluster. */
export function adminScenarios(scene: Scene): void {
  topicScenarios(scene)

  scenario(scene, ['listOffset'], 'ListOffsets finds both ends of a partition', async () => {
    const topic = uniqueName('offsets')
    await scene.fixture.createTopic(topic)
    await scene.client.produce({ topic, records: numbered(6) })
    expect(await scene.client.listOffset({ topic, at: 'earliest' })).toBe(0)
    expect(await scene.client.listOffset({ topic, at: 'latest' })).toBe(6)
  })

  scenario(scene, ['deleteRecords'], 'DeleteRecords moves the log start offset', async () => {
    const topic = uniqueName('delete-records')
    await scene.fixture.createTopic(topic)
    await scene.client.produce({ topic, records: numbered(6) })
    await scene.client.deleteRecords({ topic, before: 4 })
    expect(await scene.client.listOffset({ topic, at: 'earliest' })).toBe(4)
    const left = await scene.client.consume({ topic, count: 2 })
    expect(left.map(({ value }) => value)).toEqual(['value-4', 'value-5'])
    await expect(scene.client.deleteRecords({ topic, before: 100 })).rejects.toMatchObject({
      code: offsetOutOfRange,
    })
  })

  groupScenarios(scene)

  scenario(scene, ['describeCluster'], 'the cluster names its broker and controller', async () => {
    const { brokers, controller } = await scene.client.describeCluster({})
    expect(brokers).toHaveLength(1)
    expect([null, brokers[0]]).toContain(controller)
  })
}

function topicScenarios(scene: Scene): void {
  scenario(
    scene,
    ['createTopic', 'deleteTopic'],
    'a topic is created with partitions, listed, and deleted',
    async () => {
      const topic = uniqueName('topic')
      await scene.client.createTopic({ topic, partitions: 3 })
      await expect.poll(() => scene.client.listTopics({}), soon).toContain(topic)
      expect(await scene.client.countPartitions({ topic })).toBe(3)
      await scene.client.deleteTopic({ topic })
      await expect.poll(() => scene.client.listTopics({}), soon).not.toContain(topic)
    },
  )

  const withConfigs = 'a topic is created with configs'
  scenario(scene, ['createTopic', 'describeConfig'], withConfigs, async () => {
    const topic = uniqueName('configs')
    const config = { 'retention.ms': '3600000', 'cleanup.policy': 'compact' }
    await scene.client.createTopic({ topic, partitions: 1, config })
    await expect
      .poll(() => scene.client.describeConfig({ topic }), soon)
      .toMatchObject({ ...config, 'segment.bytes': '1073741824' })
  })

  scenario(
    scene,
    ['createTopic', 'deleteTopic'],
    'a topic that exists and a topic that does not are refused',
    async () => {
      const topic = uniqueName('twice')
      await scene.fixture.createTopic(topic)
      await expect(scene.client.createTopic({ topic, partitions: 1 })).rejects.toMatchObject({
        code: topicAlreadyExists,
      })
      await expect(
        scene.client.deleteTopic({ topic: uniqueName('unknown') }),
      ).rejects.toMatchObject({ code: unknownTopicOrPartition })
    },
  )

  scenario(scene, ['alterConfig'], "a topic's config is altered", async () => {
    const topic = uniqueName('config')
    await scene.fixture.createTopic(topic)
    await scene.client.alterConfig({ topic, name: 'retention.ms', value: '123456' })
    await expect
      .poll(() => scene.client.describeConfig({ topic }), soon)
      .toMatchObject({ 'retention.ms': '123456' })
  })

  scenario(scene, ['createPartitions'], 'partitions are added to a topic', async () => {
    const topic = uniqueName('partitions')
    await scene.fixture.createTopic(topic, 2)
    await scene.client.createPartitions({ topic, count: 5 })
    await expect.poll(() => scene.client.countPartitions({ topic }), soon).toBe(5)
  })

  scenario(scene, ['listTopics'], 'topics are listed, and their partitions counted', async () => {
    const topic = uniqueName('listed')
    await scene.fixture.createTopic(topic, 2)
    await expect.poll(() => scene.client.listTopics({}), soon).toContain(topic)
    expect(await scene.client.countPartitions({ topic })).toBe(2)
  })
}

function groupScenarios(scene: Scene): void {
  scenario(
    scene,
    ['listGroups', 'describeGroup', 'committedOffsets', 'deleteGroup'],
    'an empty group is listed with its offsets and deleted, one with a member is not',
    async () => {
      const [topic, group] = [uniqueName('groups'), uniqueName('group')]
      await scene.fixture.createTopic(topic)
      await scene.client.produce({ topic, records: numbered(6) })
      await scene.client.consumeInGroup({ group, topic, count: 6 })
      expect(await scene.client.listGroups({})).toContain(group)
      expect(await scene.client.describeGroup({ group })).toEqual({ state: 'empty', members: 0 })
      expect(await scene.client.committedOffsets({ group, topic })).toEqual({ 0: 6 })

      const member = await scene.client.joinGroup(group, topic)
      await member.waitForPartitions(1)
      await expect
        .poll(() => scene.client.describeGroup({ group }), soon)
        .toEqual({ state: 'stable', members: 1 })
      await expect(scene.client.deleteGroup({ group })).rejects.toMatchObject({
        code: nonEmptyGroup,
      })

      await member.leave()
      await scene.client.deleteGroup({ group })
      await expect.poll(() => scene.client.listGroups({}), soon).not.toContain(group)
    },
  )
}
