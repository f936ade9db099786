import { ListGroups, ShareGroupDescribe } from '../../../../src/protocol/messages/index.ts'
import type { GroupScene } from '../group-scene.ts'
import { produce, share, shareUntilAssigned } from '../requests.ts'
import {
  ACCEPT,
  acknowledge,
  describeOffsets,
  fetch,
  fetchRecords,
  member,
} from '../share-delivery.ts'
import type { Scenario, Suite } from '../scenario.ts'

async function setLevel(scene: GroupScene, level: number): Promise<void> {
  scene.lines.push(`share.version is ${level}`)
  await scene.setFeature('share.version', level)
  await scene.stage.pass(500)
}

async function askAll(
  scene: GroupScene,
  epochs: { member: number; session: number },
): Promise<void> {
  await share(scene, { memberEpoch: epochs.member })
  await fetch(scene, { shareSessionEpoch: epochs.session })
  await acknowledge(scene, [[0, 0, ACCEPT]], { shareSessionEpoch: epochs.session + 1 })
  await scene.call(ShareGroupDescribe, 1, { groupIds: ['g'], includeAuthorizedOperations: false })
  await describeOffsets(scene)
  const listed = await scene.send(ListGroups, 5, { statesFilter: [], typesFilter: [] })
  const name = scene.texts.prefixed('g')
  scene.lines.push(
    `listed: ${scene.texts.of(listed!.groups.find(({ groupId }) => groupId === name) ?? 'nothing')}`,
  )
}

const scenarios: readonly Scenario[] = [0, 1].map((level): Scenario => ({
  name: `share.version becomes ${level} and 2 again while records are held`,
  run: async (scene) => {
    await member(scene, ['a', 'b'])
    await fetchRecords(scene)
    await setLevel(scene, level)
    await askAll(scene, { member: 3, session: 1 })
    await setLevel(scene, 2)
    await askAll(scene, { member: 3, session: level === 0 ? 1 : 3 })
    await shareUntilAssigned(scene)
    await produce(scene, 't', ['c'])
    await fetch(scene)
    await fetchRecords(scene, { shareSessionEpoch: 1 })
  },
}))

export const shareToggled: Suite = { name: 'share-toggled', setting: {}, isAlone: true, scenarios }
