import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { Harness } from './support.ts'

describe('LeaveGroup', () => {
  test('removes a member, and the others rebalance', async () => {
    const harness = new Harness()
    const [a, b] = await harness.stableGroup(2)
    expect(b!.leave()).toEqual({
      errorCode: ErrorCode.None,
      members: [{ memberId: b!.memberId, groupInstanceId: null, errorCode: ErrorCode.None }],
    })
    expect(a!.heartbeat()).toBe(ErrorCode.RebalanceInProgress)
    expect(b!.heartbeat()).toBe(ErrorCode.UnknownMemberId)
  })

  test('of the last member leaves an empty group', async () => {
    const harness = new Harness()
    const [a] = await harness.stableGroup(1)
    a!.leave()
    expect(harness.describe().groupState).toBe('Empty')
  })

  test('of the leader makes another member the leader', async () => {
    const harness = new Harness()
    const [a, b] = await harness.stableGroup(2)
    a!.leave()
    expect((await b!.join()).leader).toBe(b!.memberId)
  })

  test('completes the rebalance that waited for the member', async () => {
    const harness = new Harness()
    const [a, b] = await harness.stableGroup(2)
    const join = a!.join()
    b!.leave()
    expect((await join).generationId).toBe(2)
  })

  test('before version 3 has one member, and the error at the top level', async () => {
    const harness = new Harness()
    const [a] = await harness.stableGroup(1)
    expect(a!.leave([], 2)).toEqual({ errorCode: ErrorCode.None, members: [] })
    expect(a!.leave([], 2).errorCode).toBe(ErrorCode.UnknownMemberId)
  })

  test('removes static members by their instance id, each with its own result', async () => {
    const harness = new Harness()
    const [a] = await harness.stableGroup(2, (index) => ({
      groupInstanceId: `i${index}`,
      apiVersion: 9,
    }))
    const response = a!.leave([
      { groupInstanceId: 'i1' },
      { groupInstanceId: 'nope' },
      {},
      { memberId: 'nope' },
      { memberId: 'nope', groupInstanceId: 'i0' },
    ])
    expect(response.members.map(({ errorCode }) => errorCode)).toEqual([
      ErrorCode.None,
      ErrorCode.UnknownMemberId,
      ErrorCode.UnknownMemberId,
      ErrorCode.UnknownMemberId,
      ErrorCode.FencedInstanceId,
    ])
    expect(harness.describe().members.map((m) => m.groupInstanceId)).toEqual(['i0'])
  })

  test('of a pending member makes the group rebalance, as in Kafka', async () => {
    const harness = new Harness()
    const [a] = await harness.stableGroup(1)
    const pending = harness.member()
    await pending.join()
    expect(pending.leave().members[0]!.errorCode).toBe(ErrorCode.None)
    expect(a!.heartbeat()).toBe(ErrorCode.RebalanceInProgress)
  })

  test('of an unknown group returns an error for each member', () => {
    const member = new Harness().member()
    expect(member.leave([{ memberId: 'x' }])).toMatchObject({
      errorCode: ErrorCode.None,
      members: [{ memberId: 'x', errorCode: ErrorCode.UnknownMemberId }],
    })
    expect(member.leave([], 0).errorCode).toBe(ErrorCode.UnknownMemberId)
  })
})
