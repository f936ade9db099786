import { BrokerConfig } from '../../../src/controller/broker-config.ts'
import { EffectiveGroupConfig } from '../../../src/controller/effective-group-config.ts'
import { LiveMetadataImage } from '../../../src/controller/live-metadata-image.ts'
import { describe, expect, test } from 'vitest'
import { deleteGroups } from '../../../src/coordinator/group/delete-groups.ts'
import { noGroupHooks } from '../../../src/coordinator/group/group-hooks.ts'
import { readGroupConfig } from '../../../src/coordinator/group/group-config.ts'
import { type GroupRecord, groupRecords } from '../../../src/coordinator/group/group-records.ts'
import { GroupShard } from '../../../src/coordinator/group/group-shard.ts'
import { deleteOffsets } from '../../../src/coordinator/group/offsets/offset-delete.ts'
import { forgetTopics } from '../../../src/coordinator/group/offsets/offset-expiration.ts'
import { fetchOffsets } from '../../../src/coordinator/group/offsets/offset-fetch.ts'
import { PartitionRuntime } from '../../../src/coordinator/runtime/partition-runtime.ts'
import { ManualClock } from '../../../src/platform/manual-clock.ts'
import { SeededRandom } from '../../../src/platform/random.ts'
import { systemTurn } from '../../../src/platform/turn.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import type { TopicLookup } from '../../../src/coordinator/group/offsets/topic-lookup.ts'
import { MemoryInternalTopic } from '../memory-internal-topic.ts'
import { TOPIC_ID } from './support.ts'

const GROUP = 'orders'
const RETENTION_MS = 60 * 60_000
const PRODUCER = { producerId: 1, producerEpoch: 0 }
const OTHER = { producerId: 2, producerEpoch: 0 }

const lookup = {
  topics: new Map([['t', { id: TOPIC_ID }]]),
  topicsById: new Map(),
  partition: () => ({}),
} as unknown as TopicLookup

/** One partition of `__consumer_offsets` to which transactional producers commit. */
class Kit {
  readonly clock = new ManualClock()
  readonly topic = new MemoryInternalTopic()
  partition = this.#load()

  get state(): GroupShard {
    return this.partition.state
  }

  /** Commits an offset for partition 0, in the open transaction of a producer if one is given. */
  commit(offset: number, producer?: typeof PRODUCER): void {
    const record: GroupRecord = {
      kind: 'offsetCommit',
      groupId: GROUP,
      topic: 't',
      partition: 0,
      committed: {
        offset,
        leaderEpoch: -1,
        metadata: '',
        commitTimestampMs: this.clock.now(),
        expireTimestampMs: -1,
        topicId: TOPIC_ID,
      },
    }
    const decide = () => ({ records: [record], response: 'ok' })
    const outcome =
      producer === undefined
        ? this.partition.write(decide)
        : this.partition.writeTransactional(producer, decide)
    expect(outcome).toBe('ok')
  }

  end(producer: typeof PRODUCER, isCommitted: boolean): void {
    const marker = { isCommitted, coordinatorEpoch: 0 }
    expect(this.partition.endTransaction(producer, marker, 'ok')).toBe('ok')
  }

  /** The committed offset and the error, without `requireStable` and with it. */
  fetch() {
    return [false, true].map((requireStable) => {
      const request = {
        groupId: GROUP,
        memberId: null,
        memberEpoch: -1,
        topics: [{ name: 't', topicId: TOPIC_ID, partitionIndexes: [0] }],
      }
      const { topics } = fetchOffsets(this.state, request, { apiVersion: 9, requireStable, lookup })
      const { committedOffset, errorCode } = topics[0]!.partitions[0]!
      return [committedOffset, errorCode]
    })
  }

  reload(): void {
    this.partition.unload()
    this.partition = this.#load()
  }

  #load(): PartitionRuntime<GroupRecord, GroupShard> {
    const configs: Record<string, number> = {
      'offsets.retention.minutes': RETENTION_MS / 60_000,
      'offsets.retention.check.interval.ms': 600_000,
    }
    const brokerConfig = new BrokerConfig()
    const environment = {
      clock: this.clock,
      random: new SeededRandom(1),
      turn: systemTurn,
      config: readGroupConfig({ number: (name) => configs[name] ?? 0 }),
      brokerConfig,
      groupConfig: () => new EffectiveGroupConfig(new Map(), brokerConfig),
      image: new LiveMetadataImage('cluster'),
      expireMembersOfClosedConnections: false,
      hooks: noGroupHooks,
    }
    const partition = new PartitionRuntime(this.topic.partition(0), {
      clock: this.clock,
      serde: groupRecords,
      baseSequence: 0,
      commitTimeoutMs: 5000,
      createShard: (writer) => new GroupShard(writer, environment),
    })
    partition.load()
    return partition
  }
}

const stable = (offset: number) => [
  [offset, ErrorCode.None],
  [offset, ErrorCode.None],
]
const unstable = (offset: number) => [
  [offset, ErrorCode.None],
  [-1, ErrorCode.UnstableOffsetCommit],
]

/** Checks an answer now, and again after the partition was loaded. */
function expectFetch(kit: Kit, expected: number[][]): void {
  expect(kit.fetch()).toEqual(expected)
  kit.reload()
  expect(kit.fetch()).toEqual(expected)
}

describe('an offset that was committed in a transaction', () => {
  test.each([
    [true, 20],
    [false, 10],
  ])('is pending until the transaction ends: committed %s', (isCommitted, offset) => {
    const kit = new Kit()
    kit.commit(10)
    kit.commit(20, PRODUCER)
    expectFetch(kit, unstable(10))
    kit.end(PRODUCER, isCommitted)
    expectFetch(kit, stable(offset))
  })

  test('does not replace one that was committed after it', () => {
    const kit = new Kit()
    kit.commit(20, PRODUCER)
    kit.commit(30)
    kit.end(PRODUCER, true)
    expectFetch(kit, stable(30))
  })

  test('stays unstable as long as any transaction is open', () => {
    const kit = new Kit()
    kit.commit(20, PRODUCER)
    kit.commit(21, OTHER)
    kit.end(PRODUCER, true)
    expectFetch(kit, unstable(20))
    kit.end(OTHER, false)
    expectFetch(kit, stable(20))
  })

  test('replaces the one before it in the same transaction', () => {
    const kit = new Kit()
    kit.commit(20, PRODUCER)
    kit.commit(21, PRODUCER)
    kit.end(PRODUCER, true)
    expectFetch(kit, stable(21))
  })
})

describe('an open transaction', () => {
  test('keeps the offset that it would replace, and its group, from expiring', async () => {
    const kit = new Kit()
    kit.commit(10)
    kit.commit(20, PRODUCER)
    await kit.clock.advance(3 * RETENTION_MS)
    expectFetch(kit, unstable(10))
    kit.end(PRODUCER, false)
    await kit.clock.advance(3 * RETENTION_MS)
    expectFetch(kit, stable(-1))
    expect(kit.state.groups.has(GROUP)).toBe(false)
  })

  test('keeps a group from expiring that has no other offsets', async () => {
    const kit = new Kit()
    kit.commit(20, PRODUCER)
    const before = kit.topic.records(0).length
    await kit.clock.advance(3 * RETENTION_MS)
    expect(kit.topic.records(0).length).toBe(before)
    expect(kit.state.groups.has(GROUP)).toBe(true)
  })

  test.each<[string, (kit: Kit) => unknown, number]>([
    ['OffsetDelete', (kit) => kit.partition.write((state) => removal(state)), 1],
    ['DeleteGroups', (kit) => kit.partition.write((state) => deleteGroups(state, [GROUP])), 2],
    [
      'the deletion of its topic',
      (kit) =>
        kit.partition.appendSeparately(forgetTopics(kit.state, new Map([['t', { id: TOPIC_ID }]]))),
      1,
    ],
  ])('loses its offsets by %s', (_, remove, records) => {
    const kit = new Kit()
    kit.commit(20, PRODUCER)
    const before = kit.topic.records(0).length
    remove(kit)
    expect(kit.topic.records(0).length - before).toBe(records)
    expectFetch(kit, stable(-1))
    kit.end(PRODUCER, true)
    expectFetch(kit, stable(-1))
  })

  test('of a topic with another id is not touched by the deletion of a topic of the same name', () => {
    const kit = new Kit()
    kit.commit(10)
    kit.commit(20, PRODUCER)
    const deleted = new Map([['t', { id: 'AQIDBAUGBwgJCgsMDQ4PEA' }]])
    expect(forgetTopics(kit.state, deleted)).toEqual([])
  })
})

function removal(state: GroupShard) {
  const topics = [{ name: 't', partitions: [{ partitionIndex: 0 }] }]
  return deleteOffsets(state, lookup, { groupId: GROUP, topics })
}
