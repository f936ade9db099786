import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startCluster } from '../../../src/index.ts'
import { askEach } from '../support/odradek-files.ts'
import type { PartitionAnswers } from '../support/partition-answers.ts'
import { patienceMs } from '../support/patience.ts'
import { RawClient } from '../support/raw-client.ts'
import { clusterId, RealBroker } from '../support/real-broker.ts'

const { kafka } = inject('tools')
const topic = 'orders'
const partitions = 3

describe.skipIf(kafka.missing !== undefined)(
  'a whole data directory',
  { timeout: patienceMs },
  () => {
    const root = mkdtempSync(join(tmpdir(), 'odradek-whole-'))
    const ourDirectory = join(root, 'ours')
    let broker: RealBroker
    let ours: PartitionAnswers[]

    beforeAll(async () => {
      const cluster = await startCluster({ dataDir: root, clusterId })
      const client = await RawClient.connect(cluster.brokers[0]!)
      await client.createTopic(topic, partitions, { 'segment.ms': 60_000, 'retention.ms': -1 })
      await appendTo(client)
      ours = await askEach(client, topic, partitions)
      await cluster.close()
      cpSync(join(root, '1'), ourDirectory, { recursive: true })
      broker = await RealBroker.start(kafka)
    }, patienceMs)

    afterAll(async () => {
      await broker?.close()
      rmSync(root, { recursive: true, force: true })
    })

    /** Returns the responses of our broker, started on the directory of the real one. */
    async function askOurs(): Promise<{ answers: PartitionAnswers[]; segmentMs: string | null }> {
      rmSync(join(root, '1'), { recursive: true })
      cpSync(broker.dataDir, join(root, '1'), { recursive: true })
      const cluster = await startCluster({ dataDir: root })
      try {
        const client = await RawClient.connect(cluster.brokers[0]!)
        const answers = await askEach(client, topic, partitions)
        const segmentMs = await client.describeTopicConfig(topic, 'segment.ms')
        await client.createTopic('one-more')
        expect(await client.produce('one-more', 0, [{ value: Buffer.from('x') }])).toBe(0)
        return { answers, segmentMs }
      } finally {
        await cluster.close()
      }
    }

    test('of a real broker can be used by ours, with its topics, configs and records', async () => {
      const client = await RawClient.connect(broker)
      await client.createTopic(topic, partitions, { 'segment.ms': 50_000, 'retention.ms': -1 })
      await appendTo(client)
      const theirs = await askEach(client, topic, partitions)
      client.close()
      await broker.stop()
      expect(await askOurs()).toEqual({ answers: theirs, segmentMs: '50000' })
    })

    test('of ours can be used by a real broker', async () => {
      rmSync(broker.dataDir, { recursive: true })
      cpSync(ourDirectory, broker.dataDir, { recursive: true })
      await broker.start()
      const client = await RawClient.connect(broker)
      expect(await askEach(client, topic, partitions)).toEqual(ours)
      expect(await client.describeTopicConfig(topic, 'segment.ms')).toBe('60000')
      client.close()
    })

    test('of ours can be used by ours again after a real broker', async () => {
      const client = await RawClient.connect(broker)
      await client.createTopic('more', 2)
      await appendTo(client)
      const theirs = await askEach(client, topic, partitions)
      client.close()
      await broker.stop()
      expect(await askOurs()).toEqual({ answers: theirs, segmentMs: '60000' })
    })
  },
)

async function appendTo(client: RawClient): Promise<void> {
  for (let index = 0; index < 60; index++) {
    const timestamp = Date.now() + index * 5000
    const records = [{ key: Buffer.from(`${index}`), value: Buffer.alloc(200, 'x'), timestamp }]
    await client.produce(topic, index % partitions, records)
  }
}
