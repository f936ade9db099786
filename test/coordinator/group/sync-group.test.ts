import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { Harness } from './support.ts'

async function joined(harness: Harness) {
  const [leader, follower] = [harness.member('leader'), harness.member('follower')]
  await harness.answered(leader.join({ apiVersion: 3 }), follower.join({ apiVersion: 3 }))
  return { leader, follower }
}

describe('SyncGroup', () => {
  test("of a follower waits for the leader's assignment", async () => {
    const harness = new Harness()
    const { leader, follower } = await joined(harness)
    const waiting = follower.sync()
    expect(harness.describe().groupState).toBe('CompletingRebalance')
    const own = await leader.sync({ [leader.memberId]: 'mine', [follower.memberId]: 'yours' })
    expect(own).toMatchObject({ errorCode: 0, protocolType: 'consumer', protocolName: 'range' })
    expect(String(own.assignment)).toBe('mine')
    expect(String((await waiting).assignment)).toBe('yours')
    expect(harness.describe().groupState).toBe('Stable')
  })

  test('in a stable group is answered with the assignment', async () => {
    const harness = new Harness()
    const { leader, follower } = await joined(harness)
    await leader.sync({ [follower.memberId]: 'yours' })
    expect(String((await follower.sync()).assignment)).toBe('yours')
  })

  test('gives members that the leader omitted an empty assignment', async () => {
    const harness = new Harness()
    const { leader, follower } = await joined(harness)
    const waiting = follower.sync()
    await leader.sync({ [leader.memberId]: 'all', stranger: 'nothing' })
    expect((await waiting).assignment).toHaveLength(0)
  })

  test('that waits is answered with REBALANCE_IN_PROGRESS', async () => {
    const harness = new Harness()
    const { leader, follower } = await joined(harness)
    const waiting = follower.sync()
    void harness.member().join({ apiVersion: 3 })
    expect(await waiting).toMatchObject({
      errorCode: ErrorCode.RebalanceInProgress,
      protocolType: null,
      protocolName: null,
    })
    expect((await leader.sync()).errorCode).toBe(ErrorCode.RebalanceInProgress)
  })

  test('that waits is released when its member leaves', async () => {
    const harness = new Harness()
    const { follower } = await joined(harness)
    const waiting = follower.sync()
    follower.leave()
    expect((await waiting).errorCode).toBe(ErrorCode.UnknownMemberId)
  })

  test.each([
    ['an empty group id', { groupId: '' }, ErrorCode.InvalidGroupId],
    ['an unknown group', { groupId: 'nope' }, ErrorCode.UnknownMemberId],
    ['an unknown member', { memberId: 'nope' }, ErrorCode.UnknownMemberId],
    ['another generation', { generationId: 9 }, ErrorCode.IllegalGeneration],
    ['another protocol', { protocolName: 'sticky' }, ErrorCode.InconsistentGroupProtocol],
    ['another protocol type', { protocolType: 'connect' }, ErrorCode.InconsistentGroupProtocol],
    ['no protocol, in version 5', { protocolName: null }, ErrorCode.InconsistentGroupProtocol],
    ['no protocol, in version 4', { protocolName: null, apiVersion: 4 }, ErrorCode.None],
  ])('with %s', async (_, overrides, errorCode) => {
    const harness = new Harness()
    const [member] = await harness.stableGroup(1)
    expect((await member!.sync({}, overrides)).errorCode).toBe(errorCode)
  })

  test('of the leader fails with its record, and the members join again', async () => {
    const harness = new Harness()
    const { leader, follower } = await joined(harness)
    const waiting = follower.sync()
    harness.log.appendError = ErrorCode.NotEnoughReplicas
    const response = await leader.sync({ [leader.memberId]: 'all' })
    expect(response.errorCode).toBe(ErrorCode.CoordinatorNotAvailable)
    expect((await waiting).errorCode).toBe(ErrorCode.CoordinatorNotAvailable)
    expect(leader.heartbeat()).toBe(ErrorCode.RebalanceInProgress)
  })
})
