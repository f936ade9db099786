import { expect } from 'vitest'
import type { Scene } from './scene.ts'
import { numbered, scenario, uniqueName } from './scene.ts'

/** Tests consumer groups: rebalances, commits, and both during a restart of the broker. */
export function groupScenarios(scene: Scene): void {
  const resumes = 'a member resumes where the one before it committed'
  scenario(scene, ['consumeInGroup'], resumes, async () => {
    const [topic, group] = [uniqueName('resume'), uniqueName('group')]
    await scene.fixture.createTopic(topic)
    await scene.client.produce({ topic, records: numbered(20) })
    const first = await scene.client.consumeInGroup({ group, topic, count: 7 })
    const second = await scene.client.consumeInGroup({ group, topic, count: 13 })
    expect(first.map(({ offset }) => offset)).toEqual(range(0, 7))
    expect(second.map(({ offset }) => offset)).toEqual(range(7, 20))
  })

  scenario(
    scene,
    ['joinGroup'],
    'two members share the partitions, and the one that stays gets them all',
    async () => {
      const [topic, group] = [uniqueName('rebalance'), uniqueName('group')]
      await scene.fixture.createTopic(topic, 4)
      const stays = await scene.client.joinGroup(group, topic)
      expect(await stays.waitForPartitions(4)).toEqual([0, 1, 2, 3])

      const leaves = await scene.client.joinGroup(group, topic)
      const [ofStaying, ofLeaving] = await Promise.all([
        stays.waitForPartitions(2),
        leaves.waitForPartitions(2),
      ])
      expect([...ofStaying, ...ofLeaving].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3])
      const shared = await scene.fixture.produceToEach(topic, 4, 'shared')
      const toStaying = await stays.waitForValues(ofStaying.map((partition) => shared[partition]!))
      expect(toStaying.map(({ partition }) => partition)).toEqual(ofStaying)
      const toLeaving = await leaves.waitForValues(ofLeaving.map((partition) => shared[partition]!))
      expect(toLeaving.map(({ partition }) => partition)).toEqual(ofLeaving)

      await leaves.leave()
      expect(await stays.waitForPartitions(4)).toEqual([0, 1, 2, 3])
      const alone = await scene.fixture.produceToEach(topic, 4, 'alone')
      await stays.waitForValues(alone)
      await stays.leave()
    },
  )

  scenario(
    scene,
    ['consumeInGroup', 'joinGroup'],
    'records, committed offsets, producers and members survive a restart of the broker',
    async () => {
      const [topic, group] = [uniqueName('restart'), uniqueName('group')]
      await scene.fixture.createTopic(topic)
      await scene.client.produce({ topic, records: numbered(10) })
      const first = await scene.client.consumeInGroup({ group, topic, count: 4 })
      expect(first.map(({ offset }) => offset)).toEqual(range(0, 4))
      const member = await scene.client.joinGroup(uniqueName('member'), topic)
      await member.waitForValues(numbered(10).map(({ value }) => value))

      await scene.broker.restart()

      await scene.client.produce({ topic, records: numbered(5, 10) })
      const resumed = await scene.client.consumeInGroup({ group, topic, count: 11 })
      expect(resumed.map(({ offset }) => offset)).toEqual(range(4, 15))
      await member.waitForValues(numbered(5, 10).map(({ value }) => value))
      await member.leave()
      const all = await scene.client.consume({ topic, count: 15 })
      expect(all.map(({ key, value }) => ({ key, value }))).toEqual(numbered(15))
    },
  )

  // For a client with groups the scenario above shows this.
  if (scene.description.lacks?.joinGroup === undefined) return
  scenario(scene, [], 'a producer goes on after a restart of the broker', async () => {
    const topic = uniqueName('producer')
    await scene.fixture.createTopic(topic)
    await scene.client.produce({ topic, records: numbered(5) })
    await scene.broker.restart()
    await scene.client.produce({ topic, records: numbered(5, 5) })
    const consumed = await scene.client.consume({ topic, count: 10 })
    expect(consumed.map(({ key, value }) => ({ key, value }))).toEqual(numbered(10))
  })
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index)
}
