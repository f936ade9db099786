import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { Harness, REBALANCE_MS, SESSION_MS, protocol } from './support.ts'

const instance = (index: number) => ({ groupInstanceId: `i${index}`, apiVersion: 9 })
const I0 = { groupInstanceId: 'i0' }

/** The process of the static member exits, and a new one joins without its member id. */
async function replaced(harness: Harness, index: number, overrides = {}) {
  const member = harness.member(`new${index}`)
  const response = await member.join({ ...instance(index), ...overrides })
  return { member, response }
}

describe('a static member (KIP-345)', () => {
  test('gets a member id that starts with its instance id, immediately', async () => {
    const harness = new Harness()
    const [response] = await harness.answered(harness.member().join(instance(0)))
    expect(response).toMatchObject({ errorCode: ErrorCode.None, generationId: 1 })
    expect(response!.memberId).toMatch(/^i0-/)
    expect(response!.members[0]).toMatchObject({ groupInstanceId: 'i0' })
  })

  test('that restarts keeps its assignment in the same generation, under a new member id', async () => {
    const harness = new Harness()
    const [, follower] = await harness.stableGroup(2, instance)
    const { member, response } = await replaced(harness, 1)
    expect(response).toMatchObject({
      errorCode: ErrorCode.None,
      generationId: 1,
      skipAssignment: false,
      members: [],
    })
    expect(member.memberId).not.toBe(follower!.memberId)
    const { assignment } = await member.sync({}, { groupInstanceId: 'i1' })
    expect(String(assignment)).toBe('for c1')
    expect(harness.describe().groupState).toBe('Stable')
  })

  test('fences requests with its old member id', async () => {
    const harness = new Harness()
    const [old] = await harness.stableGroup(1, instance)
    await replaced(harness, 0)
    expect(old!.heartbeat(I0)).toBe(ErrorCode.FencedInstanceId)
    expect((await old!.sync({}, I0)).errorCode).toBe(ErrorCode.FencedInstanceId)
    expect((await old!.join(I0)).errorCode).toBe(ErrorCode.FencedInstanceId)
    expect(old!.commit(1, I0)).toBe(ErrorCode.FencedInstanceId)
    expect(old!.leave([{ memberId: old!.memberId, ...I0 }]).members[0]!.errorCode).toBe(
      ErrorCode.FencedInstanceId,
    )
    expect(old!.heartbeat()).toBe(ErrorCode.UnknownMemberId)
  })

  test('fences the JoinGroup and the SyncGroup that wait under its old member id', async () => {
    const harness = new Harness()
    const [leader, follower] = await harness.stableGroup(2, instance)
    const waitingJoin = leader!.join(I0)
    void replaced(harness, 0)
    expect(await waitingJoin).toMatchObject({
      errorCode: ErrorCode.FencedInstanceId,
      memberId: leader!.memberId,
    })
    await follower!.join({ groupInstanceId: 'i1' })
    const waitingSync = follower!.sync({}, { groupInstanceId: 'i1' })
    void replaced(harness, 1)
    expect((await waitingSync).errorCode).toBe(ErrorCode.FencedInstanceId)
    expect(harness.describe().groupState).toBe('PreparingRebalance')
  })

  test('that leads gets skipAssignment when it restarts (KIP-814)', async () => {
    const harness = new Harness()
    await harness.stableGroup(2, instance)
    const { member, response } = await replaced(harness, 0)
    expect(response).toMatchObject({
      generationId: 1,
      skipAssignment: true,
      leader: member.memberId,
    })
    expect(response.members).toHaveLength(2)
  })

  test('that leads gets its old member id as leader before version 9, so that it assigns nothing', async () => {
    const harness = new Harness()
    const [leader] = await harness.stableGroup(2, instance)
    const { response } = await replaced(harness, 0, { apiVersion: 8 })
    expect(response).toMatchObject({ leader: leader!.memberId, skipAssignment: false, members: [] })
  })

  test('rebalances the group if it restarts and the members would choose another protocol', async () => {
    const harness = new Harness()
    const [range, sticky] = [protocol('range', 't'), protocol('sticky', 't')]
    const protocols = [
      [range, sticky],
      [sticky, range],
      [range, sticky],
    ]
    await harness.stableGroup(3, (index) => ({ ...instance(index), protocols: protocols[index]! }))
    void replaced(harness, 0, { protocols: [sticky, range] })
    expect(harness.describe().groupState).toBe('PreparingRebalance')
  })

  test('rebalances the group when it restarts before the leader has assigned', async () => {
    const harness = new Harness()
    const members = [0, 1].map((index) => harness.member(`c${index}`))
    await harness.answered(...members.map((m, index) => m.join(instance(index))))
    void replaced(harness, 1)
    expect(harness.describe().groupState).toBe('PreparingRebalance')
    expect((await members[0]!.join(I0)).generationId).toBe(2)
  })

  test('stays after the rebalance timeout until its session expires', async () => {
    const harness = new Harness()
    const [, b] = await harness.stableGroup(2, instance)
    const { response: none } = { response: harness.member().join({ apiVersion: 3 }) }
    for (let elapsed = 0; elapsed < REBALANCE_MS; elapsed += 5000) {
      b!.heartbeat({ groupInstanceId: 'i1' })
      await harness.clock.advance(5000)
    }
    expect((await none).errorCode).toBe(ErrorCode.None)
    expect(harness.describe().members.map((m) => m.groupInstanceId)).toContain('i1')
  })

  test('whose session expires is removed', async () => {
    const harness = new Harness()
    await harness.stableGroup(1, instance)
    await harness.clock.advance(SESSION_MS)
    expect(harness.describe().groupState).toBe('Empty')
  })

  test('that restarts while its record cannot be written keeps its old member id', async () => {
    const harness = new Harness()
    const [old] = await harness.stableGroup(1, instance)
    harness.log.appendError = ErrorCode.NotEnoughReplicas
    const { response } = await replaced(harness, 0)
    expect(response).toMatchObject({ errorCode: ErrorCode.CoordinatorNotAvailable, memberId: '' })
    expect(old!.heartbeat(I0)).toBe(ErrorCode.None)
    await harness.clock.advance(SESSION_MS)
    expect(harness.describe().groupState).toBe('Empty')
  })

  test('joins again with its member id like any other member', async () => {
    const harness = new Harness()
    const [member] = await harness.stableGroup(1, instance)
    expect(await member!.join(I0)).toMatchObject({ generationId: 2, memberId: member!.memberId })
  })
})
