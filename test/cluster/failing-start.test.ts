import { expect, test } from 'vitest'
import type { BrokerFailure } from '../../src/index.ts'
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts'
import { SeededRandom } from '../../src/platform/random.ts'
import { createTopic, isPending, leaders, settle } from '../broker/support.ts'
import { startClusterOn } from '../support/cluster-on.ts'
import { FaultyFileSystem } from '../support/disk/faulty-file-system.ts'
import { HeldSyncs } from '../support/held-syncs.ts'

const ORDERS = { topics: [{ name: 'orders', partitions: 6 }] }

/** Starts a broker whose disk fails after some operations. Returns the number of failures. */
async function startOnFailingDisk(
  skip: number,
  end: 'stop' | 'kill',
  durability: 'fsync' | 'pageCache',
): Promise<number> {
  const fileSystem = new FaultyFileSystem(new MemoryFileSystem())
  const failed: BrokerFailure[] = []
  const onBrokerFailure = (failure: BrokerFailure) => void failed.push(failure)
  const options = { ...ORDERS, brokers: 2, durability, onBrokerFailure }
  const { cluster } = await startClusterOn(fileSystem, ['/data'], options)
  const broker = cluster.broker(2)
  await broker[end]()

  fileSystem.inject({ code: 'EIO', skip, isAffected: (path) => path.startsWith('/data/2/') })
  const error = await broker.start().catch((thrown: unknown) => thrown)
  if (error !== undefined) {
    expect(error).toMatchObject({ code: 'DATA_DIRECTORY_UNUSABLE' })
    expect(broker.isRunning).toBe(false)
  }
  await settle()
  expect(broker.isRunning).toBe(error === undefined && failed.length === 0)
  expect(cluster.nodes.image.isAlive(2)).toBe(broker.isRunning)

  const { failures } = fileSystem
  fileSystem.heal()
  await broker.kill()
  await broker.start()
  expect(cluster.nodes.image.isAlive(2)).toBe(true)
  await cluster.close()
  return failures
}

test.each([
  ['stop', 'fsync'],
  ['stop', 'pageCache'],
  ['kill', 'fsync'],
  ['kill', 'pageCache'],
] as const)(
  'a start after %s() whose disk fails, with durability %s, ends with an error, and a later one works',
  async (end, durability) => {
    let skip = 0
    while ((await startOnFailingDisk(skip, end, durability)) > 0) skip++
    expect(skip).toBeGreaterThan(20)
  },
)

test.each(Array.from({ length: 10 }, (_, index) => index + 1))(
  'brokers that start while metadata is being synced follow all of it (seed %i)',
  async (seed) => {
    const random = new SeededRandom(seed)
    const fileSystem = new HeldSyncs(new MemoryFileSystem())
    const options = { ...ORDERS, brokers: 3, durability: 'fsync' } as const
    const { cluster, connect } = await startClusterOn(fileSystem, ['/data'], options)
    const running = Array.from({ length: 12 }, () => {
      const broker = cluster.broker(1 + random.int(3))
      return random.int(2) === 0 ? broker.start() : broker.stop()
    })
    fileSystem.hold()
    expect(await finishes(Promise.all(running), fileSystem)).toBe(true)
    const starting = Promise.all([1, 2, 3].map((id) => cluster.broker(id).start()))
    expect(await finishes(starting, fileSystem)).toBe(true)
    const creating = createTopic(await connect(1), 'more', { partitions: 6 })
    expect(await finishes(creating, fileSystem)).toBe(true)
    const expected = await leaders(await connect(1), 'more')
    for (const id of [2, 3]) expect(await leaders(await connect(id), 'more')).toEqual(expected)
  },
)

/** Whether the promise resolves when the syncs complete one turn after the other. */
async function finishes(promise: Promise<unknown>, fileSystem: HeldSyncs): Promise<boolean> {
  for (let turn = 0; turn < 200; turn++) {
    if (!(await isPending(promise))) return true
    await fileSystem.release()
  }
  return false
}
