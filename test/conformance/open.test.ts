import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { openDirectory } from '../../src/index.ts'
import type { RecordInput } from '../../src/record/batch-encoder.ts'
import { batchesOf } from '../../src/record/batch-view.ts'
import { askAll, type PartitionAnswers, recordsSeen } from './support/partition-answers.ts'
import { waitMs } from './support/patience.ts'
import { RawClient } from './support/raw-client.ts'
import { RealBroker } from './support/real-broker.ts'

const tool = inject('tools').kafka
const partitions: readonly (readonly [string, number])[] = [
  ['orders', 0],
  ['orders', 1],
  ['users', 0],
  ['payments', 0],
]

/**
 * Damages the segments of a topic, which were not flushed before the kill, so that Kafka checks all
 * of them.
 */
const damages: readonly (readonly [topic: string, damage: (logs: readonly string[]) => void])[] = [
  ['flipped-record', (logs) => flip(logs.at(-3)!, 1, 70)],
  ['flipped-header', (logs) => flip(logs.at(-1)!, 1, 30)],
  ['flipped-length', (logs) => flip(logs.at(-1)!, 0, 11)],
  ['torn', (logs) => truncateSync(logs.at(-2)!, readFileSync(logs.at(-2)!).length - 7)],
  ['zeros', (logs) => appendFileSync(logs.at(-1)!, Buffer.alloc(5000))],
  ['text', (logs) => writeFileSync(logs.at(-1)!, 'once upon a time '.repeat(100))],
]
/** The problems of the last opened directory, by topic. */
const kindsOf = new Map<string, string[]>()

function flip(path: string, batch: number, byte: number): void {
  const bytes = readFileSync(path)
  bytes[[...batchesOf(bytes)][batch]!.start + byte]! ^= 1
  writeFileSync(path, bytes)
}

describe.skipIf(tool.missing !== undefined)(
  `The data directory of a real broker ${tool.missing ?? ''}`,
  () => {
    let broker: RealBroker

    beforeAll(async () => {
      broker = await RealBroker.start(tool, { 'log.cleaner.backoff.ms': 50 })
      const client = await RawClient.connect(broker)
      await client.createTopic('orders', 2, { 'internal.segment.bytes': 20_000 })
      await client.createTopic('users', 1, {
        'internal.segment.bytes': 20_000,
        'cleanup.policy': 'compact',
        'min.cleanable.dirty.ratio': 0.01,
      })
      await client.createTopic('payments')
      await fillOrders(client)
      await fillUsers(client)
      await fillPayments(client)
      await client.commitOffset('readers', 'orders', 5)
      client.close()
    })

    afterAll(() => broker?.close())

    test('is served after a clean stop as by the broker before', async () => {
      // Then the cleaner has nothing left to do and leaves the files unchanged.
      const isCleaned = () => expect(cleanedUpTo('users')).toBe(activeSegmentOf('users'))
      await vi.waitFor(isCleaned, { timeout: waitMs })
      const expected = await ask(broker)
      await broker.stop()
      expect(await served()).toEqual(expected)
      expect(recordsSeen(expected.get('users-0')!).length).toBeLessThan(600)
      expect(expected.get('payments-0')!.abortedTransactions).toHaveLength(2)
    })

    test('is served after a kill as by the restarted broker', async () => {
      await broker.start()
      const client = await RawClient.connect(broker)
      await client.produce('orders', 0, recordsOf(3, 'after the restart'))
      client.close()
      await broker.kill()
      const here = await served()
      await broker.start()
      expect(here).toEqual(await ask(broker))
    })

    test('is served after a kill and damage as by the broker after its recovery', async () => {
      const client = await RawClient.connect(broker)
      for (const [topic] of damages) {
        await client.createTopic(topic, 1, { 'internal.segment.bytes': 3000 })
        for (let i = 0; i < 20; i++) await client.produce(topic, 0, recordsOf(2, `${i}`))
      }
      client.close()
      await broker.kill()
      const damaged = damages.map(([topic]): readonly [string, number] => [topic, 0])
      for (const [topic, damage] of damages) damage(logsOf(topic))
      const here = await served(damaged)
      expect(Object.fromEntries(kindsOf)).toEqual({
        'flipped-record': ['corruptBatch', 'afterDamage', 'afterDamage'],
        'flipped-header': ['corruptBatch'],
        'flipped-length': ['corruptBatch'],
        torn: ['tornBatch', 'afterDamage'],
        zeros: ['zeroFilled'],
        text: ['notALog'],
      })
      await broker.start()
      expect(here).toEqual(await ask(broker, damaged))
    })

    /** Returns the responses of our broker for the opened files, which must not change. */
    async function served(wanted = partitions): Promise<Map<string, PartitionAnswers>> {
      const log = join(broker.directoryOf('orders'), '00000000000000000000.log')
      const before = readFileSync(log)
      const cluster = await openDirectory(broker.dataDir, { logLevel: 'silent' })
      kindsOf.clear()
      for (const { topic, kind } of cluster.problems) {
        // An open transaction of other topics may have been aborted meanwhile.
        if (topic === undefined || kind === 'openTransaction') continue
        kindsOf.set(topic, [...(kindsOf.get(topic) ?? []), kind])
      }
      try {
        return await ask(cluster.brokers[0]!, wanted)
      } finally {
        await cluster.close()
        expect(readFileSync(log).equals(before)).toBe(true)
        expect(existsSync(join(broker.directoryOf('orders'), 'leader-epoch-checkpoint.tmp'))).toBe(
          false,
        )
      }
    }

    function logsOf(topic: string): string[] {
      const directory = broker.directoryOf(topic)
      const names = readdirSync(directory).filter((name) => name.endsWith('.log'))
      return names.sort().map((name) => join(directory, name))
    }

    function activeSegmentOf(topic: string): number {
      const names = readdirSync(broker.directoryOf(topic))
      return Math.max(
        ...names.filter((name) => name.endsWith('.log')).map((name) => parseInt(name)),
      )
    }

    function cleanedUpTo(topic: string): number {
      const checkpoint = readFileSync(join(broker.dataDir, 'cleaner-offset-checkpoint'), 'utf8')
      return Number(new RegExp(`^${topic} 0 (\\d+)$`, 'm').exec(checkpoint)?.[1] ?? 0)
    }
  },
)

async function ask(
  broker: { port: number },
  wanted = partitions,
): Promise<Map<string, PartitionAnswers>> {
  const client = await RawClient.connect(broker)
  const answers = new Map<string, PartitionAnswers>()
  for (const [topic, partition] of wanted) {
    answers.set(`${topic}-${partition}`, await askAll(client, topic, partition))
  }
  client.close()
  return answers
}

async function fillOrders(client: RawClient): Promise<void> {
  const producer = await client.initProducer()
  for (let i = 0; i < 200; i++) {
    const compression = (['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)[i % 5]!
    await client.produce('orders', 0, recordsOf(3, `${i}`), { compression }, producer)
    await client.produce('orders', 1, recordsOf(1, `${i}`))
  }
}

async function fillUsers(client: RawClient): Promise<void> {
  for (let i = 0; i < 600; i++) {
    const value = i % 19 === 3 ? null : Buffer.from(`${i} `.padEnd(200, 'y'))
    const key = Buffer.from(`user-${i % 20}`)
    await client.produce('users', 0, [{ key, value, timestamp: Date.now() }])
  }
}

/** Writes transactions: committed, aborted, and one that is still open. */
async function fillPayments(client: RawClient): Promise<void> {
  const producer = await client.initProducer('payer')
  for (let i = 0; i < 5; i++) {
    await client.addToTransaction(producer, 'payments', [0])
    await client.produce('payments', 0, recordsOf(2, `${i}`), {}, producer)
    await client.produce('payments', 0, recordsOf(1, 'outside'))
    if (i < 4) await client.endTransaction(producer, i % 2 === 0)
  }
}

function recordsOf(count: number, text: string): RecordInput[] {
  return Array.from({ length: count }, (_, i) => ({
    key: Buffer.from(`key-${i}`),
    value: Buffer.from(`${text} `.padEnd(150, 'x')),
    timestamp: Date.now(),
    headers: [{ key: 'trace', value: Buffer.from(text) }],
  }))
}
