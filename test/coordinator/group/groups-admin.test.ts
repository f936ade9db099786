import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { GROUP, Harness, protocol } from './support.ts'
import { immediate } from '../memory-internal-topic.ts'

const SIMPLE = { generationIdOrMemberEpoch: -1, memberId: '', groupId: 'simple' }

test("a group belongs to the partition that Java's String.hashCode determines", () => {
  const harness = new Harness()
  harness.log.partitionCount = 50
  const expected: Record<string, number> = {
    '': 0,
    g1: 42,
    'my-group': 12,
    'connect-cluster': 13,
    größe: 7,
    polygenelubricants: 0,
  }
  for (const [groupId, partition] of Object.entries(expected)) {
    expect([groupId, harness.coordinator.partitionFor(groupId)]).toEqual([groupId, partition])
  }
})

describe('DescribeGroups', () => {
  test('returns a stable group with its protocol, metadata and assignments', async () => {
    const harness = new Harness()
    const [member] = await harness.stableGroup(1)
    expect(harness.describe()).toEqual({
      errorCode: ErrorCode.None,
      errorMessage: null,
      groupId: GROUP,
      groupState: 'Stable',
      protocolType: 'consumer',
      protocolData: 'range',
      members: [
        {
          memberId: member!.memberId,
          groupInstanceId: null,
          clientId: 'c0',
          clientHost: '/127.0.0.1',
          memberMetadata: protocol('range', 't').metadata,
          memberAssignment: Buffer.from('for c0'),
        },
      ],
    })
  })

  test('returns no protocol and no metadata of a rebalancing group', async () => {
    const harness = new Harness()
    const [a] = await harness.stableGroup(2)
    void a!.join()
    const { protocolData, members } = harness.describe()
    expect(protocolData).toBe('')
    expect(members.map(({ memberMetadata }) => memberMetadata.length)).toEqual([0, 0])
  })

  test('returns an unknown group as dead, from version 6 on also with an error (KIP-1043)', () => {
    const harness = new Harness()
    expect(harness.describe('nope', 5)).toMatchObject({ errorCode: 0, groupState: 'Dead' })
    expect(harness.describe('nope', 6)).toMatchObject({
      errorCode: ErrorCode.GroupIdNotFound,
      errorMessage: 'Group nope not found.',
      groupState: 'Dead',
    })
  })
})

describe('ListGroups', () => {
  const list = async (statesFilter: string[], typesFilter: string[]) => {
    const harness = new Harness()
    await harness.stableGroup(1)
    harness.member().commit(1, SIMPLE)
    const { groups } = immediate(
      harness.coordinator.admin.listGroups({ statesFilter, typesFilter }),
    )
    return groups.map(({ groupId }) => groupId).toSorted()
  }

  test('returns all groups with protocol type, state and type', async () => {
    const harness = new Harness()
    await harness.stableGroup(1)
    harness.member().commit(1, SIMPLE)
    const { groups } = immediate(
      harness.coordinator.admin.listGroups({ statesFilter: [], typesFilter: [] }),
    )
    expect(groups.toSorted((a, b) => (a.groupId < b.groupId ? -1 : 1))).toEqual([
      { groupId: GROUP, protocolType: 'consumer', groupState: 'Stable', groupType: 'classic' },
      { groupId: 'simple', protocolType: '', groupState: 'Empty', groupType: 'classic' },
    ])
  })

  test('filters by state and type, case-insensitively (KIP-518, KIP-848)', async () => {
    expect(await list(['stable'], [])).toEqual([GROUP])
    expect(await list(['EMPTY', 'Stable'], ['Classic'])).toEqual([GROUP, 'simple'])
    expect(await list(['Nope'], [])).toEqual([])
    expect(await list([], ['consumer'])).toEqual([])
  })
})

describe('DeleteGroups', () => {
  test('deletes groups without members, with their offsets', async () => {
    const harness = new Harness()
    await harness.stableGroup(1)
    harness.member().commit(1, SIMPLE)
    const groupsNames = ['simple', GROUP, 'nope', 'simple']
    const { results } = immediate(harness.coordinator.admin.deleteGroups({ groupsNames }))
    expect(Object.fromEntries(results.map((r) => [r.groupId, r.errorCode]))).toEqual({
      simple: ErrorCode.None,
      [GROUP]: ErrorCode.NonEmptyGroup,
      nope: ErrorCode.GroupIdNotFound,
    })
    expect(results).toHaveLength(3)
    expect(harness.committed('simple')).toBe(-1)
    expect(harness.describe('simple').errorCode).toBe(ErrorCode.GroupIdNotFound)
  })

  test('changes nothing if the tombstones cannot be written', () => {
    const harness = new Harness()
    harness.member().commit(1, SIMPLE)
    harness.log.appendError = ErrorCode.NotEnoughReplicas
    const { results } = immediate(
      harness.coordinator.admin.deleteGroups({ groupsNames: ['simple'] }),
    )
    expect(results).toEqual([{ groupId: 'simple', errorCode: ErrorCode.CoordinatorNotAvailable }])
    expect(harness.committed('simple')).toBe(1)
  })
})
