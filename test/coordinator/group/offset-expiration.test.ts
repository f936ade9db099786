import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import type { Member } from './support.ts'
import { GROUP, Harness, commitTopic } from './support.ts'

const MINUTE_MS = 60_000
const CHECK_MS = 10 * MINUTE_MS
const RETENTION_MS = 60 * MINUTE_MS
const configs = { 'offsets.retention.minutes': 60 }
const SIMPLE = { generationIdOrMemberEpoch: -1, memberId: '', groupId: 'simple' }

async function liveFor(harness: Harness, member: Member, ms: number) {
  for (let elapsed = 0; elapsed < ms; elapsed += 5000) {
    expect(member.heartbeat()).toBe(ErrorCode.None)
    await harness.clock.advance(5000)
  }
}

describe('a committed offset', () => {
  test('of a simple consumer expires offsets.retention.minutes after it was committed, with its group', async () => {
    const harness = new Harness({ configs })
    harness.member().commit(5, SIMPLE)
    await harness.clock.advance(RETENTION_MS - 1)
    expect(harness.committed('simple')).toBe(5)
    await harness.clock.advance(1)
    expect(harness.committed('simple')).toBe(-1)
    expect(harness.describe('simple').errorCode).toBe(ErrorCode.GroupIdNotFound)
    harness.restart()
    expect(harness.describe('simple').errorCode).toBe(ErrorCode.GroupIdNotFound)
  })

  test('is retained as long as the group has members that are subscribed to the topic', async () => {
    const harness = new Harness({ configs })
    const [member] = await harness.stableGroup(1)
    member!.commit(5)
    await liveFor(harness, member!, RETENTION_MS + CHECK_MS)
    expect(harness.committed()).toBe(5)
  })

  test('of a topic that no member is subscribed to any more expires in a stable group (KIP-496)', async () => {
    const harness = new Harness({ configs })
    harness.addTopic('u', 'AQIDBAUGBwgJCgsMDQ4PEA', 1)
    const [member] = await harness.stableGroup(1)
    member!.commit(5)
    member!.commit(6, { topics: [commitTopic('u', { 0: 6 })] })
    await liveFor(harness, member!, RETENTION_MS + CHECK_MS)
    expect(harness.fetch(GROUP, null).topics.map(({ name }) => name)).toEqual(['t'])
  })

  test('of a group that became empty expires when it has been empty for that long (KIP-211)', async () => {
    const harness = new Harness({ configs })
    const [member] = await harness.stableGroup(1)
    member!.commit(5)
    await liveFor(harness, member!, RETENTION_MS - CHECK_MS)
    member!.leave()
    await harness.clock.advance(RETENTION_MS - CHECK_MS)
    expect(harness.committed()).toBe(5)
    await harness.clock.advance(2 * CHECK_MS)
    expect(harness.committed()).toBe(-1)
    expect(harness.describe().errorCode).toBe(ErrorCode.GroupIdNotFound)
  })

  test("expires after the client's retention time, in versions that have one", async () => {
    const harness = new Harness({ configs })
    harness.member().commit(5, { ...SIMPLE, apiVersion: 2, retentionTimeMs: 15 * MINUTE_MS })
    harness.restart()
    await harness.clock.advance(CHECK_MS)
    expect(harness.committed('simple')).toBe(5)
    await harness.clock.advance(CHECK_MS)
    expect(harness.committed('simple')).toBe(-1)
  })

  test('is retained while its tombstone cannot be written', async () => {
    const harness = new Harness({ configs })
    harness.member().commit(5, SIMPLE)
    harness.log.appendError = ErrorCode.NotEnoughReplicas
    await harness.clock.advance(RETENTION_MS + CHECK_MS)
    expect(harness.committed('simple')).toBe(5)
    harness.log.appendError = ErrorCode.None
    await harness.clock.advance(CHECK_MS)
    expect(harness.committed('simple')).toBe(-1)
  })
})

test('an empty group without offsets is deleted at the next check', async () => {
  const harness = new Harness({ configs })
  await harness.member().join()
  expect(harness.describe().groupState).toBe('Empty')
  await harness.clock.advance(CHECK_MS)
  expect(harness.describe().errorCode).toBe(ErrorCode.GroupIdNotFound)
})
