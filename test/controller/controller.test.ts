import { describe, expect, it } from 'vitest'
import { ConfigResourceType } from '../../src/protocol/config-resource.ts'
import type { TestController as Controller } from './support.ts'
import type { MetadataDelta } from '../../src/controller/metadata-image.ts'
import { defaultLogConfig } from '../../src/log/log-config.ts'
import { ZERO_UUID } from '../../src/platform/uuid.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { BatchView } from '../../src/record/batch-view.ts'
import type { BrokerRegistrationChangeRecord } from '../../src/protocol/internal/broker-records.ts'
import { decodeMetadataRecord } from '../../src/protocol/internal/cluster-metadata.ts'
import type { PartitionChangeRecord } from '../../src/protocol/internal/topic-records.ts'
import type { Decoded } from '../../src/protocol/schema/index.ts'
import { recordsOf } from '../../src/record/records.ts'
import { register, startController, topic, type MemoryReplica } from './support.ts'

const Topic = ConfigResourceType.Topic
const Broker = ConfigResourceType.Broker

function set(controller: Controller, type: number, name: string, config: string, value: string) {
  const change = { name: config, configOperation: 0, value }
  const resource = { resourceType: type, resourceName: name, configs: [change] }
  return controller.incrementalAlterConfigs([resource], { brokerId: 1 })[0]!
}

function remove(controller: Controller, type: number, name: string, config: string) {
  const change = { name: config, configOperation: 1, value: null }
  const resource = { resourceType: type, resourceName: name, configs: [change] }
  return controller.incrementalAlterConfigs([resource], { brokerId: 1 })[0]!
}

/** All that an image says, comparable. */
function state({ image }: Controller) {
  return {
    brokers: [...image.brokers.values()],
    topics: [...image.topics.values()],
    configs: [Topic, Broker].map((type) =>
      image.configuredResources(type).map((name) => [name, ...image.configs(type, name)]),
    ),
    features: [...image.features],
    nextProducerId: image.nextProducerId,
    lastOffset: image.lastOffset,
  }
}

describe('a restart', () => {
  it('reads the metadata log and restores everything: ids, epochs, configs', () => {
    const { controller, storage } = startController({ brokers: 3 })
    controller.createTopics([
      topic('a', { numPartitions: 4, replicationFactor: 3 }),
      topic('b', { configs: [{ name: 'retention.ms', value: '5' }] }),
      topic('c'),
    ])
    controller.createPartitions([{ name: 'c', count: 3, assignments: null }])
    controller.deleteTopics([{ name: 'b', topicId: ZERO_UUID }])
    set(controller, Topic, 'a', 'cleanup.policy', 'compact')
    set(controller, Broker, '', 'log.retention.ms', '6000')
    set(controller, Broker, '1', 'log.segment.bytes', '2000000')
    controller.allocateProducerIds(1)
    controller.fenceBrokers([2])

    const again = startController({ storage, brokers: 0 })

    // The new leader has begun its epoch with a record of its own.
    const lastOffset = controller.image.lastOffset + 1
    expect(state(again.controller)).toEqual({ ...state(controller), lastOffset })
    expect(again.controller.image.topics.get('b')).toBeUndefined()
    expect(again.controller.image.configs(Topic, 'b').size).toBe(0)
    expect(again.controller.topicLogConfig('c', 1)).toMatchObject({
      retentionMs: 6000,
      segmentBytes: 2_000_000,
    })
    expect(again.controller.allocateProducerIds(1)).toEqual({ firstProducerId: 1000, count: 1000 })
  })

  it('gives the leaders new epochs when the brokers come back', () => {
    const { controller, storage } = startController({ brokers: 2 })
    controller.createTopics([topic('a', { numPartitions: 4 })])
    const again = startController({ storage, brokers: 2 })
    const before = controller.image.topics.get('a')!.partitions
    expect(again.controller.image.topics.get('a')!.partitions).toEqual(
      before.map((partition) => ({ ...partition, leaderEpoch: 2, partitionEpoch: 2 })),
    )
  })
})

describe('the metadata log', () => {
  it('starts with the features of 4.4 and has one valid batch per decision, without gaps', () => {
    const { controller, storage } = startController()
    controller.createTopics([topic('a', { numPartitions: 2 }), topic('b')])
    const batches = storage.batches.map((bytes) => new BatchView(bytes))
    // The leader of the quorum, the features, the registration, broker 1 in service, the topics.
    expect(batches.map(({ recordCount }) => recordCount)).toEqual([1, 7, 1, 1, 5])
    expect(batches.map(({ isControl }) => isControl)).toEqual([true, false, false, false, false])
    let offset = 0
    for (const batch of batches) {
      expect(batch.isChecksumValid).toBe(true)
      expect(batch.baseOffset).toBe(offset)
      offset = batch.nextOffset
    }
    expect(Object.fromEntries(controller.image.features)).toEqual({
      'metadata.version': 33,
      'eligible.leader.replicas.version': 1,
      'group.version': 1,
      'share.version': 2,
      'streams.version': 1,
      'transaction.version': 2,
    })
    expect(controller.image.lastOffset).toBe(offset - 1)
  })

  it('begins with the chosen feature levels, and without those at 0, as a formatted Kafka does', () => {
    const levels = {
      'eligible.leader.replicas.version': 0,
      'share.version': 1,
      'transaction.version': 0,
    }
    const { controller, storage } = startController({ levels })
    expect(Object.fromEntries(controller.image.features)).toEqual({
      'metadata.version': 33,
      'group.version': 1,
      'share.version': 1,
      'streams.version': 1,
    })
    // Without eligible leader replicas, there is no record of min.insync.replicas.
    expect(new BatchView(storage.batches[1]!).recordCount).toBe(4)
  })

  it('gives brokers the offset of their registration as epoch', () => {
    const { controller } = startController({ brokers: 2 })
    expect([...controller.image.brokers.values()].map(({ epoch }) => epoch)).toEqual([8, 10])
    expect(register(controller, 1)).toBe(12)
  })

  it('is not written if a request only validates', () => {
    const { controller, storage } = startController()
    const written = storage.batches.length
    const [result] = controller.createTopics([topic('a')], { validateOnly: true })
    expect(result).toMatchObject({ errorCode: ErrorCode.None, numPartitions: 1 })
    expect(controller.image.topics.size).toBe(0)
    expect(storage.batches.length).toBe(written)
  })
})

describe('topics on several brokers', () => {
  it('get one replica each by default, and leaders on all brokers', () => {
    const { controller } = startController({ brokers: 3 })
    controller.createTopics([topic('a', { numPartitions: 6, replicationFactor: -1 })])
    const { partitions } = controller.image.topics.get('a')!
    expect(partitions.map(({ replicas }) => replicas.length)).toEqual([1, 1, 1, 1, 1, 1])
    expect(new Set(partitions.map(({ leader }) => leader))).toEqual(new Set([1, 2, 3]))
  })

  it('refuse assignments of unequal length', () => {
    const { controller } = startController({ brokers: 2 })
    const assignments = [
      { partitionIndex: 0, brokerIds: [1] },
      { partitionIndex: 1, brokerIds: [1, 2] },
    ]
    const asked = topic('a', { numPartitions: -1, replicationFactor: -1, assignments })
    expect(controller.createTopics([asked])[0]).toMatchObject({
      errorCode: ErrorCode.InvalidReplicaAssignment,
      errorMessage:
        'The manual partition assignment includes a partition with 2 replica(s), but this is not consistent with previous partitions, which have 1 replica(s).',
    })
  })

  it('accept partition indexes that are too large for an array', () => {
    const { controller } = startController()
    for (const partitionIndex of [-1, 2 ** 31 - 1]) {
      const assignments = [{ partitionIndex, brokerIds: [1] }]
      const asked = topic('a', { numPartitions: -1, replicationFactor: -1, assignments })
      expect(controller.createTopics([asked])[0]!.errorCode).toBe(39)
    }
  })
})

describe('a fenced broker', () => {
  it('loses its partitions to the next in-sync replica', () => {
    const { controller } = startController({ brokers: 2 })
    const assignments = [{ partitionIndex: 0, brokerIds: [1, 2] }]
    controller.createTopics([topic('a', { numPartitions: -1, replicationFactor: -1, assignments })])
    controller.fenceBrokers([1])
    expect(controller.image.partition('a', 0)).toMatchObject({
      leader: 2,
      isr: [2],
      leaderEpoch: 1,
      partitionEpoch: 1,
    })
    expect(controller.image.aliveBrokers().map(({ id }) => id)).toEqual([2])
  })

  it('leaves its only partition without leader until it registers again', () => {
    const { controller } = startController()
    controller.createTopics([topic('a')])
    controller.fenceBrokers([1])
    expect(controller.image.partition('a', 0)).toMatchObject({ leader: -1, isr: [], elr: [1] })
    register(controller, 1)
    expect(controller.image.partition('a', 0)).toMatchObject({
      leader: 1,
      isr: [1],
      elr: [],
      leaderEpoch: 2,
    })
  })
})

describe('the life of a broker', () => {
  /** The records of the batches that `act` adds, without fields that are the same in all. */
  function written(storage: MemoryReplica, act: () => void) {
    const before = storage.batches.length
    act()
    return storage.batches.slice(before).map((bytes) =>
      [...recordsOf(new BatchView(bytes))].map(({ value }) => {
        const { name, record } = decodeMetadataRecord(value!)
        const { isr, leader, eligibleLeaderReplicas, lastKnownElr, leaderRecoveryState } =
          record as Decoded<typeof PartitionChangeRecord>
        if (name === 'PartitionChangeRecord') {
          const recovery = leaderRecoveryState === -1 ? undefined : leaderRecoveryState
          return [isr, leader, eligibleLeaderReplicas, lastKnownElr, recovery]
        }
        const { fenced, inControlledShutdown } = record as Decoded<
          typeof BrokerRegistrationChangeRecord
        >
        return name === 'RegisterBrokerRecord' ? name : { fenced, inControlledShutdown }
      }),
    )
  }

  /** Broker 2 of three, with a partition of its own and one that it shares. */
  function start() {
    const { controller, storage } = startController({ brokers: 3 })
    for (const [name, ...replicas] of [
      ['own', [2]],
      ['shared', [2, 3], [3, 2]],
    ] as [string, ...number[][]][]) {
      const assignments = replicas.map((brokerIds, partitionIndex) => {
        return { partitionIndex, brokerIds }
      })
      const assigned = { numPartitions: -1, replicationFactor: -1, assignments }
      controller.createTopics([topic(name, assigned)])
    }
    return { controller, storage }
  }

  // As a real Kafka 4.4.0 writes them.
  const UNCHANGED = -2
  const departures = [
    [[], -1, [2], [2], undefined],
    [[3], 3, null, null, undefined],
    [[3], UNCHANGED, null, null, undefined],
  ]

  it("writes Kafka's records when it stops and starts again", () => {
    const { controller, storage } = start()
    expect(written(storage, () => controller.shutDownBroker(2))).toEqual([
      [{ fenced: 0, inControlledShutdown: 1 }, ...departures],
      [{ fenced: 1, inControlledShutdown: 0 }],
    ])
    expect(controller.image.brokers.get(2)).toMatchObject({
      fenced: true,
      inControlledShutdown: true,
    })
    expect(written(storage, () => register(controller, 2))).toEqual([
      ['RegisterBrokerRecord'],
      [{ fenced: -1, inControlledShutdown: 0 }, [[2], 2, [], [], undefined]],
    ])
  })

  it("writes Kafka's records when it dies and starts again", () => {
    const { controller, storage } = start()
    expect(written(storage, () => controller.fenceBrokers([2]))).toEqual([
      [...departures, { fenced: 1, inControlledShutdown: 0 }],
    ])
    const restart = () => register(controller, 2, { hadCleanShutdown: false })
    expect(written(storage, restart)).toEqual([
      [[null, UNCHANGED, [], null, undefined], 'RegisterBrokerRecord'],
      [{ fenced: -1, inControlledShutdown: 0 }, [[2], 2, null, [], 1]],
    ])
    expect(controller.image.partition('own', 0)).toMatchObject({ leader: 2, leaderEpoch: 2 })
  })

  it('ends with the next one, when it starts again before it is known to be dead', () => {
    const { controller } = start()
    register(controller, 2, { hadCleanShutdown: false })
    expect(controller.image.partition('own', 0)).toMatchObject({ leader: 2, leaderEpoch: 2 })
    expect(controller.image.partition('shared', 0)).toMatchObject({ leader: 3, isr: [3] })
    expect(controller.image.isAlive(2)).toBe(true)
  })
})

describe('topics are deleted', () => {
  it('by name or by id, each once', () => {
    const { controller } = startController()
    const [a, b] = controller.createTopics([topic('a'), topic('b'), topic('c')])
    const codes = controller
      .deleteTopics([
        { name: 'a', topicId: ZERO_UUID },
        { name: null, topicId: a!.topicId },
        { name: null, topicId: b!.topicId },
        { name: null, topicId: b!.topicId },
        { name: null, topicId: ZERO_UUID },
      ])
      .map(({ name, topicId, errorMessage }) => [name, topicId, errorMessage])
    expect(codes).toEqual([
      ['a', a!.topicId, 'The provided topic name maps to an ID that was already supplied.'],
      [null, b!.topicId, 'Duplicate topic id.'],
      [null, ZERO_UUID, 'Neither topic name nor id were specified.'],
    ])
    expect([...controller.image.topics.keys()]).toEqual(['a', 'b', 'c'])
  })

  it('not at all when delete.topic.enable is false', () => {
    const { controller } = startController({ properties: { 'delete.topic.enable': 'false' } })
    controller.createTopics([topic('a')])
    const [result] = controller.deleteTopics([{ name: 'a', topicId: ZERO_UUID }])
    expect(result).toMatchObject({
      errorCode: ErrorCode.TopicDeletionDisabled,
      errorMessage: 'Topic deletion is disabled.',
    })
    expect(controller.image.topics.has('a')).toBe(true)
  })
})

describe('the configs of a log', () => {
  it("are Kafka's defaults when nothing is set", () => {
    const { controller } = startController()
    controller.createTopics([topic('a')])
    expect(controller.topicLogConfig('a', 1)).toEqual(defaultLogConfig)
  })

  it("come from the topic, then the broker's dynamic configs, then its properties in any unit", () => {
    const properties = { 'log.retention.hours': '2', 'log.roll.hours': '3' }
    const { controller } = startController({ properties })
    controller.createTopics([topic('a')])
    const config = () => controller.topicLogConfig('a', 1)
    expect(config()).toMatchObject({ retentionMs: 7_200_000, segmentMs: 10_800_000 })
    set(controller, Broker, '', 'log.retention.ms', '4')
    expect(config().retentionMs).toBe(4)
    set(controller, Broker, '1', 'log.retention.ms', '3')
    expect(config().retentionMs).toBe(3)
    set(controller, Topic, 'a', 'retention.ms', '2')
    expect(config().retentionMs).toBe(2)
    remove(controller, Topic, 'a', 'retention.ms')
    remove(controller, Broker, '1', 'log.retention.ms')
    remove(controller, Broker, '', 'log.retention.ms')
    expect(config().retentionMs).toBe(7_200_000)
  })

  it('follow a dynamic change in the object of a broker', () => {
    const { controller } = startController()
    const config = controller.brokerConfig(1)
    expect(config.number('num.io.threads')).toBe(8)
    set(controller, Broker, '1', 'num.io.threads', '9')
    expect(config.number('num.io.threads')).toBe(9)
    expect(config.boolean('auto.create.topics.enable')).toBe(true)
    expect(config.list('log.cleanup.policy')).toEqual(['delete'])
  })
})

describe('listeners', () => {
  it('are notified of a change when the image contains it', () => {
    const { controller } = startController()
    const told: string[] = []
    const stop = controller.onChange((delta) => {
      for (const [name, image] of delta.changedTopics) {
        expect(controller.image.topics.get(name)).toBe(image)
        told.push(`changed ${name}:${image.partitions.length}`)
      }
      for (const name of delta.deletedTopics.keys()) told.push(`deleted ${name}`)
      for (const { name } of delta.changedConfigs) told.push(`configs of ${name}`)
      for (const id of delta.changedBrokers.keys()) told.push(`broker ${id}`)
    })
    controller.createTopics([topic('a', { configs: [{ name: 'flush.ms', value: '1' }] })])
    controller.createPartitions([{ name: 'a', count: 2, assignments: null }])
    controller.deleteTopics([{ name: 'a', topicId: ZERO_UUID }])
    register(controller, 2)
    stop()
    controller.createTopics([topic('b')])
    expect(told).toEqual([
      'changed a:1',
      'configs of a',
      'changed a:2',
      'deleted a',
      'broker 2',
      'broker 2',
    ])
  })

  it('are notified of changes in order, even of those that a listener makes', () => {
    const { controller } = startController()
    const told: string[] = []
    const note = (delta: MetadataDelta) => told.push(...delta.changedTopics.keys())
    controller.onChange((delta) => {
      if (delta.changedTopics.has('a')) controller.createTopics([topic('b')])
    })
    controller.onChange(note)
    controller.createTopics([topic('a')])
    expect(told).toEqual(['a', 'b'])
  })

  it('keep the images that they got: a later change creates new ones', () => {
    const { controller } = startController()
    controller.createTopics([topic('a')])
    const before = controller.image.topics.get('a')!
    controller.createPartitions([{ name: 'a', count: 3, assignments: null }])
    expect(before.partitions.length).toBe(1)
    expect(controller.image.topics.get('a')!.partitions[0]).toBe(before.partitions[0])
  })
})
