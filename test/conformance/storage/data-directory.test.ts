import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startCluster } from '../../../src/index.ts'
import { DeleteRecords } from '../../../src/protocol/messages/index.ts'
import type { RecordInput } from '../../../src/record/batch-encoder.ts'
import { allCodecs } from '../support/client.ts'
import { fileDigests } from '../support/partition-files.ts'
import { RawClient } from '../support/raw-client.ts'
import { RealBroker } from '../support/real-broker.ts'
import { patienceMs } from '../support/patience.ts'

const { kafka } = inject('tools')
const start = Date.now() - 10_000_000
const deletedBefore = 30

type Append = (client: RawClient, topic: string, index: number) => Promise<unknown>

/** Topics of one partition, which differ in the size of their segments and in their producers. */
const topics: Readonly<
  Record<string, { config: Record<string, string | number>; append: Append }>
> = {
  'rolls-by-size': { config: { 'internal.segment.bytes': 20_000 }, append: plain },
  'rolls-by-time': { config: { 'segment.ms': 5000 }, append: plain },
  'rolls-by-index': {
    config: { 'segment.index.bytes': 60, 'index.interval.bytes': 500 },
    append: plain,
  },
  'rolls-never': { config: { 'index.interval.bytes': 0 }, append: plain },
  'is-preallocated': {
    config: { 'internal.segment.bytes': 20_000, preallocate: 'true' },
    append: plain,
  },
  'is-flushed': { config: { 'flush.messages': 1, 'segment.ms': 5000 }, append: plain },
  'has-no-time': {
    config: { 'internal.segment.bytes': 20_000 },
    append: (client, topic, index) => client.produce(topic, 0, records(index, -1)),
  },
  'goes-back-in-time': {
    config: { 'internal.segment.bytes': 20_000, 'segment.ms': 5000 },
    append: (client, topic, index) => client.produce(topic, 0, records(index, start - index * 700)),
  },
  'is-compressed': {
    config: { 'internal.segment.bytes': 20_000 },
    append: (client, topic, index) =>
      client.produce(topic, 0, records(index), { compression: allCodecs[index % 5]! }),
  },
  'has-producers': { config: { 'internal.segment.bytes': 20_000 }, append: asManyProducers },
  'loses-its-beginning': { config: { 'internal.segment.bytes': 20_000 }, append: plain },
}
const names = Object.keys(topics)

describe.skipIf(kafka.missing !== undefined)(
  'a data directory and that of a real broker which was asked the same',
  { timeout: patienceMs },
  () => {
    const root = mkdtempSync(join(tmpdir(), 'odradek-data-'))
    const ours = join(root, '1')
    let broker: RealBroker
    let theirs: string

    beforeAll(async () => {
      // As for the real broker, so that retention runs in neither.
      const config = { 'log.initial.task.delay.ms': 3_600_000 }
      const cluster = await startCluster({ dataDir: root, config })
      await ask(cluster.brokers[0]!)
      await cluster.close()
      broker = await RealBroker.start(kafka)
      theirs = broker.dataDir
      await ask(broker)
      await broker.stop()
    }, patienceMs)

    afterAll(async () => {
      await broker?.close()
      rmSync(root, { recursive: true, force: true })
    })

    test('have files of the same names', () => {
      expect(namesIn(ours)).toEqual(namesIn(theirs))
    })

    test.each(names)('have the same bytes in %s', (topic) => {
      const [own, others] = [ours, theirs].map((path) => join(path, `${topic}-0`))
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

    test('have the same ids and the same clean shutdown marker', () => {
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

/** Sends the same bytes in the same requests. */
async function ask(broker: { port: number }): Promise<void> {
  const client = await RawClient.connect(broker)
  for (const [topic, { config, append }] of Object.entries(topics)) {
    await client.createTopic(topic, 1, { 'index.interval.bytes': 1000, ...config })
    for (let index = 0; index < 150; index++) await append(client, topic, index)
  }
  const partitions = [{ partitionIndex: 0, offset: deletedBefore }]
  await client.connection.call(DeleteRecords, 2, {
    topics: [{ name: 'loses-its-beginning', partitions }],
    timeoutMs: 10_000,
  })
  client.close()
}

function plain(client: RawClient, topic: string, index: number): Promise<number> {
  return client.produce(topic, 0, records(index))
}

/** Appends batches of a hundred producers. Some of them start a new epoch. */
function asManyProducers(client: RawClient, topic: string, index: number): Promise<number> {
  const producer = {
    producerId: 10 ** 6 + (index % 100) * 7919,
    producerEpoch: Math.floor(index / 100),
    transactionalId: null,
    sequence: 0,
  }
  return client.produce(topic, 0, records(index), {}, producer)
}

function records(index: number, timestamp = start + index * 300): RecordInput[] {
  return Array.from({ length: 1 + (index % 3) }, (_, place) => ({
    key: place === 0 ? null : Buffer.from(`${index % 7}`),
    value: index % 10 === 9 ? null : Buffer.alloc(100 + index, `${index} lies here. `),
    timestamp,
  }))
}

/** Ignores the cleaner checkpoint, which Kafka creates before there is anything to clean. */
function namesIn(directory: string): string[] {
  const names = readdirSync(directory).filter((name) => name !== 'cleaner-offset-checkpoint')
  return names.sort()
}

function textIn(directory: string, name: string): string {
  return readFileSync(join(directory, name), 'utf8')
}

/**
 * Reads a checkpoint: version, number, and lines in the order of a hash table. Our controller's log
 * is ignored.
 */
function checkpoint(directory: string, name: string): { head: string; lines: string[] } {
  const [version, , ...lines] = textIn(directory, name).trimEnd().split('\n')
  return {
    head: version!,
    lines: lines.filter((line) => names.includes(line.split(' ')[0]!)).sort(),
  }
}
