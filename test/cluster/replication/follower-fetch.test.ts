import { describe, expect, test } from 'vitest'
import type { ClusterOptions, ReplicaSelectorRequest } from '../../../src/index.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { OffsetForLeaderEpoch } from '../../../src/protocol/messages/index.ts'
import { fetchOne, listOffset, topicFields, valuesOf } from '../../broker/support.ts'
import { startReplicated, until } from './support.ts'

const RACK_AWARE = 'org.apache.kafka.common.replica.RackAwareReplicaSelector'
const brokers = [{ rack: 'r1' }, { rack: 'r2' }, { rack: 'r3' }]
const rackAware: ClusterOptions = { brokers, config: { 'replica.selector.class': RACK_AWARE } }

/** Starts a cluster whose brokers have a rack each. `fetchFrom` fetches as a consumer of a rack. */
async function start(options: ClusterOptions) {
  const kit = await startReplicated({}, options)
  const { leader } = await kit.partition()
  const [follower] = [1, 2, 3].filter((id) => id !== leader) as [number]
  const fetchFrom = async (brokerId: number, rackId: string, offset = 0, version = 12) => {
    const caller = await kit.connect(brokerId)
    return fetchOne(caller, 'orders', { fetchOffset: offset }, { rackId, version })
  }
  await kit.send('a')
  await kit.send('b')
  return { ...kit, leader, follower, fetchFrom }
}

describe('with the rack-aware selector', () => {
  test('the leader sends a consumer to the follower in its rack, which serves it', async () => {
    const { clock, leader, follower, fetchFrom } = await start(rackAware)
    const answer = await fetchFrom(leader, `r${follower}`)
    expect(answer).toMatchObject({
      errorCode: ErrorCode.None,
      preferredReadReplica: follower,
      highWatermark: 2,
    })
    expect(answer.records).toHaveLength(0)
    // Without new records the follower gets the high watermark after `replica.fetch.wait.max.ms`.
    await clock.advance(500)
    await until(async () => (await fetchFrom(follower, `r${follower}`)).highWatermark === 2)
    const served = await fetchFrom(follower, `r${follower}`)
    expect(served.preferredReadReplica).toBe(-1)
    expect(valuesOf(served.records)).toEqual(['a', 'b'])
  })

  test('the leader serves consumers of its own rack, of other racks and of none', async () => {
    const { leader, fetchFrom } = await start(rackAware)
    for (const rackId of [`r${leader}`, 'elsewhere', '']) {
      const answer = await fetchFrom(leader, rackId)
      expect(answer.preferredReadReplica).toBe(-1)
      expect(valuesOf(answer.records)).toEqual(['a', 'b'])
    }
  })

  test('the leader serves consumers whose version has no rack', async () => {
    const { leader, follower, fetchFrom } = await start(rackAware)
    expect(valuesOf((await fetchFrom(leader, `r${follower}`, 0, 10)).records)).toEqual(['a', 'b'])
  })

  test('a follower that does not have the offset is not named', async () => {
    const { leader, follower, fetchFrom } = await start(rackAware)
    const answer = await fetchFrom(leader, `r${follower}`, 3)
    expect(answer).toMatchObject({
      errorCode: ErrorCode.OffsetOutOfRange,
      preferredReadReplica: -1,
    })
  })

  test('a follower that is not in sync is not named', async () => {
    const { cluster, leader, follower, fetchFrom } = await start(rackAware)
    await cluster.broker(follower).stop()
    const answer = await fetchFrom(leader, `r${follower}`)
    expect(answer.preferredReadReplica).toBe(-1)
    expect(valuesOf(answer.records)).toEqual(['a', 'b'])
  })
})

test('a follower refuses offsets that it does not have, and requests for the leader', async () => {
  const { connect, follower, fetchFrom } = await start(rackAware)
  expect((await fetchFrom(follower, '', 3)).errorCode).toBe(ErrorCode.OffsetOutOfRange)
  const caller = await connect(follower)
  expect((await listOffset(caller, 'orders', -1)).errorCode).toBe(ErrorCode.NotLeaderOrFollower)
  const epochs = await caller.call(OffsetForLeaderEpoch, 4, {
    replicaId: -1,
    topics: [{ ...topicFields('orders'), partitions: [{ partition: 0, leaderEpoch: 0 }] }],
  })
  expect(epochs.topics[0]!.partitions[0]!.errorCode).toBe(ErrorCode.NotLeaderOrFollower)
})

test('without a selector the leader serves every consumer', async () => {
  const { leader, follower, fetchFrom } = await start({ brokers })
  const answer = await fetchFrom(leader, `r${follower}`)
  expect(answer.preferredReadReplica).toBe(-1)
  expect(valuesOf(answer.records)).toEqual(['a', 'b'])
})

test('a function can select the replica', async () => {
  const seen: ReplicaSelectorRequest[] = []
  const { leader, follower, fetchFrom } = await start({
    brokers,
    replicaSelector: (request) => {
      seen.push(request)
      return request.client.rackId === 'follower' ? follower : leader
    },
  })
  expect((await fetchFrom(leader, 'follower')).preferredReadReplica).toBe(follower)
  expect(valuesOf((await fetchFrom(leader, 'leader')).records)).toEqual(['a', 'b'])
  expect(seen[0]).toMatchObject({
    topic: 'orders',
    partition: 0,
    fetchOffset: 0,
    client: { rackId: 'follower', clientId: 'test', listener: 'PLAINTEXT' },
  })
  expect(seen[0]!.replicas.map(({ isLeader }) => isLeader)).toEqual([true, false, false])
  expect(seen[0]!.replicas[0]).toMatchObject({ brokerId: leader, rack: `r${leader}` })
})
