import { describe, expect, test } from 'vitest'
import type { InterBroker } from '../../src/cluster/inter-broker.ts'
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { InitProducerId, Metadata } from '../../src/protocol/messages/index.ts'
import {
  batch,
  createTopic,
  deleteTopic,
  fetchOne,
  isPending,
  metadataRequest,
  produce,
  type Caller,
} from '../broker/support.ts'
import { startClusterOn } from '../support/cluster-on.ts'

async function startOf(brokers: number, interBroker?: InterBroker) {
  const parts = interBroker === undefined ? {} : { interBroker }
  return startClusterOn(new MemoryFileSystem(), ['/data'], { brokers }, parts)
}

async function described(caller: Caller, name: string) {
  const { topics, brokers } = await caller.call(Metadata, 12, metadataRequest([{ name }]))
  const [topic] = topics
  return {
    errorCode: topic!.errorCode,
    leaders: topic!.partitions.map(({ leaderId }) => leaderId),
    epochs: topic!.partitions.map(({ leaderEpoch }) => leaderEpoch),
    brokers: brokers.map(({ nodeId }) => nodeId),
  }
}

/** The index of the partition that a broker leads. */
async function ledBy(caller: Caller, name: string, brokerId: number): Promise<number> {
  return (await described(caller, name)).leaders.indexOf(brokerId)
}

describe('a broker whose metadata lags', () => {
  test('knows no topic that was created meanwhile, and leads none of its partitions', async () => {
    const { cluster, connect } = await startOf(2)
    const [first, second] = [await connect(1), await connect(2)]
    const { metadata } = cluster.nodes.get(2)
    metadata!.hold()
    expect(await createTopic(first, 'late', { partitions: 4 })).toBe(ErrorCode.None)
    const partition = await ledBy(first, 'late', 2)
    const unknown = ErrorCode.UnknownTopicOrPartition
    expect(await described(second, 'late')).toMatchObject({ errorCode: unknown })
    expect(await produce(second, 'late', batch(['a']), { partition })).toMatchObject({
      errorCode: unknown,
    })
    expect(await fetchOne(second, 'late', { partition })).toMatchObject({ errorCode: unknown })
    metadata!.release()
    expect(await described(second, 'late')).toEqual(await described(first, 'late'))
    expect(await produce(second, 'late', batch(['a']), { partition })).toMatchObject({
      errorCode: 0,
      baseOffset: 0,
    })
  })

  test('serves a topic that was deleted meanwhile', async () => {
    const { cluster, connect } = await startOf(2)
    const [first, second] = [await connect(1), await connect(2)]
    await createTopic(first, 'orders', { partitions: 4 })
    const partition = await ledBy(first, 'orders', 2)
    const { metadata } = cluster.nodes.get(2)
    metadata!.hold()
    await deleteTopic(first, 'orders')
    expect(await produce(second, 'orders', batch(['a']), { partition })).toMatchObject({
      errorCode: 0,
    })
    metadata!.release()
    expect(await produce(second, 'orders', batch(['a']), { partition })).toMatchObject({
      errorCode: ErrorCode.UnknownTopicOrPartition,
    })
  })

  test('names leaders of before, with their epochs, and learns of one change after the other', async () => {
    const { cluster, connect } = await startOf(3)
    const lagging = await connect(1)
    await createTopic(lagging, 'orders', { partitions: 6 })
    const before = await described(lagging, 'orders')
    const partition = before.leaders.indexOf(3)
    const { metadata } = cluster.nodes.get(1)
    metadata!.hold()
    await cluster.nodes.kill(3)
    expect(await described(lagging, 'orders')).toEqual(before)
    expect(await produce(lagging, 'orders', batch(['a']), { partition })).toMatchObject({
      errorCode: ErrorCode.NotLeaderOrFollower,
      currentLeader: { leaderId: 3, leaderEpoch: 0 },
    })
    await cluster.nodes.start(3)
    metadata!.release(1)
    expect(await described(lagging, 'orders')).toMatchObject({ brokers: [1, 2] })
    metadata!.release()
    const after = await described(lagging, 'orders')
    expect(after).toMatchObject({ leaders: before.leaders, brokers: [1, 2, 3] })
    expect(after.epochs[partition]).toBe(2)
    expect(after).toEqual(await described(await connect(2), 'orders'))
  })
})

describe('the way to the controller', () => {
  test('may take time: an answer comes when that of the controller does', async () => {
    const arrivals: (() => void)[] = []
    const slow: InterBroker = {
      toController: (brokerId, direct) => ({
        get controllerId() {
          return direct.controllerId
        },
        send: (request) =>
          brokerId === 1
            ? direct.send(request)
            : new Promise((resolve) => arrivals.push(() => resolve(direct.send(request)))),
      }),
      toBroker: (_, deliver) => deliver,
    }
    const arrive = async (): Promise<void> => {
      while (arrivals.length > 0) arrivals.shift()!()
      await new Promise((resolve) => setImmediate(resolve))
    }
    const starting = startOf(2, slow)
    while (await isPending(starting)) await arrive()
    const { connect } = await starting
    const second = await connect(2)
    const created = createTopic(second, 'orders')
    expect(await isPending(created)).toBe(true)
    expect(await described(await connect(1), 'orders')).toMatchObject({
      errorCode: ErrorCode.UnknownTopicOrPartition,
    })
    await arrive()
    expect(await created).toBe(ErrorCode.None)
    expect(await described(second, 'orders')).toMatchObject({ errorCode: 0 })
  })

  test('may lose requests: they are answered as by a broker that waits in vain', async () => {
    let isCut = false
    const lossy: InterBroker = {
      toController: (_, direct) => ({
        get controllerId() {
          return direct.controllerId
        },
        send: (request) => (isCut ? undefined : direct.send(request)),
      }),
      toBroker: (_, deliver) => deliver,
    }
    const { call } = await startOf(1, lossy)
    isCut = true
    expect(await createTopic({ call }, 'orders')).toBe(ErrorCode.RequestTimedOut)
    const { errorCode } = await call(InitProducerId, 4, {
      transactionalId: null,
      transactionTimeoutMs: 1000,
      producerId: -1,
      producerEpoch: -1,
    })
    expect(errorCode).toBe(ErrorCode.CoordinatorLoadInProgress)
    isCut = false
    expect(await createTopic({ call }, 'orders')).toBe(ErrorCode.None)
  })
})
