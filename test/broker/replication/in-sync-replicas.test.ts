import { describe, expect, test } from 'vitest'
import { InSyncReplicas } from '../../../src/broker/replication/in-sync-replicas.ts'
import type { LiveMetadataImage } from '../../../src/controller/live-metadata-image.ts'
import type { AlterPartitionRequest } from '../../../src/controller/partitions/alter-partition.ts'
import { ManualClock } from '../../../src/platform/manual-clock.ts'
import { systemTurn } from '../../../src/platform/turn.ts'
import { batchOf, LogKit } from '../../log/log-kit.ts'
import { brokerOf, imageOfThree, registrationOf, replicationOf } from './kit.ts'

/** Broker 1 leads a partition with replicas on 1 to 3, of which some are in sync. */
function start(isr: readonly number[], image: LiveMetadataImage = imageOfThree()) {
  const clock = new ManualClock()
  const log = new LogKit().log()
  const requests: AlterPartitionRequest[] = []
  const context = replicationOf({
    clock,
    image,
    alterPartition: (request) => {
      requests.push(request)
      return new Promise(() => {})
    },
  })
  const replicas = new InSyncReplicas(log, context, () => {})
  replicas.update(registrationOf({ replicas: [1, 2, 3], isr }), true)
  const fetch = (brokerId: number, fetchOffset = log.logEndOffset) =>
    replicas.onFetch(replicas.follower(brokerId)!, {
      fetchOffset,
      logStartOffset: 0,
      brokerEpoch: brokerId * 10,
    })
  /** Returns the in-sync replicas that the controller was asked for. */
  const asked = async (): Promise<number[][]> => {
    await systemTurn.next()
    return requests.map(({ topics }) =>
      topics[0]!.partitions[0]!.newIsrWithEpochs.map(({ brokerId }) => brokerId),
    )
  }
  return { clock, image, log, replicas, fetch, asked }
}

describe('the high watermark', () => {
  test('is the smallest end of the in-sync replicas', () => {
    const { log, replicas, fetch } = start([1, 2, 3])
    log.appendAsLeader(batchOf(['a', 'b', 'c']), 0)
    fetch(2, 3)
    fetch(3, 1)
    expect(replicas.highWatermark(log.logEndOffset)).toBe(1)
    fetch(3, 2)
    expect(replicas.highWatermark(log.logEndOffset)).toBe(2)
    expect(replicas.highWatermark(1)).toBe(1)
  })

  test('does not move while too few replicas are in sync', () => {
    const { log, replicas } = start([1])
    log.updateConfig({ ...log.config, minInsyncReplicas: 2 })
    expect(replicas.highWatermark(5)).toBeUndefined()
    expect(replicas.areEnough).toBe(false)
  })

  test('waits for a follower that is about to join them', () => {
    const { log, replicas, fetch } = start([1, 2])
    log.appendAsLeader(batchOf(['a', 'b']), 0)
    fetch(2)
    fetch(3)
    log.appendAsLeader(batchOf(['c']), 0)
    fetch(2)
    expect(replicas.highWatermark(log.logEndOffset)).toBe(2)
  })
})

describe('the in-sync replicas', () => {
  test('get a follower that has everything that is committed', async () => {
    const { log, fetch, asked } = start([1, 2])
    log.appendAsLeader(batchOf(['a', 'b']), 0)
    log.updateHighWatermark(2)
    fetch(3, 1)
    expect(await asked()).toEqual([])
    fetch(3, 2)
    expect(await asked()).toEqual([[1, 2, 3]])
  })

  test('get a follower that has caught up while it was out of service, when it is back', async () => {
    const image = imageOfThree()
    image.setBroker({ ...brokerOf(3), fenced: true })
    const { replicas, fetch, asked } = start([1, 2], image)
    fetch(3)
    expect(await asked()).toEqual([])
    image.setBroker(brokerOf(3))
    replicas.review()
    expect(await asked()).toEqual([[1, 2, 3]])
  })

  test('do not get a follower whose broker has started again since it fetched', async () => {
    const image = imageOfThree()
    image.setBroker({ ...brokerOf(3), epoch: 31 })
    const { fetch, asked } = start([1, 2], image)
    fetch(3)
    expect(await asked()).toEqual([])
  })

  test('lose a follower that lags for longer than replica.lag.time.max.ms', async () => {
    const { clock, log, replicas, fetch, asked } = start([1, 2, 3])
    fetch(2)
    fetch(3)
    log.appendAsLeader(batchOf(['a']), 0)
    replicas.watchLag()
    await clock.advance(30_000)
    fetch(2)
    expect(await asked()).toEqual([])
    await clock.advance(1)
    expect(await asked()).toEqual([[1, 2]])
  })

  test('keep a follower that is at the end, however long nothing is appended', async () => {
    const { clock, replicas, fetch, asked } = start([1, 2, 3])
    fetch(2)
    fetch(3)
    replicas.watchLag()
    await clock.advance(24 * 3_600_000)
    expect(await asked()).toEqual([])
  })
})
