import { describe, expect, test } from 'vitest'
import { DirectoryId } from '../../src/controller/partitions/directory-id.ts'
import { NO_LEADER } from '../../src/controller/metadata-image.ts'
import { decodeMetadataRecord } from '../../src/protocol/internal/cluster-metadata.ts'
import { batchesOf } from '../../src/record/batch-view.ts'
import { recordsOf } from '../../src/record/records.ts'
import { directoryIdOf, type MemoryReplica, register, startController, topic } from './support.ts'

const [one, two] = [directoryIdOf(1, 1), directoryIdOf(1, 2)]

function withTwoDirectories() {
  const started = startController({ brokers: 0 })
  register(started.controller, 1, { logDirs: [one, two] })
  started.controller.createTopics([topic('a', { numPartitions: 2 })])
  const topicId = started.controller.image.topics.get('a')!.id
  started.controller.assignReplicasToDirs(1, [
    { topicId, partition: 0, directoryId: one },
    { topicId, partition: 1, directoryId: two },
  ])
  return { ...started, topicId }
}

function lastBatch(storage: MemoryReplica) {
  return [...batchesOf(storage.batches.at(-1)!)]
    .flatMap((batch) => [...recordsOf(batch)])
    .map(({ value }) => decodeMetadataRecord(value!))
}

describe('the directory of a replica', () => {
  test('is the only one of its broker', () => {
    const { controller } = startController()
    controller.createTopics([topic('a')])
    expect(controller.image.partition('a', 0)?.directories).toEqual([directoryIdOf(1)])
  })

  test('is unassigned until a broker with several has chosen', () => {
    const { controller, storage } = startController({ brokers: 0 })
    register(controller, 1, { logDirs: [one, two] })
    controller.createTopics([topic('a')])
    expect(controller.image.partition('a', 0)?.directories).toEqual([DirectoryId.Unassigned])
    const topicId = controller.image.topics.get('a')!.id
    const assignments = [{ topicId, partition: 0, directoryId: two }]
    controller.assignReplicasToDirs(1, assignments)
    expect(controller.image.partition('a', 0)).toMatchObject({
      directories: [two],
      leaderEpoch: 0,
      partitionEpoch: 1,
    })
    const { length } = storage.batches
    controller.assignReplicasToDirs(1, assignments)
    controller.assignReplicasToDirs(2, assignments)
    expect(storage.batches.length).toBe(length)
  })
})

describe('a directory that goes offline', () => {
  test('leaves its partitions without leader, and does not affect the others', () => {
    const { controller, storage } = withTwoDirectories()
    controller.handleDirectoriesOffline(1, [two])
    const { image } = controller
    expect(image.brokers.get(1)).toMatchObject({ logDirs: [one], fenced: false })
    expect(image.partition('a', 0)).toMatchObject({ leader: 1, leaderEpoch: 0, isr: [1] })
    expect(image.partition('a', 1)).toMatchObject({
      leader: NO_LEADER,
      leaderEpoch: 1,
      isr: [],
      elr: [1],
      lastKnownElr: [1],
    })
    const online = [0, 1].map((index) => image.isReplicaOnline(image.partition('a', index)!, 1))
    expect(online).toEqual([true, false])
    expect(lastBatch(storage).map(({ name }) => name)).toEqual([
      'PartitionChangeRecord',
      'BrokerRegistrationChangeRecord',
    ])
  })

  test('is reported once', () => {
    const { controller, storage } = withTwoDirectories()
    controller.handleDirectoriesOffline(1, [two])
    const { length } = storage.batches
    controller.handleDirectoriesOffline(1, [two])
    controller.handleDirectoriesOffline(9, [one])
    expect(storage.batches.length).toBe(length)
  })

  test('loses its partitions to the next in-sync replica', () => {
    const { controller } = startController({ brokers: 2 })
    const assignments = [{ partitionIndex: 0, brokerIds: [1, 2] }]
    controller.createTopics([topic('a', { numPartitions: -1, replicationFactor: -1, assignments })])
    controller.handleDirectoriesOffline(1, [directoryIdOf(1)])
    expect(controller.image.partition('a', 0)).toMatchObject({
      leader: 2,
      isr: [2],
      directories: [directoryIdOf(1), directoryIdOf(2)],
    })
  })

  test('gets leaders again when the broker registers with it, and not before', () => {
    const { controller } = withTwoDirectories()
    controller.handleDirectoriesOffline(1, [two])
    register(controller, 1, { logDirs: [one] })
    expect(controller.image.partition('a', 1)?.leader).toBe(NO_LEADER)
    register(controller, 1, { logDirs: [one, two] })
    expect(controller.image.partition('a', 1)).toMatchObject({
      leader: 1,
      leaderEpoch: 2,
      isr: [1],
      elr: [],
    })
  })
})
