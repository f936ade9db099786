import { expect, test } from 'vitest'
import { MemoryFileSystem } from '../../../src/platform/memory-file-system.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { WriteTxnMarkers } from '../../../src/protocol/messages/index.ts'
import { startClusterOn } from '../../support/cluster-on.ts'
import { HeldSyncs } from '../../support/held-syncs.ts'
import { isPending } from '../support.ts'

const marker = {
  producerId: 7,
  producerEpoch: 0,
  transactionResult: true,
  coordinatorEpoch: 0,
  transactionVersion: 0,
  topics: [{ name: 'orders', partitionIndexes: [0] }],
}

/** Starts a broker, and returns the function that sends it a marker as broker 2 would. */
async function start(durability: 'pageCache' | 'fsync' = 'pageCache') {
  const disk = new HeldSyncs(new MemoryFileSystem())
  const options = { durability, topics: [{ name: 'orders' }] }
  const on = await startClusterOn(disk, ['/data'], options)
  const { broker } = on.cluster.nodes.get(1)
  const send = () => broker!.peerRequests.handle(WriteTxnMarkers, 2, { markers: [marker] }, 2)
  return { ...on, disk, send }
}

const written = {
  markers: [
    {
      producerId: 7,
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, errorCode: ErrorCode.None }] }],
    },
  ],
}

test('a request of a broker is answered in the same call', async () => {
  const { send } = await start()
  expect(send()).toEqual(written)
})

test('it takes the steps of the pipeline, with the name of its sender', async () => {
  const { cluster, send } = await start()
  const seen: (string | null)[] = []
  cluster.interceptors.add({
    apis: [WriteTxnMarkers],
    step: (request, next) => {
      seen.push(request.clientId)
      return next(request)
    },
  })
  expect(send()).toEqual(written)
  expect(seen).toEqual(['broker-2'])
})

test('with durability fsync it waits until the marker is on the disk', async () => {
  const { disk, send } = await start('fsync')
  disk.hold((path) => path.includes('orders-0'))
  const response = Promise.resolve(send())
  expect(await isPending(response)).toBe(true)
  await disk.release()
  expect(await response).toEqual(written)
})

test('a broker that dies before the answer gives none, and none to later requests', async () => {
  const { cluster, disk, send } = await start('fsync')
  disk.hold((path) => path.includes('orders-0'))
  const response = Promise.resolve(send())
  expect(await isPending(response)).toBe(true)
  await cluster.broker(1).kill()
  expect(await response).toBeUndefined()
  expect(send()).toBeUndefined()
})
