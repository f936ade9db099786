import { ApiError } from '../../src/protocol/api-error.ts'
import { describe, expect, test } from 'vitest'
import type { Partition } from '../../src/broker/partition.ts'
import { ReplicaManager } from '../../src/broker/replica-manager.ts'
import { defaultLogConfig } from '../../src/log/log-config.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts'
import { startController, topic } from '../controller/support.ts'
import { LogKit, batchOf } from '../log/log-kit.ts'
import { replicationOf } from './replication/kit.ts'
import { FaultyFileSystem } from '../support/disk/faulty-file-system.ts'

/** Fetchers that copy nothing. */
const noFetchers = { start: () => {}, stop: () => {}, close: () => {} }

/** Starts broker 1 of two, which follows a controller. */
function startReplicaManager() {
  const { controller } = startController({ brokers: 2 })
  const disk = new FaultyFileSystem(new MemoryFileSystem())
  const kit = new LogKit({ fileSystem: disk })
  const events: string[] = []
  const note = (event: string) => (partition: Partition) =>
    void events.push(`${event} ${partition.topic}-${partition.partition}`)
  const maxMessageBytes = new Map<string, number>()
  const replicas = new ReplicaManager({
    brokerId: 1,
    image: controller.image,
    logs: kit.manager,
    replication: replicationOf({ image: controller.image }),
    fetchers: noFetchers,
    logConfig: (name) => ({
      ...defaultLogConfig,
      maxMessageBytes: maxMessageBytes.get(name) ?? defaultLogConfig.maxMessageBytes,
    }),
    onElected: note('elected'),
    onAssigned: () => {},
    onResigned: note('resigned'),
  })
  controller.onChange((delta) => replicas.apply(delta))
  const assign = (name: string, ...leaders: number[]) =>
    controller.createTopics([
      topic(name, {
        numPartitions: -1,
        replicationFactor: -1,
        assignments: leaders.map((leader, partitionIndex) => ({
          partitionIndex,
          brokerIds: [leader],
        })),
      }),
    ])
  return { controller, disk, kit, replicas, events, assign, maxMessageBytes }
}

describe('the replica manager', () => {
  test('leads the partitions that the controller assigns to its broker, and knows the others', () => {
    const { replicas, assign, events } = startReplicaManager()
    assign('orders', 1, 2, 1)
    expect(events).toEqual(['elected orders-0', 'elected orders-2'])
    expect(replicas.leader('orders', 0)).toMatchObject({ topic: 'orders', partition: 0 })
    expect(replicas.leader('orders', 1)).toBe(ApiError.of(ErrorCode.NotLeaderOrFollower))
    expect([...replicas.partitions()].map(({ partition }) => partition)).toEqual([0, 2])
  })

  test.each([3, -1])('has no partition %d: UNKNOWN_TOPIC_OR_PARTITION', (partition) => {
    const { replicas, assign } = startReplicaManager()
    assign('orders', 1)
    expect(replicas.leader('orders', partition)).toBe(
      ApiError.of(ErrorCode.UnknownTopicOrPartition),
    )
    expect(replicas.leader('nothing', 0)).toBe(ApiError.of(ErrorCode.UnknownTopicOrPartition))
  })

  test.each(['constructor', '__proto__', 'toString'])('has no topic %s by accident', (name) => {
    expect(startReplicaManager().replicas.leader(name, 0)).toBe(
      ApiError.of(ErrorCode.UnknownTopicOrPartition),
    )
  })

  test('fences a leader epoch that is not current', () => {
    const { replicas, assign } = startReplicaManager()
    assign('orders', 1)
    expect(replicas.leader('orders', 0, 0)).toMatchObject({ leaderEpoch: 0 })
    expect(replicas.leader('orders', 0, 1)).toBe(ApiError.of(ErrorCode.UnknownLeaderEpoch))
  })

  test('applies the existing image when it starts', () => {
    const { controller } = startController({ brokers: 1 })
    controller.createTopics([topic('orders', { numPartitions: 2 })])
    const elected: number[] = []
    const replicas = new ReplicaManager({
      brokerId: 1,
      image: controller.image,
      logs: new LogKit().manager,
      replication: replicationOf({ image: controller.image }),
      fetchers: noFetchers,
      logConfig: () => defaultLogConfig,
      onElected: ({ partition }) => elected.push(partition),
      onAssigned: () => {},
      onResigned: () => {},
    })
    replicas.start()
    expect(elected).toEqual([0, 1])
  })

  test('resigns when a topic is deleted, and deletes its logs', () => {
    const { controller, kit, replicas, assign, events } = startReplicaManager()
    assign('orders', 1)
    const partition = replicas.leader('orders', 0) as Partition
    partition.append(batchOf(['a']))
    let isTold = false
    partition.watch(() => (isTold = true))
    controller.deleteTopics([{ name: 'orders', topicId: 'AAAAAAAAAAAAAAAAAAAAAA' }])
    expect(events.at(-1)).toBe('resigned orders-0')
    expect(isTold).toBe(true)
    expect(replicas.leader('orders', 0)).toBe(ApiError.of(ErrorCode.UnknownTopicOrPartition))
    expect(kit.manager.get('orders', 0)).toBeUndefined()
  })

  test('resigns when its broker is fenced, and keeps the log for a new epoch', () => {
    const { controller, kit, replicas, assign, events } = startReplicaManager()
    assign('orders', 1)
    ;(replicas.leader('orders', 0) as Partition).append(batchOf(['a']))
    controller.fenceBrokers([1])
    expect(events.at(-1)).toBe('resigned orders-0')
    expect(replicas.leader('orders', 0)).toBe(ApiError.of(ErrorCode.NotLeaderOrFollower))
    expect(kit.manager.get('orders', 0)!.logEndOffset).toBe(1)
  })

  test('does not open partitions when the last log directory has failed', () => {
    const { disk, replicas, assign } = startReplicaManager()
    assign('orders', 1)
    disk.inject({ code: 'EIO' })
    ;(replicas.leader('orders', 0) as Partition).append(batchOf(['a']))
    assign('payments', 1)
    expect(replicas.leader('payments', 0)).toBe(ApiError.of(ErrorCode.KafkaStorageError))
  })

  test('passes changed configs to the logs of the topic', () => {
    const { controller, replicas, assign, maxMessageBytes } = startReplicaManager()
    assign('orders', 1)
    assign('payments', 1)
    maxMessageBytes.set('orders', 100)
    const configs = [{ name: 'max.message.bytes', configOperation: 0, value: '100' }]
    controller.incrementalAlterConfigs([{ resourceType: 2, resourceName: 'orders', configs }], {
      validateOnly: false,
      brokerId: 1,
    })
    const sizeOf = (name: string) =>
      (replicas.leader(name, 0) as Partition).log.config.maxMessageBytes
    expect(sizeOf('orders')).toBe(100)
    expect(sizeOf('payments')).toBe(defaultLogConfig.maxMessageBytes)
  })
})
