import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { DescribeGroups, LeaveGroup } from '../../../src/protocol/messages/index.ts'
import {
  coordinatorOf,
  fetchOne,
  foreignGroup,
  isPending,
  settle,
  stableGroup,
  type Caller,
  startGroupCluster,
} from '../support.ts'

const PLAIN = { includeAuthorizedOperations: false }

const leave = (caller: Caller, groupId: string, memberId: string, version = 5) =>
  caller.call(LeaveGroup, version, {
    groupId,
    memberId,
    members: version < 3 ? [] : [{ memberId, reason: 'done' }],
  })

test.each([0, 1, 2, 3, 4, 5])(
  'the last member leaves the group empty in version %i',
  async (version) => {
    const cluster = await startGroupCluster()
    const { memberId } = await stableGroup(cluster, 'group')
    const left = await leave(cluster, 'group', memberId, version)
    expect(left.errorCode).toBe(ErrorCode.None)
    expect(left.members).toEqual(
      version < 3 ? [] : [{ memberId, groupInstanceId: null, errorCode: ErrorCode.None }],
    )
    const { groups } = await cluster.call(DescribeGroups, 5, { groups: ['group'], ...PLAIN })
    expect(groups[0]).toMatchObject({ groupState: 'Empty', members: [] })
  },
)

test('an unknown member gets an error: at the top level before version 3, with its id from then on', async () => {
  const cluster = await startGroupCluster()
  await stableGroup(cluster, 'group')
  expect((await leave(cluster, 'group', 'nobody', 2)).errorCode).toBe(ErrorCode.UnknownMemberId)
  expect(await leave(cluster, 'group', 'nobody')).toMatchObject({
    errorCode: ErrorCode.None,
    members: [{ memberId: 'nobody', errorCode: ErrorCode.UnknownMemberId }],
  })
})

test('a broker that does not coordinate the group answers NOT_COORDINATOR', async () => {
  const cluster = await startGroupCluster({ brokers: 3 })
  const left = await leave(cluster, await foreignGroup(cluster), 'member')
  expect(left.errorCode).toBe(ErrorCode.NotCoordinator)
})

describe('a fetch that waits on another connection of the client that leaves', () => {
  const start = async (profile: 'test' | 'faithful') => {
    const cluster = await startGroupCluster({ profile })
    const groupConnection = await cluster.connect()
    await coordinatorOf(groupConnection, 'group')
    const joining = stableGroup(groupConnection, 'group')
    await settle()
    await cluster.clock.advance(3000)
    const { memberId } = await joining
    const fetched = fetchOne(await cluster.connect(), 'orders', {}, { maxWaitMs: 60_000 })
    expect(await isPending(fetched)).toBe(true)
    await leave(groupConnection, 'group', memberId)
    return { fetched, cluster }
  }

  test('is answered in profile test', async () => {
    const { fetched } = await start('test')
    expect(await fetched).toMatchObject({ errorCode: ErrorCode.None })
  })

  test('waits for its time in profile faithful, as on Kafka', async () => {
    const { fetched, cluster } = await start('faithful')
    expect(await isPending(fetched)).toBe(true)
    await cluster.clock.advance(60_000)
    expect(await fetched).toMatchObject({ errorCode: ErrorCode.None })
  })
})
