import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { InProcessSocket } from '../../src/network/in-process-socket.ts'
import { MemoryFile } from '../../src/platform/memory-file.ts'
import { systemNetwork } from '../../src/platform/network.ts'
import { Fetch } from '../../src/protocol/messages/index.ts'
import { batchesOf } from '../../src/record/batch-view.ts'
import { KafkaConnection } from '../support/kafka-connection.ts'
import { startTestCluster, type TestCluster } from '../support/test-cluster.ts'
import { batch, fetchRequest, produce } from './support.ts'

const HEADER_BYTES = 61
const PARTITIONS = [0, 1, 2]
const MEGABYTE = 1024 * 1024
const configs = { 'max.message.bytes': 16 * MEGABYTE }
const ORDERS = { topics: [{ name: 'orders', partitions: PARTITIONS.length, configs }] }

interface Transport {
  readonly name: string
  readonly sockets: { write: Duplex['write']; _writev?: Duplex['_writev'] }
  connect(cluster: TestCluster): Promise<KafkaConnection>
}

const transports: readonly Transport[] = [
  {
    name: 'in process',
    sockets: InProcessSocket.prototype,
    connect: (cluster) => cluster.connect(),
  },
  {
    name: 'TCP',
    sockets: Socket.prototype,
    async connect({ cluster }) {
      const { host, port } = cluster.brokers[0]!
      const socket = systemNetwork.connect(host, port)
      await new Promise((resolve) => socket.once('connect', resolve))
      return new KafkaConnection(socket)
    },
  },
]

afterEach(() => vi.restoreAllMocks())

/** Returns the range of memory, whatever object it belongs to. */
function placeOf({
  buffer,
  byteOffset,
  length,
}: Uint8Array): readonly [ArrayBufferLike, number, number] {
  return [buffer, byteOffset, byteOffset + length]
}

/** Produces a batch to each partition, of different sizes. */
async function produceEach(cluster: TestCluster, sizeInBytes: number): Promise<void> {
  for (const partition of PARTITIONS) {
    const value = String(partition).repeat(sizeInBytes + partition)
    await produce(cluster, 'orders', batch([value]), { partition })
  }
}

function fetchAll(connection: KafkaConnection, maxBytes: number): Promise<Uint8Array[]> {
  const partitions = PARTITIONS.map((partition) => ({ partition, partitionMaxBytes: maxBytes }))
  const request = fetchRequest([{ topic: 'orders', partitions }], { maxBytes: 64 * MEGABYTE })
  return connection
    .call(Fetch, 12, request)
    .then(({ responses }) => responses[0]!.partitions.map(({ records }) => records!))
}

describe.each(transports)('what a fetch answers over $name', ({ sockets, connect }) => {
  test.each([
    ['is read in advance', 10_000, MEGABYTE],
    ['is read when it is sent', 3 * MEGABYTE, 8 * MEGABYTE],
  ])('is the memory that the file was read into, where it %s', async (_, size, maxBytes) => {
    const cluster = await startTestCluster(ORDERS)
    await produceEach(cluster, size)
    const connection = await connect(cluster)
    const readInto: (readonly [ArrayBufferLike, number, number])[] = []
    const { read } = MemoryFile.prototype
    vi.spyOn(MemoryFile.prototype, 'read').mockImplementation(function (
      this: MemoryFile,
      target,
      position,
    ) {
      readInto.push(placeOf(target))
      return read.call(this, target, position)
    })
    const write = vi.spyOn(sockets, 'write')
    const records = await fetchAll(connection, maxBytes)
    const sent = write.mock.calls.map(([chunk]) => chunk as Uint8Array)
    const isRead = (chunk: Uint8Array): boolean => {
      const [buffer, start, end] = placeOf(chunk)
      return readInto.some(([of, from, to]) => of === buffer && from <= start && end <= to)
    }
    expect(records.map(({ length }) => length > size)).toEqual(PARTITIONS.map(() => true))
    expect(sum(sent.filter(isRead))).toBe(sum(records))
  })

  test('is sent with one writev, also for several partitions', async () => {
    const cluster = await startTestCluster(ORDERS)
    await produceEach(cluster, 10_000)
    const connection = await connect(cluster)
    const writev = vi.spyOn(sockets, '_writev' as 'write')
    await fetchAll(connection, MEGABYTE)
    const sizes = writev.mock.calls.map(([chunks]) => (chunks as unknown as unknown[]).length)
    // Each partition's records with the encoded bytes before them, and the tagged fields at the
    // end.
    expect(sizes).toEqual([2 * PARTITIONS.length + 1])
  })

  test.each([
    ['read in advance', 10_000, MEGABYTE],
    ['read when it is sent', 3 * MEGABYTE, 8 * MEGABYTE],
  ])('is the content of the file, even if no decoder accepts it: %s', async (_, size, maxBytes) => {
    const cluster = await startTestCluster(ORDERS)
    await produceEach(cluster, size)
    const connection = await connect(cluster)
    const { read } = MemoryFile.prototype
    // Keep the headers and change every byte after them.
    vi.spyOn(MemoryFile.prototype, 'read').mockImplementation(function (
      this: MemoryFile,
      target,
      position,
    ) {
      const count = read.call(this, target, position)
      for (let at = Math.max(0, HEADER_BYTES - position); at < count; at++) target[at]! ^= 0xff
      return count
    })
    const records = await fetchAll(connection, maxBytes)
    for (const [index, bytes] of records.entries()) {
      const [stored] = batchesOf(bytes)
      expect(stored!.isChecksumValid).toBe(false)
      const expected = Buffer.from(batch([String(index).repeat(size + index)]))
      for (let at = HEADER_BYTES; at < expected.length; at++) expected[at]! ^= 0xff
      expect(Buffer.compare(bytes.subarray(HEADER_BYTES), expected.subarray(HEADER_BYTES))).toBe(0)
    }
  })
})

function sum(all: readonly Uint8Array[]): number {
  return all.reduce((total, { length }) => total + length, 0)
}
