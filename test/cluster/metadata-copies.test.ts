import { describe, expect, test } from 'vitest'
import type { FileSystem } from '../../src/platform/file-system.ts'
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { SeededRandom } from '../../src/platform/random.ts'
import { batchesOf } from '../../src/record/batch-view.ts'
import { batch, createTopic, fetchOne, leaders, produce, valuesOf } from '../broker/support.ts'
import { startClusterOn } from '../support/cluster-on.ts'
import { FaultyFileSystem } from '../support/disk/faulty-file-system.ts'

const directory = (brokerId: number) => `/data/${brokerId}/__cluster_metadata-0`

function metadataLog(fileSystem: FileSystem, brokerId: number): string {
  const path = `${directory(brokerId)}/00000000000000000000.log`
  return Buffer.from(fileSystem.readFile(path)).toString('hex')
}

function epochsIn(fileSystem: MemoryFileSystem, brokerId: number): number[] {
  const bytes = Buffer.from(metadataLog(fileSystem, brokerId), 'hex')
  const leaderChanges = [...batchesOf(bytes)].filter(({ isControl }) => isControl)
  return leaderChanges.map(({ partitionLeaderEpoch }) => partitionLeaderEpoch)
}

describe('the copies of the metadata log', () => {
  test.each([1, 2, 3, 4, 5])(
    'are equal byte for byte whatever brokers do (seed %i)',
    async (seed) => {
      const random = new SeededRandom(seed)
      const fileSystem = new MemoryFileSystem()
      const { cluster, connect } = await startClusterOn(fileSystem, ['/data'], { brokers: 3 })
      for (let step = 0; step < 25; step++) {
        const id = 1 + random.int(3)
        const roll = random.int(4)
        if (!cluster.nodes.isRunning(id)) await cluster.nodes.start(id)
        else if (roll === 0) await cluster.nodes.stop(id)
        else if (roll === 1) await cluster.nodes.kill(id)
        else await createTopic(await connect(id), `topic-${step}`)
      }
      for (const id of [1, 2, 3]) await cluster.nodes.start(id)
      const [first, ...others] = [1, 2, 3].map((id) => metadataLog(fileSystem, id))
      for (const other of others) expect(other).toBe(first)
      const epochs = epochsIn(fileSystem, 1)
      expect(epochs).toEqual(epochs.map((_, index) => index + 1))
    },
  )

  test('are created anew where they are missing, as in data directories that have only one', async () => {
    const fileSystem = new MemoryFileSystem()
    const options = { brokers: 3, topics: [{ name: 'orders', partitions: 6 }] }
    const before = await startClusterOn(fileSystem, ['/data'], options)
    const led = await leaders(before, 'orders')
    for (const [partition, leader] of led.entries()) {
      const caller = await before.connect(leader)
      await produce(caller, 'orders', batch([`to ${partition}`]), { partition })
    }
    await before.cluster.close()
    for (const id of [2, 3]) fileSystem.remove(directory(id))
    const after = await startClusterOn(fileSystem, ['/data'], options)
    expect(await leaders(after, 'orders')).toEqual(led)
    for (const [partition, leader] of led.entries()) {
      const read = await fetchOne(await after.connect(leader), 'orders', { partition })
      expect(valuesOf(read.records)).toEqual([`to ${partition}`])
    }
    expect(metadataLog(fileSystem, 3)).toBe(metadataLog(fileSystem, 1))
    expect(await createTopic(after, 'more')).toBe(ErrorCode.None)
  })

  test('are not begun again by a new broker while those of all others cannot be read', async () => {
    const disk = new FaultyFileSystem(new MemoryFileSystem())
    const options = { topics: [{ name: 'orders', partitions: 1 }] }
    const { cluster, connect } = await startClusterOn(disk, ['/data'], options)
    await produce(await connect(), 'orders', batch(['kept']))
    const heal = disk.inject({ code: 'EIO', isAffected: (path) => path.startsWith('/data/1') })
    await cluster.nodes.kill(1)

    await expect(cluster.addBroker({})).rejects.toMatchObject({
      code: 'DATA_DIRECTORY_UNUSABLE',
      message: expect.stringContaining('start the broker that ran last'),
    })
    expect(cluster.nodes.activeController()).toBeUndefined()

    heal()
    await cluster.addBroker({})
    await cluster.nodes.start(1)
    const read = await fetchOne(await connect(1), 'orders')
    expect(valuesOf(read.records)).toEqual(['kept'])
    expect(metadataLog(disk, 2)).toBe(metadataLog(disk, 1))
  })
})
