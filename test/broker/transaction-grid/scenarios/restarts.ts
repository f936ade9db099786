import { DescribeProducers } from '../../../../src/protocol/messages/index.ts'
import { add, addOffsets, commitOffsets, end, init, type Producer } from '../requests.ts'
import { write, writeMarkers } from '../requests.ts'
import type { Scenario, Suite } from '../scenario.ts'
import type { Scene } from '../scene.ts'

const prepared = ['prepare-commit', 'prepare-abort', 'fenced', 'protocol-2'] as const

async function begin(scene: Scene, producer: Producer, version = 11): Promise<void> {
  if (version < 12) await add(scene, producer, { t: [0, 1] })
  await write(scene, producer, 't', ['x'], { version })
  await write(scene, producer, 't', ['y'], { version, partition: 1 })
}

/**
 * Begins a transaction that stays prepared until the coordinator has a new epoch: a marker of a
 * newer coordinator in partition 0 fences the coordinator.
 */
async function beginHeld(scene: Scene, id: string, epoch: number, version = 11): Promise<Producer> {
  const producer = await init(scene, id)
  await begin(scene, producer, version)
  const marker = { producer, committed: true, topics: { t: [0] }, coordinatorEpoch: epoch }
  await writeMarkers(scene, [marker])
  await write(scene, producer, 't', ['held'], { version })
  return producer
}

/** Returns the epoch of the coordinator after the next restart, or a lower one. */
async function nextCoordinatorEpoch(scene: Scene): Promise<number> {
  const request = { topics: [{ name: 't', partitionIndexes: [0] }] }
  const { topics } = (await scene.send(DescribeProducers, 0, request))!
  const epochs = topics[0]!.partitions[0]!.activeProducers.map((one) => one.coordinatorEpoch)
  const next = Math.max(...epochs) + 1
  scene.texts.coordinatorEpoch(next - 1)
  scene.texts.nameCoordinatorEpoch(next, 'the next')
  return next
}

/** Ends each transaction again, with both results. */
async function retry(scene: Scene, producers: readonly Producer[], version: number) {
  for (const producer of producers) {
    await end(scene, producer, true, version)
    await end(scene, producer, false, version)
  }
}

const restarts = (['kill', 'stop'] as const).map((action): Scenario => ({
  name: `coordinator restart in each state, and between prepare and complete (${action})`,
  run: async (scene) => {
    await scene.createTopic('t', { partitions: 3 })
    scene.watchGroup('g')
    const empty = await init(scene, 'empty')
    const ongoing = await init(scene, 'ongoing')
    await begin(scene, ongoing)
    await add(scene, ongoing, { t: [2] })
    await addOffsets(scene, ongoing, 'g')
    await commitOffsets(scene, ongoing, 'g', { t: { 0: 5 } })
    const committed = await init(scene, 'committed')
    await begin(scene, committed)
    await end(scene, committed, true)
    const aborted = await init(scene, 'aborted')
    await begin(scene, aborted)
    await end(scene, aborted, false)
    const expired = await init(scene, 'expired', { transactionTimeoutMs: 10_000 })
    await add(scene, expired, { t: [1] })
    const epoch = await nextCoordinatorEpoch(scene)
    const committing = await beginHeld(scene, 'prepare-commit', epoch)
    const aborting = await beginHeld(scene, 'prepare-abort', epoch)
    const fenced = await beginHeld(scene, 'fenced', epoch)
    const second = await beginHeld(scene, 'protocol-2', epoch, 12)
    scene.hold('t-0')
    await end(scene, committing, true)
    await end(scene, aborting, false)
    await init(scene, 'fenced')
    await end(scene, second, true, 5)
    await retry(scene, [committing, aborting, fenced, second], 4)
    await retry(scene, [second], 5)
    for (const id of prepared) await init(scene, id)
    await add(scene, committing, { t: [0] })
    await write(scene, committing, 't', ['late'])
    await write(scene, second, 't', ['late'], { version: 12 })
    await scene.broker(action)
    scene.release()
    // Kafka may have lost markers: it forgets those of partitions whose leader is not known yet.
    scene.ignorePartitions()
    await scene.unobserved(() => scene.broker('start'))
    await scene.waitFor('expired', 'CompleteAbort')
    await retry(scene, [empty, committed, aborted, committing, aborting, fenced, second], 4)
    await retry(scene, [second], 5)
    for (const id of prepared) await init(scene, id)
    // No marker can be missing in this partition.
    await write(scene, ongoing, 't', ['more'], { partition: 2 })
    await end(scene, ongoing, true)
  },
}))

export const coordinatorRestarts: Suite = {
  name: 'restarts',
  setting: {},
  isAlone: true,
  scenarios: restarts,
}
