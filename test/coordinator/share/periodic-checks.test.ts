import { expect, test, vi } from 'vitest'
import { TestShareCoordinator, TOPIC_ID } from './support.ts'

/** The interval of both checks. */
const INTERVAL_MS = 300_000

test('a share partition that does not change gets one snapshot', async () => {
  const shares = new TestShareCoordinator()
  shares.initialize()
  shares.write({ startOffset: 3 })
  const createTimestamp = shares.clock.now()
  await shares.clock.advance(INTERVAL_MS)
  const [, , snapshot] = shares.records()
  expect(snapshot).toMatchObject({
    kind: 'snapshot',
    state: {
      snapshotEpoch: 1,
      startOffset: 3,
      createTimestamp,
      writeTimestamp: createTimestamp + INTERVAL_MS,
    },
  })
  await shares.clock.advance(INTERVAL_MS)
  expect(shares.records()).toEqual([snapshot])
  const schedule = vi.spyOn(shares.clock, 'schedule')
  await shares.clock.advance(5 * INTERVAL_MS)
  expect(shares.records()).toEqual([snapshot])
  expect(schedule).not.toHaveBeenCalled()
})

test('records below the last redundant offset are deleted', async () => {
  const shares = new TestShareCoordinator({ updatesPerSnapshot: 0 })
  shares.topic.partitionCount = 1
  shares.initialize()
  for (let offset = 1; offset < 4; offset++) shares.write({ startOffset: offset })
  expect(shares.topic.records(0)).toHaveLength(4)
  await shares.clock.advance(INTERVAL_MS)
  const records = shares.records()
  expect(records.length).toBeLessThan(3)
  expect(records[0]).toMatchObject({ state: { startOffset: 3 } })
  expect(shares.reload().summary().startOffset).toBe(3)
})

test('no check runs while share groups are disabled', async () => {
  const shares = new TestShareCoordinator({ updatesPerSnapshot: 0 })
  shares.isEnabled = false
  shares.initialize()
  shares.write({ startOffset: 1 })
  await shares.clock.advance(2 * INTERVAL_MS)
  expect(shares.records()).toHaveLength(2)
  shares.isEnabled = true
  const features = new Map([['share.version', 1]])
  shares.coordinator.onMetadataChanged({ deletedTopics: new Map(), features })
  await shares.clock.advance(INTERVAL_MS)
  expect(shares.records()[0]).toMatchObject({
    key: { topicId: TOPIC_ID },
    state: { startOffset: 1 },
  })
})

test('a coordinator that closed runs no check', async () => {
  const shares = new TestShareCoordinator()
  shares.initialize()
  shares.coordinator.close()
  await shares.clock.advance(2 * INTERVAL_MS)
  expect(shares.records()).toHaveLength(1)
})
