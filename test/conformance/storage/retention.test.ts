import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { startCluster } from '../../../src/index.ts'
import { DeleteRecords, ListOffsets } from '../../../src/protocol/messages/index.ts'
import { fileDigests } from '../support/partition-files.ts'
import { patienceMs, waitMs } from '../support/patience.ts'
import { RawClient } from '../support/raw-client.ts'
import { RealBroker } from '../support/real-broker.ts'

const { kafka } = inject('tools')
const hour = 3_600_000
/** Seven batches: the first is seven hours old, the last one hour. A segment has two of them. */
const batchCount = 7
const batchBytes = 69
const segmentBytes = 2 * batchBytes
const now = Date.now()

/**
 * Topics by the reason for which their old segments are deleted, with their start offset after
 * that.
 */
const topics: Readonly<
  Record<string, { config: Record<string, string | number>; deleteBefore?: number; start: number }>
> = {
  'by-time': { config: { 'retention.ms': 4.5 * hour }, start: 2 },
  'by-size': { config: { 'retention.bytes': 3 * batchBytes }, start: 4 },
  'by-size-to-the-byte': { config: { 'retention.bytes': 5 * batchBytes }, start: 2 },
  'by-request': { config: {}, deleteBefore: 5, start: 5 },
  'by-request-and-time': { config: { 'retention.ms': 2.5 * hour }, deleteBefore: 1, start: 4 },
  'with-the-active-one': { config: { 'retention.ms': 1000 }, start: batchCount },
  'not-yet': { config: {}, start: 0 },
}
const names = Object.keys(topics)
const brokerConfig = {
  'log.retention.check.interval.ms': 500,
  'log.initial.task.delay.ms': 500,
}

describe.skipIf(kafka.missing !== undefined)('retention here and in a real broker', () => {
  const root = mkdtempSync(join(tmpdir(), 'odradek-retention-'))
  const ours = join(root, '1')
  let broker: RealBroker
  let theirs: string

  beforeAll(async () => {
    const cluster = await startCluster({ dataDir: root, config: brokerConfig })
    await letGo(cluster.brokers[0]!)
    await cluster.close()
    broker = await RealBroker.start(kafka, brokerConfig)
    theirs = broker.dataDir
    await letGo(broker)
    await broker.stop()
  }, patienceMs)

  afterAll(async () => {
    await broker?.close()
    rmSync(root, { recursive: true, force: true })
  })

  test.each(names)('keeps the same files of a log, and names the others alike: %s', (topic) => {
    const [own, others] = [ours, theirs].map((path) => join(path, `${topic}-0`))
    expect(readdirSync(own!).sort()).toEqual(readdirSync(others!).sort())
    expect(fileDigests(own!)).toEqual(fileDigests(others!))
  })
})

/** Fills the topics, and waits until all expired segments are deleted. */
async function letGo(broker: { port: number }): Promise<void> {
  const client = await RawClient.connect(broker)
  const forever = {
    'retention.ms': -1,
    'internal.segment.bytes': segmentBytes,
    // Keep deleted files, so that they can be compared, however long this takes.
    'file.delete.delay.ms': hour,
  }
  for (const topic of names) {
    await client.createTopic(topic, 1, forever)
    for (let index = 0; index < batchCount; index++) {
      const timestamp = now - (batchCount - index) * hour
      await client.produce(topic, 0, [{ key: null, value: Buffer.from('v'), timestamp }])
    }
  }
  for (const [topic, { config, deleteBefore }] of Object.entries(topics)) {
    if (deleteBefore !== undefined) await deleteRecords(client, topic, deleteBefore)
    if (Object.keys(config).length > 0) await client.alterTopic(topic, config)
  }
  const starts = names.map((topic) => topics[topic]!.start)
  const wait = { timeout: waitMs, interval: 200 }
  await vi.waitFor(async () => expect(await startsOf(client)).toEqual(starts), wait)
  // A check of all logs that starts after this also deletes the segments below a DeleteRecords.
  await client.alterTopic('not-yet', { 'retention.ms': 1000 })
  await vi.waitFor(async () => expect((await startsOf(client)).at(-1)).toBe(batchCount), wait)
  client.close()
}

async function deleteRecords(client: RawClient, topic: string, offset: number): Promise<void> {
  await client.connection.call(DeleteRecords, 2, {
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, offset }] }],
    timeoutMs: 10_000,
  })
}

/** Returns the log start offsets of the topics. */
async function startsOf(client: RawClient): Promise<number[]> {
  const partitions = [{ partitionIndex: 0, timestamp: -2 }]
  const { topics: found } = await client.connection.call(ListOffsets, 7, {
    replicaId: -1,
    isolationLevel: 0,
    timeoutMs: 10_000,
    topics: names.map((name) => ({ name, partitions })),
  })
  return names.map((name) => found.find((topic) => topic.name === name)!.partitions[0]!.offset)
}
