import { expect, test } from 'vitest'
import { crc32c } from '../../src/platform/crc32c.ts'
import { ManualClock } from '../../src/platform/manual-clock.ts'
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import {
  DeleteRecords,
  ListOffsets,
  OffsetForLeaderEpoch,
  Produce,
} from '../../src/protocol/messages/index.ts'
import { encodeBatch } from '../../src/record/batch-encoder.ts'
import { startClusterOn, type ClusterOn } from '../support/cluster-on.ts'
import { fetchOne, produceRequest } from './support.ts'

const START = new ManualClock().now()
const TOPIC = { topics: [{ name: 'orders', partitions: 1 }] }
const FILE = '/data/1/orders-0/00000000000000000000.log'

/** Returns one record. A batch of it has the same size for every timestamp. */
function batchAt(distanceMs: number): Uint8Array {
  return encodeBatch([{ timestamp: START + distanceMs, value: Buffer.from('vvvv') }])
}

const damages: [string, ErrorCode, (batch: Buffer) => void][] = [
  ['a stream that is none', ErrorCode.UnknownServerError, (batch) => (batch[22] = 1)],
  ['a codec that does not exist', ErrorCode.UnknownServerError, (batch) => (batch[22] = 6)],
  ['a broken record', ErrorCode.InvalidRecord, (batch) => (batch[61] = 100)],
  ['a negative count', ErrorCode.InvalidRecord, (batch) => batch.writeInt32BE(-3, 57)],
]

/**
 * Starts a cluster with a partition of three batches. The second one is damaged but has a valid
 * checksum.
 */
async function startWith(damage: (batch: Buffer) => void): Promise<ClusterOn> {
  const files = new MemoryFileSystem()
  const before = await startClusterOn(files, ['/data'], TOPIC)
  for (const distance of [0, 100, 50]) expect(await produce(before, distance)).toBe(0)
  await before.cluster.close()
  const { length } = batchAt(0)
  const damaged = Buffer.from(batchAt(100))
  damaged.writeBigInt64BE(1n)
  damaged.writeInt32BE(0, 12)
  damage(damaged)
  damaged.writeUInt32BE(crc32c(damaged, 21) >>> 0, 17)
  const handle = files.open(FILE)
  handle.write([damaged], length)
  handle.close()
  return startClusterOn(files, ['/data'])
}

async function produce(cluster: ClusterOn, distanceMs: number): Promise<number> {
  const request = produceRequest('orders', [{ index: 0, records: batchAt(distanceMs) }])
  const { responses } = await cluster.call(Produce, 12, request)
  return responses[0]!.partitionResponses[0]!.errorCode
}

async function offsetAt(cluster: ClusterOn, timestamp: number): Promise<[number, number]> {
  const { topics } = await cluster.call(ListOffsets, 8, {
    replicaId: -1,
    isolationLevel: 0,
    timeoutMs: 0,
    topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, timestamp }] }],
  })
  const { errorCode, offset } = topics[0]!.partitions[0]!
  return [errorCode, offset]
}

test.each(damages)(
  'A partition with %s answers with an error where it is read, and nothing else fails',
  async (_, errorCode, damage) => {
    const cluster = await startWith(damage)
    expect(await offsetAt(cluster, START + 60)).toEqual([errorCode, -1])
    expect(await offsetAt(cluster, -3)).toEqual([errorCode, -1])
    expect(await offsetAt(cluster, START)).toEqual([ErrorCode.None, 0])
    expect(await offsetAt(cluster, -1)).toEqual([ErrorCode.None, 3])
    const fetched = await fetchOne(cluster, 'orders', { fetchOffset: 1 })
    expect(fetched.errorCode).toBe(ErrorCode.None)
    expect(fetched.records).toHaveLength(2 * batchAt(0).length)
    const epochs = await cluster.call(OffsetForLeaderEpoch, 4, {
      replicaId: -1,
      topics: [{ topic: 'orders', partitions: [{ partition: 0, leaderEpoch: 0 }] }],
    })
    expect(epochs.topics[0]!.partitions[0]!.errorCode).toBe(ErrorCode.None)
    const deleted = await cluster.call(DeleteRecords, 2, {
      timeoutMs: 0,
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, offset: 2 }] }],
    })
    expect(deleted.topics[0]!.partitions[0]).toMatchObject({ errorCode: 0, lowWatermark: 2 })
    expect(await produce(cluster, 70)).toBe(ErrorCode.None)
    expect(await offsetAt(cluster, -1)).toEqual([ErrorCode.None, 4])
  },
)
