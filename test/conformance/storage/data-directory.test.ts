import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startCluster } from '../../../src/index.ts'
import { DeleteRecords } from '../../../src/protocol/messages/index.ts'
import { fileDigests } from '../support/partition-files.ts'
import { RawClient } from '../support/raw-client.ts'
import { RealBroker } from '../support/real-broker.ts'

const { kafka } = inject('tools')
const topic = 'orders'
const deletedBefore = 30
const timestamp = Date.now()

describe.skipIf(kafka.missing !== undefined)(
  'a data directory and that of a real broker which was asked the same',
  () => {
    const root = mkdtempSync(join(tmpdir(), 'odradek-data-'))
    const ours = join(root, '1')
    let broker: RealBroker
    let theirs: string

    beforeAll(async () => {
      const cluster = await startCluster({ dataDir: root })
      await ask(cluster.brokers[0]!)
      await cluster.close()
      broker = await RealBroker.start(kafka)
      theirs = broker.dataDir
      await ask(broker)
      await broker.stop()
    }, 60_000)

    afterAll(async () => {
      await broker?.close()
      rmSync(root, { recursive: true, force: true })
    })

    test('have files of the same names', () => {
      expect(namesIn(ours)).toEqual(namesIn(theirs))
    })

    test.each([0, 1])('have the same bytes in partition %i', (partition) => {
      const [own, others] = [ours, theirs].map((path) => join(path, `${topic}-${partition}`))
      expect(readdirSync(own!).toSorted()).toEqual(readdirSync(others!).toSorted())
      expect(fileDigests(own!)).toEqual(fileDigests(others!))
      expect(textIn(own!, 'leader-epoch-checkpoint')).toBe(
        textIn(others!, 'leader-epoch-checkpoint'),
      )
      const [form, otherForm] = [own!, others!].map((path) =>
        textIn(path, 'partition.metadata').replace(/[\w-]{22}$/, '<id>'),
      )
      expect(form).toBe(otherForm)
    })

    test.each([
      'recovery-point-offset-checkpoint',
      'replication-offset-checkpoint',
      'log-start-offset-checkpoint',
    ])('have the same in %s', (name) => {
      expect(checkpoint(ours, name)).toEqual(checkpoint(theirs, name))
    })

    test('say in the same way whose they are, and that they were closed', () => {
      const keysIn = (path: string) =>
        textIn(path, 'meta.properties')
          .match(/^[\w.]+=/gm)!
          .sort()
      expect(keysIn(ours)).toEqual(keysIn(theirs))
      const [own, others] = [ours, theirs].map((path) => textIn(path, '.kafka_cleanshutdown'))
      expect(own!.replace(/-?\d+(?=\})/, 'n')).toBe(others!.replace(/-?\d+(?=\})/, 'n'))
    })
  },
)

/** The same bytes in the same requests, over several segments of the least size that a topic may have, and two epochs of a producer. */
async function ask(broker: { port: number }): Promise<void> {
  const client = await RawClient.connect(broker)
  await client.createTopic(topic, 2, { 'segment.bytes': 1 << 20, 'index.interval.bytes': 10_000 })
  const identity = { producerId: 4711, transactionalId: null }
  for (let index = 0; index < 90; index++) {
    const value = Buffer.alloc(20_000 + index * 100, `${index} lies here. `)
    const records = [{ key: Buffer.from(`${index % 7}`), value, timestamp: timestamp + index * 10 }]
    await client.produce(topic, 0, records)
    const producer = { ...identity, producerEpoch: Math.floor(index / 50), sequence: index % 50 }
    await client.produce(topic, 1, records, { compression: 'gzip' }, producer)
  }
  const partitions = [{ partitionIndex: 0, offset: deletedBefore }]
  await client.connection.call(DeleteRecords, 2, {
    topics: [{ name: topic, partitions }],
    timeoutMs: 10_000,
  })
  client.close()
}

/** Without the checkpoint of the cleaner, which Kafka makes before there is anything to clean. */
function namesIn(directory: string): string[] {
  const names = readdirSync(directory).filter((name) => name !== 'cleaner-offset-checkpoint')
  return names.sort()
}

function textIn(directory: string, name: string): string {
  return readFileSync(join(directory, name), 'utf8')
}

/** Version, number and lines, which come in the order of a hash table; our own log of the controller is no matter of Kafka's. */
function checkpoint(directory: string, name: string): { head: string; lines: string[] } {
  const [version, , ...lines] = textIn(directory, name).trimEnd().split('\n')
  return { head: version!, lines: lines.filter((line) => line.startsWith(topic)).sort() }
}
