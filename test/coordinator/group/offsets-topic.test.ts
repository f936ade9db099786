import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { recordTypeOf } from '../../../src/protocol/internal/coordinator-record.ts'
import { LegacyOffsetCommitRecord } from '../../../src/protocol/internal/offsets-topic.ts'
import { encodeBatch } from '../../../src/record/batch-encoder.ts'
import { BatchView } from '../../../src/record/batch-view.ts'
import { GROUP, Harness, SESSION_MS, commitTopic } from './support.ts'
import { immediate } from '../memory-internal-topic.ts'

const SIMPLE = { generationIdOrMemberEpoch: -1, memberId: '' }

/** The batch as a log of leader epoch 0 keeps it, at this offset. */
function stored(batch: Uint8Array, baseOffset: number): string {
  const view = new BatchView(Buffer.from(batch))
  view.stampBaseOffset(baseOffset)
  view.stampLeaderEpoch(0)
  return Buffer.from(view.bytes).toString('hex')
}

describe('__consumer_offsets', () => {
  test('has, byte for byte, the records of a 4.4 broker for the same commit', () => {
    const harness = new Harness({ startMs: 1_795_241_350_143 })
    harness.member().commit(1, { ...SIMPLE, groupId: 's1' })
    const [batch] = harness.log.read(harness.coordinator.partitionFor('s1'))
    expect(stored(batch!, 0)).toBe(
      '00000000000000000000006f00000000020697799a000000000000000001a1fcb913ff000001a1fcb913ff' +
        'ffffffffffffffffffff00000000000000017a0000001a000100027331000174000000005400040000000000' +
        '000001ffffffff01000001a1fcb913ff010010ed2494824f6147b8895d304cd852575600',
    )
  })

  test('has, byte for byte, the records of a 4.4 broker for a commit with its own retention', () => {
    const harness = new Harness({ startMs: 1_795_241_350_159 })
    harness.member().commit(3, {
      ...SIMPLE,
      groupId: 's2',
      apiVersion: 2,
      retentionTimeMs: 100_000,
      metadata: 'x',
    })
    const [batch] = harness.log.read(harness.coordinator.partitionFor('s2'))
    expect(stored(batch!, 1)).toBe(
      '0000000000000001000000620000000002842cc78f000000000000000001a1fcb9140f000001a1fcb9140f' +
        'ffffffffffffffffffff0000000000000001600000001a000100027332000174000000003a00010000000000' +
        '000003000178000001a1fcb9140f000001a1fcba9aaf00',
    )
  })

  test('has, byte for byte, the tombstones of a 4.4 broker for a deleted group', async () => {
    const harness = new Harness({ startMs: 1_795_241_350_187 })
    harness.member().commit(3, { ...SIMPLE, groupId: '' })
    void harness.coordinator.admin.deleteGroups({ groupsNames: [''] })
    const batch = harness.log.read(harness.coordinator.partitionFor(''))[1]!
    expect(stored(batch, 2)).toBe(
      '00000000000000020000004e0000000002e89c9d3e000000000001000001a1fcb9142b000001a1fcb9142b' +
        'ffffffffffffffffffff00000000000000022200000016000100000001740000000001001400000208000200000100',
    )
  })

  test('gets one batch per commit', () => {
    const harness = new Harness()
    harness.member().commit(0, { ...SIMPLE, topics: [commitTopic('t', { 0: 1, 1: 2 })] })
    const batches = harness.log.read(harness.coordinator.partitionFor(GROUP))
    expect(batches.map((batch) => new BatchView(batch).recordCount)).toEqual([2])
  })

  test('gets a new group at its first JoinGroup, and its generation when the leader has assigned', async () => {
    const harness = new Harness()
    const [member] = await harness.stableGroup(1)
    member!.leave()
    const records = harness.log.records(harness.coordinator.partitionFor(GROUP))
    expect(records.map(({ key }) => recordTypeOf(key!))).toEqual([2, 2, 2])
  })
})

describe('a coordinator that is elected', () => {
  test('knows the groups, their members, assignments and committed offsets', async () => {
    const harness = new Harness()
    const members = await harness.stableGroup(2)
    members[0]!.commit(42, { metadata: 'here' })
    const before = harness.describe()
    harness.restart()
    expect(harness.describe()).toEqual(before)
    expect(harness.committed()).toBe(42)
    for (const member of members) {
      expect(member.heartbeat()).toBe(ErrorCode.None)
      expect(String((await member.sync()).assignment)).toBe(`for ${member.clientId}`)
    }
  })

  test('gives the members their session timeout for the next heartbeat', async () => {
    const harness = new Harness()
    const [a, b] = await harness.stableGroup(2)
    await harness.clock.advance(SESSION_MS - 1)
    harness.restart()
    await harness.clock.advance(SESSION_MS - 1)
    expect(a!.heartbeat()).toBe(ErrorCode.None)
    await harness.clock.advance(1)
    expect(b!.heartbeat()).toBe(ErrorCode.UnknownMemberId)
  })

  test('knows static members, and fences their old member ids', async () => {
    const harness = new Harness()
    const [member] = await harness.stableGroup(1, () => ({ groupInstanceId: 'i0', apiVersion: 9 }))
    harness.restart()
    const again = harness.member()
    expect(await again.join({ groupInstanceId: 'i0' })).toMatchObject({
      generationId: 1,
      skipAssignment: true,
    })
    expect(member!.heartbeat({ groupInstanceId: 'i0' })).toBe(ErrorCode.FencedInstanceId)
  })

  test('continues to count generations', async () => {
    const harness = new Harness()
    const [member] = await harness.stableGroup(1)
    member!.leave()
    harness.restart()
    expect(harness.describe()).toMatchObject({ groupState: 'Empty', protocolType: 'consumer' })
    const [join] = await harness.answered(harness.member().join({ apiVersion: 3 }))
    expect(join!.generationId).toBe(3)
  })

  test('does not have what tombstones deleted', async () => {
    const harness = new Harness()
    harness.member().commit(1, SIMPLE)
    harness.member().commit(1, { ...SIMPLE, topics: [commitTopic('t', { 1: 1 })] })
    const topics = [{ name: 't', partitions: [{ partitionIndex: 0 }] }]
    void harness.coordinator.offsets.offsetDelete({ groupId: GROUP, topics })
    harness.restart()
    expect(harness.fetch(GROUP, null).topics[0]!.partitions.map((p) => p.partitionIndex)).toEqual([
      1,
    ])
    void harness.coordinator.admin.deleteGroups({ groupsNames: [GROUP] })
    harness.restart()
    expect(harness.describe().errorCode).toBe(ErrorCode.GroupIdNotFound)
  })

  test('rebalances a group that is larger than group.max.size has become', async () => {
    const harness = new Harness()
    const [a] = await harness.stableGroup(2)
    Object.assign(harness.config, { maxSize: 1 })
    harness.restart()
    expect(a!.heartbeat()).toBe(ErrorCode.RebalanceInProgress)
  })

  test('reads offsets of old Kafka versions and skips unknown kinds of records', () => {
    const harness = new Harness()
    const partition = harness.coordinator.partitionFor('old')
    const legacyValue = { offset: 9, metadata: '', commitTimestamp: harness.clock.now() }
    harness.log.partition(partition).append(
      encodeBatch([
        { key: Buffer.from([0, 99, 1]), value: Buffer.from([0, 7]) },
        {
          key: LegacyOffsetCommitRecord.encodeKey({ group: 'old', topic: 't', partition: 0 }),
          value: LegacyOffsetCommitRecord.encodeValue(0, legacyValue),
        },
      ]),
    )
    harness.restart()
    expect(harness.committed('old')).toBe(9)
  })

  test('answers NOT_COORDINATOR for the groups of a partition that cannot be read, as a 4.4 broker did', () => {
    const harness = new Harness()
    harness.member().commit(1, SIMPLE)
    harness.member().commit(2, { ...SIMPLE, groupId: 's1' })
    const partition = harness.coordinator.partitionFor(GROUP)
    expect(harness.coordinator.partitionFor('s1')).not.toBe(partition)
    const { key } = harness.log.records(partition)[0]!
    harness.log
      .partition(partition)
      .append(encodeBatch([{ key, value: Buffer.from([0x7f, 0x7f]) }]))
    harness.restart()
    expect(harness.unreadablePartitions).toEqual([partition])
    expect(harness.fetch(GROUP, null).errorCode).toBe(ErrorCode.NotCoordinator)
    expect(harness.describe().errorCode).toBe(ErrorCode.NotCoordinator)
    expect(harness.committed('s1')).toBe(2)
    const { groups } = immediate(
      harness.coordinator.admin.listGroups({ statesFilter: [], typesFilter: [] }),
    )
    expect(groups.map(({ groupId }) => groupId)).toEqual(['s1'])
  })
})

describe('a coordinator that resigns', () => {
  test('answers waiting members with NOT_COORDINATOR', async () => {
    const harness = new Harness()
    const [a] = await harness.stableGroup(2)
    const join = a!.join()
    harness.coordinator.onResigned(harness.coordinator.partitionFor(GROUP))
    expect(await join).toMatchObject({ errorCode: ErrorCode.NotCoordinator, memberId: a!.memberId })
    expect(a!.heartbeat()).toBe(ErrorCode.NotCoordinator)
    expect(await a!.join()).toMatchObject({ errorCode: ErrorCode.NotCoordinator, memberId: '' })
    expect((await a!.sync()).errorCode).toBe(ErrorCode.NotCoordinator)
    expect(a!.commit(1)).toBe(ErrorCode.NotCoordinator)
    expect(a!.leave().errorCode).toBe(ErrorCode.NotCoordinator)
    expect(harness.fetch(GROUP, null).errorCode).toBe(ErrorCode.NotCoordinator)
    expect(harness.describe().errorCode).toBe(ErrorCode.NotCoordinator)
    expect(
      immediate(harness.coordinator.admin.deleteGroups({ groupsNames: [GROUP] })).results,
    ).toEqual([{ groupId: GROUP, errorCode: ErrorCode.NotCoordinator }])
  })

  test('releases a SyncGroup that waits', async () => {
    const harness = new Harness()
    const [a, b] = [harness.member(), harness.member()]
    await harness.answered(a.join({ apiVersion: 3 }), b.join({ apiVersion: 3 }))
    const sync = b.sync()
    harness.coordinator.close()
    expect((await sync).errorCode).toBe(ErrorCode.NotCoordinator)
  })

  test('writes nothing more', async () => {
    const harness = new Harness()
    await harness.stableGroup(1)
    const partition = harness.coordinator.partitionFor(GROUP)
    const before = harness.log.read(partition).length
    harness.coordinator.close()
    await harness.clock.advance(SESSION_MS * 100)
    expect(harness.log.read(partition)).toHaveLength(before)
  })
})
