import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import type { Log } from '../../../src/log/log.ts'
import { defaultLogConfig } from '../../../src/log/log-config.ts'
import { DiskFileSystem } from '../../../src/platform/disk-file-system.ts'
import { ManualClock } from '../../../src/platform/manual-clock.ts'
import { BatchView } from '../../../src/record/batch-view.ts'
import { LogKit } from '../../log/log-kit.ts'
import type { Damage } from '../support/damage.ts'
import { damagedBatches, damagedIndexes } from '../support/damage.ts'
import { runJavaTool, toolOptions } from '../support/java-tools.ts'
import {
  appendBatches,
  appendTransactions,
  appendUntilGone,
  describeProducers,
  eagerCleaner,
  kafkaLives,
} from '../support/kafka-history.ts'
import { askOdradek } from '../support/odradek-files.ts'
import type { PartitionAnswers } from '../support/partition-answers.ts'
import { askAll } from '../support/partition-answers.ts'
import { fileDigests } from '../support/partition-files.ts'
import { RawClient } from '../support/raw-client.ts'
import type { ServerProperties } from '../support/real-broker.ts'
import { RealBroker } from '../support/real-broker.ts'
import { patienceMs } from '../support/patience.ts'

const { java, kafka } = inject('tools')
const missing = kafka.missing ?? java.missing
const javaTopic = 'java'
const topics = [...kafkaLives.map(({ topic }) => topic), javaTopic]
const config = { ...defaultLogConfig, indexIntervalBytes: 1000 }

/** The final retention of some topics, by Kafka's name and ours. */
const retentions = {
  'codec-none': { name: 'retention.bytes', field: 'retentionBytes', value: 20_000 },
  'codec-zstd': { name: 'retention.ms', field: 'retentionMs', value: 1 },
  transactions: { name: 'retention.bytes', field: 'retentionBytes', value: 30_000 },
  idempotent: { name: 'retention.ms', field: 'retentionMs', value: 1 },
} as const

/** The responses of a running broker about a topic. */
interface Told {
  readonly answers: PartitionAnswers
  readonly producers: object[]
}

describe.skipIf(missing !== undefined)(
  'files that a real broker wrote',
  { timeout: patienceMs },
  () => {
    const root = mkdtempSync(join(tmpdir(), 'odradek-from-kafka-'))
    const topicIds = new Map<string, string>()
    let broker: RealBroker
    let client: RawClient
    /** Recorded before the broker was closed. */
    let told: Map<string, Told>

    beforeAll(async () => {
      broker = await RealBroker.start(kafka, eagerCleaner)
      client = await RawClient.connect(broker)
      for (const life of kafkaLives) {
        topicIds.set(life.topic, await client.createTopic(life.topic, 1, life.config))
        await life.live(client, life.topic)
      }
      topicIds.set(
        javaTopic,
        await client.createTopic(javaTopic, 1, { 'index.interval.bytes': 1000 }),
      )
      await produceWithJava(broker)
      await untilCleaned('compacted')
      // From here on the cleaner leaves the files unchanged.
      await client.alterTopic('compacted', { 'min.compaction.lag.ms': 10 ** 12 })
      told = await ask()
      await stop()
    }, patienceMs)

    afterAll(async () => {
      await broker?.close()
      rmSync(root, { recursive: true, force: true })
    })

    /**
     * Waits until the cleaner has nothing left to do: it cleans up to the segment with the last
     * stable offset.
     */
    async function untilCleaned(topic: string): Promise<void> {
      const { lastStable } = await askAll(client, topic, 0)
      const end = Math.max(...segmentsOf(broker, topic).filter((offset) => offset <= lastStable))
      expect(end).toBeGreaterThan(100)
      await vi.waitFor(() => expect(cleanedUpTo(broker, topic)).toBe(end), patienceMs)
    }

    async function start(properties: ServerProperties = {}): Promise<void> {
      await broker.start(properties)
      client = await RawClient.connect(broker)
    }

    async function stop(): Promise<void> {
      client.close()
      await broker.stop()
    }

    async function ask(): Promise<Map<string, Told>> {
      const told = new Map<string, Told>()
      for (const topic of topics) {
        const answers = await askAll(client, topic, 0)
        told.set(topic, { answers, producers: await describeProducers(client, topic) })
      }
      return told
    }

    function copyAll(name: string): string {
      const copy = join(root, name)
      cpSync(broker.dataDir, copy, { recursive: true })
      return copy
    }

    /** Opens our logs on a data directory of Kafka, with its checkpoints. */
    function openLogs(directory: string): { kit: LogKit; logs: Map<string, Log> } {
      const clock = new ManualClock(Date.now())
      const kit = new LogKit({ fileSystem: new DiskFileSystem(), logDirs: [directory], clock })
      const open = (topic: string) =>
        kit.manager.getOrCreate(topic, 0, topicIds.get(topic)!, config)
      return { kit, logs: new Map(topics.map((topic) => [topic, open(topic)])) }
    }

    describe('are served here', () => {
      let ours: PartitionAnswers[]

      beforeAll(async () => {
        const logs = topics.map((topic) => ({ directory: broker.directoryOf(topic) }))
        ours = await askOdradek('opened', logs)
      }, patienceMs)

      test.each([...topics.entries()])('as in Kafka: %i, %s', (index, topic) => {
        expect(ours[index]).toEqual(told.get(topic)!.answers)
      })
    })

    test('open as a data directory, with the producers, and are not changed', () => {
      const copy = copyAll('closed')
      const { kit, logs } = openLogs(copy)
      for (const [topic, log] of logs) {
        const { answers, producers } = told.get(topic)!
        expect(log.logEndOffset, topic).toBe(answers.latest)
        expect(log.logStartOffset, topic).toBe(answers.earliest)
        expect(log.highWatermark, topic).toBe(answers.latest)
        expect(log.lastStableOffset, topic).toBe(answers.lastStable)
        expect(activeProducers(log), topic).toEqual(producers)
      }
      kit.manager.close()
      expect(kit.warnings).toEqual([])
      for (const topic of topics) expectSameFiles(copy, topic)
    })

    test('equal the files that our log writes for the same batches', () => {
      const copy = join(root, 'written')
      const clock = new ManualClock(Date.now())
      const kit = new LogKit({ fileSystem: new DiskFileSystem(), logDirs: [copy], clock })
      for (const topic of topics.filter((name) => name !== 'compacted')) {
        const segmentBytes = topic === javaTopic ? defaultLogConfig.segmentBytes : 16_000
        appendLike(told.get(topic)!.answers, kit.log({ ...config, segmentBytes }, topic))
      }
      kit.manager.close()
      for (const topic of topics.filter((name) => name !== 'compacted')) {
        expectSameFiles(copy, topic)
        expect(epochsIn(join(copy, `${topic}-0`))).toBe(epochsIn(broker.directoryOf(topic)))
      }
    })

    /** Damages the files, and lets Kafka repair them and us a copy. */
    async function repairBoth(name: string, damages: readonly Damage[]): Promise<void> {
      for (const { topic, inflict } of damages) inflict(broker.directoryOf(topic))
      const copy = copyAll(name)
      await start()
      const repaired = await ask()
      await stop()
      const { kit, logs } = openLogs(copy)
      const whatOf = (topic: string) => damages.find((damage) => damage.topic === topic)?.what
      for (const [topic, log] of logs) {
        expect(log.logEndOffset, whatOf(topic)).toBe(repaired.get(topic)!.answers.latest)
        expect(activeProducers(log), whatOf(topic)).toEqual(repaired.get(topic)!.producers)
      }
      kit.manager.close()
      for (const topic of topics) expectSameFiles(copy, topic)
    }

    function expectSameFiles(copy: string, topic: string): void {
      const copied = fileDigests(join(copy, `${topic}-0`))
      expect(copied, topic).toEqual(fileDigests(broker.directoryOf(topic)))
    }

    test('are rebuilt identically if the batches determine them', () => {
      const copy = copyAll('damaged')
      for (const { topic, inflict } of damagedIndexes) inflict(join(copy, `${topic}-0`))
      const { kit } = openLogs(copy)
      kit.manager.close()
      for (const { topic, what } of damagedIndexes) {
        expect(kit.warnings.join('\n'), what).toContain(`${topic}-0`)
        expect(epochsIn(join(copy, `${topic}-0`))).toBe(epochsIn(broker.directoryOf(topic)))
        expectSameFiles(copy, topic)
      }
    })

    test('when it was killed, are recovered as by Kafka itself', async () => {
      await start()
      for (const topic of ['codec-none', 'codec-zstd']) await appendBatches(client, topic, 60)
      // The transactions do not end: the coordinator would otherwise complete them after the
      // restart.
      const open = await appendTransactions(client, 'transactions')
      expect(open.length).toBeGreaterThan(0)
      const unanswered = Promise.allSettled([
        ...open.map((producer) => appendUntilGone(client, 'transactions', producer)),
        appendBatches(client, 'append-time', 500),
      ])
      await appendBatches(client, 'codec-none', 20)
      await broker.kill()
      await unanswered
      await repairBoth('killed', [])
    })

    test('and that are torn or corrupt, are truncated as by Kafka itself', async () => {
      rmSync(join(broker.dataDir, '.kafka_cleanshutdown'))
      rmSync(join(broker.dataDir, 'recovery-point-offset-checkpoint'))
      await repairBoth('torn', damagedBatches)
    })

    test('lose old segments as in Kafka', async () => {
      const copy = copyAll('retained')
      await start({ 'log.retention.check.interval.ms': 100, 'log.initial.task.delay.ms': 0 })
      const { kit } = openLogs(copy)
      for (const [topic, config] of Object.entries(retentions)) {
        await client.alterTopic(topic, { [config.name]: config.value })
        const log = kit.manager.get(topic, 0)!
        log.updateConfig({ ...log.config, [config.field]: config.value })
        expect(log.files.deleteOldSegments().segments).toBeGreaterThan(0)
        const { logStartOffset, logEndOffset } = log
        await vi.waitFor(async () => {
          const { earliest, latest } = await askAll(client, topic, 0)
          expect({ earliest, latest }).toEqual({ earliest: logStartOffset, latest: logEndOffset })
        }, patienceMs)
      }
      await stop()
      kit.manager.close()
      for (const topic of Object.keys(retentions)) expectSameFiles(copy, topic)
    })
  },
)

/**
 * Appends the same batches as the broker did. If the broker stamped them, they are appended as on
 * its follower.
 */
function appendLike({ batches }: PartitionAnswers, log: Log): void {
  for (const hex of batches) {
    const bytes = Buffer.from(hex, 'hex')
    const { partitionLeaderEpoch, isControl, timestampType } = new BatchView(bytes)
    const isStamped = timestampType === 'LogAppendTime'
    // As producers send them.
    if (!isStamped) bytes.writeBigInt64BE(0n)
    const origin = isControl ? 'coordinator' : 'client'
    const result = isStamped
      ? log.appendAsFollower(bytes)
      : log.appendAsLeader(bytes, partitionLeaderEpoch, { origin })
    expect(result).not.toHaveProperty('errorCode')
    log.updateHighWatermark(log.logEndOffset)
  }
}

function epochsIn(directory: string): string {
  return readFileSync(join(directory, 'leader-epoch-checkpoint'), 'utf8')
}

function activeProducers(log: Log): object[] {
  return log.producers.activeProducers().toSorted((a, b) => a.producerId - b.producerId)
}

/** Returns the base offsets of a topic's segments. */
function segmentsOf(broker: RealBroker, topic: string): number[] {
  const names = readdirSync(broker.directoryOf(topic)).filter((name) => name.endsWith('.log'))
  return names.map((name) => parseInt(name))
}

/** Returns the offset up to which the cleaner has cleaned, or 0. */
function cleanedUpTo({ dataDir }: RealBroker, topic: string): number {
  const path = join(dataDir, 'cleaner-offset-checkpoint')
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  return Number(new RegExp(`^${topic} 0 (\\d+)$`, 'm').exec(text)?.[1] ?? 0)
}

/** Produces with Kafka's own producer, in transactions that it commits occasionally. */
async function produceWithJava({ bootstrapServers }: RealBroker): Promise<void> {
  await runJavaTool(java, 'org.apache.kafka.tools.ProducerPerformance', [
    ...toolOptions({
      topic: javaTopic,
      'num-records': 5000,
      'record-size': 100,
      throughput: -1,
      'transactional-id': 'performance',
      'transaction-duration-ms': 50,
    }),
    '--command-property',
    `bootstrap.servers=${bootstrapServers}`,
    'compression.type=lz4',
  ])
}
