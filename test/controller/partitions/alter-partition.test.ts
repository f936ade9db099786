import { beforeEach, describe, expect, it } from 'vitest'
import { LeaderRecovery } from '../../../src/controller/metadata-image.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { startController, topic, type TestController } from '../support.ts'

const LEADER = 1
const RECOVERED = LeaderRecovery.Recovered
const RECOVERING = LeaderRecovery.Recovering

let controller: TestController

beforeEach(() => {
  controller = startController({ brokers: 4 }).controller
  const assignments = [{ partitionIndex: 0, brokerIds: [LEADER, 2, 3] }]
  controller.createTopics([topic('a', { numPartitions: -1, replicationFactor: -1, assignments })])
})

function partition() {
  return controller.image.partition('a', 0)!
}

function epochOf(brokerId: number): number {
  return controller.image.brokers.get(brokerId)!.epoch
}

/** Requests in-sync replicas, with the epochs that their brokers have unless others are given. */
function alter(
  isr: readonly number[],
  changes: Partial<{
    brokerId: number
    brokerEpoch: number
    partitionIndex: number
    leaderEpoch: number
    partitionEpoch: number
    leaderRecoveryState: number
    replicaEpoch: number
    topicId: string
  }> = {},
) {
  const { brokerId = LEADER } = changes
  const { leaderEpoch, partitionEpoch } = partition()
  return controller.alterPartition({
    brokerId,
    brokerEpoch: changes.brokerEpoch ?? epochOf(brokerId),
    topics: [
      {
        topicId: changes.topicId ?? controller.image.topics.get('a')!.id,
        partitions: [
          {
            partitionIndex: changes.partitionIndex ?? 0,
            leaderEpoch: changes.leaderEpoch ?? leaderEpoch,
            newIsrWithEpochs: isr.map((id) => ({
              brokerId: id,
              brokerEpoch: changes.replicaEpoch ?? controller.image.brokers.get(id)?.epoch ?? -1,
            })),
            leaderRecoveryState: changes.leaderRecoveryState ?? RECOVERED,
            partitionEpoch: changes.partitionEpoch ?? partitionEpoch,
          },
        ],
      },
    ],
  })
}

function errorOf(...request: Parameters<typeof alter>): ErrorCode {
  return alter(...request).topics[0]!.partitions[0]!.errorCode
}

describe('a leader that changes its in-sync replicas', () => {
  it('removes and adds replicas, in new partition epochs of one leader epoch', () => {
    const { leaderEpoch, partitionEpoch } = partition()
    const { errorCode, topics } = alter([LEADER, 2])
    expect(errorCode).toBe(ErrorCode.None)
    expect(topics[0]!.partitions[0]).toEqual({
      partitionIndex: 0,
      errorCode: ErrorCode.None,
      leaderId: LEADER,
      leaderEpoch,
      isr: [LEADER, 2],
      leaderRecoveryState: RECOVERED,
      partitionEpoch: partitionEpoch + 1,
    })
    expect(partition()).toMatchObject({ isr: [LEADER, 2], partitionEpoch: partitionEpoch + 1 })
    expect(errorOf([LEADER, 2, 3])).toBe(ErrorCode.None)
    expect(partition()).toMatchObject({ isr: [LEADER, 2, 3], leaderEpoch })
  })

  it('is refused as a whole when its broker has registered again', () => {
    const stale = alter([LEADER], { brokerEpoch: epochOf(LEADER) - 1 })
    expect(stale).toEqual({ errorCode: ErrorCode.StaleBrokerEpoch, topics: [] })
    expect(alter([LEADER], { brokerId: 9, brokerEpoch: 0 }).errorCode).toBe(
      ErrorCode.StaleBrokerEpoch,
    )
  })

  it('is refused for what does not exist', () => {
    expect(errorOf([LEADER], { topicId: 'AAAAAAAAAAAAAAAAAAAACg' })).toBe(ErrorCode.UnknownTopicId)
    expect(errorOf([LEADER], { partitionIndex: 1 })).toBe(ErrorCode.UnknownTopicOrPartition)
  })

  it('is refused with another epoch than that of the partition', () => {
    const { leaderEpoch, partitionEpoch } = partition()
    expect(errorOf([9], { leaderEpoch: leaderEpoch + 1 })).toBe(ErrorCode.NotController)
    expect(errorOf([9], { partitionEpoch: partitionEpoch + 1 })).toBe(ErrorCode.NotController)
    expect(errorOf([9], { leaderEpoch: leaderEpoch - 1 })).toBe(ErrorCode.FencedLeaderEpoch)
    expect(errorOf([9], { partitionEpoch: partitionEpoch - 1 })).toBe(
      ErrorCode.InvalidUpdateVersion,
    )
  })

  it('is refused for a broker that does not lead, before its partition epoch is looked at', () => {
    const { partitionEpoch } = partition()
    const older = { brokerId: 2, partitionEpoch: partitionEpoch - 1 }
    expect(errorOf([LEADER, 2], older)).toBe(ErrorCode.InvalidRequest)
  })

  it.each([
    ['a broker without a replica', [LEADER, 4]],
    ['a replica twice', [LEADER, 2, 2]],
    ['no leader', [2, 3]],
    ['no replicas', []],
  ])('is refused with %s', (_name, isr) => {
    expect(errorOf(isr)).toBe(ErrorCode.InvalidRequest)
  })

  it('is refused when it begins to recover without an unclean election', () => {
    const leaderRecoveryState = RECOVERING
    expect(errorOf([LEADER], { leaderRecoveryState })).toBe(ErrorCode.InvalidRequest)
    expect(errorOf([LEADER, 2], { leaderRecoveryState })).toBe(ErrorCode.InvalidRequest)
  })

  it('is refused with replicas that are not in service, or that have restarted', () => {
    controller.fenceBrokers([3])
    expect(errorOf([LEADER, 2, 3])).toBe(ErrorCode.IneligibleReplica)
    expect(errorOf([LEADER, 2], { replicaEpoch: epochOf(2) + 100 })).toBe(
      ErrorCode.IneligibleReplica,
    )
    expect(errorOf([LEADER, 2], { replicaEpoch: -1 })).toBe(ErrorCode.None)
  })
})
