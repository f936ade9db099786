import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { defaultCleanerConfig } from '../../src/log/cleaner/cleaner-config.ts'
import { LogCleaner } from '../../src/log/cleaner/log-cleaner.ts'
import { readOffsetCheckpoint } from '../../src/log/files/checkpoint-file.ts'
import type { Log } from '../../src/log/log.ts'
import { defaultLogConfig, type LogConfig } from '../../src/log/log-config.ts'
import { LogManager } from '../../src/log/log-manager.ts'
import { DiskFileSystem } from '../../src/platform/disk-file-system.ts'
import { ManualClock } from '../../src/platform/manual-clock.ts'
import { SeededRandom } from '../../src/platform/random.ts'
import { systemTurn } from '../../src/platform/turn.ts'
import {
  type CompactionScenario,
  compactionScenarios,
  CompactionWriter,
} from './support/compaction-scenarios.ts'
import {
  copyPartitionFiles,
  readPartition,
  replacePartitionFiles,
  type StoredBatch,
} from './support/compacted-partition.ts'
import { readBatches } from './support/partition-answers.ts'
import { waitMs } from './support/patience.ts'
import { RawClient } from './support/raw-client.ts'
import { RealBroker } from './support/real-broker.ts'

const tool = inject('tools').kafka
const fileSystem = new DiskFileSystem()
const deleteRetentionMs = 2000
const segmentBytes = 1024 * 1024
/** The smallest size that Kafka allows, so that not all keys fit. */
const dedupeBufferBytes = 1024 * 1024 + 1024
const checkpointFile = 'cleaner-offset-checkpoint'

describe.skipIf(tool.missing !== undefined)(
  `A log compacted here and the same log compacted by Kafka ${tool.missing ?? ''}`,
  () => {
    const root = mkdtempSync(join(tmpdir(), 'odradek-compaction-'))
    /**
     * The content of the partitions before cleaning, and after cleaning by each of the two; by
     * round.
     */
    const before = ['before1', 'before2'].map((name) => join(root, name))
    const byKafka = ['kafka1', 'kafka2'].map((name) => join(root, name))
    const here = ['here1', 'here2'].map((name) => join(root, name))
    let broker: RealBroker

    beforeAll(async () => {
      if (tool.missing !== undefined) return
      broker = await RealBroker.start(tool, {
        'log.cleaner.backoff.ms': 50,
        'log.cleaner.dedupe.buffer.size': dedupeBufferBytes,
        'log.cleaner.threads': 1,
      })
      await createTopics(broker)
      await broker.stop()
      for (const round of [1, 2] as const) {
        await compactByKafka(round)
        mkdirSync(here[round - 1]!)
        if (round === 2) cpSync(join(here[0]!, checkpointFile), join(here[1]!, checkpointFile))
        for (const { name } of compactionScenarios) await compactHere(round, name)
      }
    })

    afterAll(async () => {
      await broker?.close()
      rmSync(root, { recursive: true, force: true })
    })

    /**
     * Fills the logs and lets Kafka clean them. The second round starts from Kafka's result of the
     * first.
     */
    async function compactByKafka(round: 1 | 2): Promise<void> {
      const expected = new Map<string, number>()
      const nowMs = Date.now()
      for (const [index, scenario] of compactionScenarios.entries()) {
        const { name } = scenario
        const directory = join(before[round - 1]!, `${name}-0`)
        if (round === 2) copyPartitionFiles(join(byKafka[0]!, `${name}-0`), directory)
        else scenario.prepare?.(directory, nowMs)
        const manager = openManager(before[round - 1]!, new ManualClock(nowMs))
        const log = openLog(manager, scenario)
        scenario.fill(new CompactionWriter(log, nowMs, 100 * round + index), round)
        expected.set(`${name} 0`, cleanableEnd(log))
        manager.close()
        replacePartitionFiles(directory, broker.directoryOf(name))
      }
      await broker.start()
      const checkpoint = join(broker.dataDir, checkpointFile)
      await vi.waitFor(
        () => {
          const cleaned = readOffsetCheckpoint(fileSystem, checkpoint)
          expect(Object.fromEntries(cleaned)).toMatchObject(Object.fromEntries(expected))
        },
        { timeout: waitMs, interval: 100 },
      )
      await broker.stop()
      for (const { name } of compactionScenarios) {
        copyPartitionFiles(broker.directoryOf(name), join(byKafka[round - 1]!, `${name}-0`))
      }
    }

    /** Sets the clock to the time of Kafka's cleaning, which the new delete horizons contain. */
    async function compactHere(round: 1 | 2, name: string): Promise<void> {
      const directory = here[round - 1]!
      copyPartitionFiles(join(before[round - 1]!, `${name}-0`), join(directory, `${name}-0`))
      const known = horizonsIn(join(before[round - 1]!, `${name}-0`))
      const [horizonMs, ...others] = [...horizonsIn(join(byKafka[round - 1]!, `${name}-0`))].filter(
        (horizon) => !known.has(horizon),
      )
      expect(others).toEqual([])
      const clock = new ManualClock((horizonMs ?? Date.now()) - deleteRetentionMs)
      const manager = openManager(directory, clock)
      const log = openLog(
        manager,
        compactionScenarios.find((each) => each.name === name)!,
      )
      log.updateHighWatermark(log.logEndOffset)
      await newCleaner(manager, clock).cleanNow(log)
      manager.close()
    }

    describe.each([1, 2] as const)('in round %i', (round) => {
      test.each(compactionScenarios.map(({ name }) => name))('%s', (name) => {
        const [real, ours, old] = [byKafka, here, before].map((roots) =>
          readPartition(join(roots[round - 1]!, `${name}-0`)),
        )
        expect(sizeOf(ours!)).toBeLessThan(sizeOf(old!))
        expect(recordsIn(ours!)).toEqual(recordsIn(real!))
        expect(ours).toEqual(real)
      })
    })

    test('is cleaned up to the same offsets', () => {
      const checkpoint = readOffsetCheckpoint(fileSystem, join(here[1]!, checkpointFile))
      const real = readOffsetCheckpoint(fileSystem, join(broker.dataDir, checkpointFile))
      expect(checkpoint.size).toBe(compactionScenarios.length)
      expect(Object.fromEntries(real)).toMatchObject(Object.fromEntries(checkpoint))
    })
  },
)

/** Creates the topics, and waits until the broker has the directories of their partitions. */
async function createTopics(broker: RealBroker): Promise<void> {
  const client = await RawClient.connect(broker)
  const common = {
    'cleanup.policy': 'compact',
    'min.cleanable.dirty.ratio': 0,
    'delete.retention.ms': deleteRetentionMs,
    'segment.bytes': segmentBytes,
  }
  for (const { name, config } of compactionScenarios) {
    await client.createTopic(name, 1, { ...common, ...config })
  }
  // The controller responds before the broker leads the partitions.
  for (const { name } of compactionScenarios) await readBatches(client, name, 0)
  client.close()
}

function openManager(directory: string, clock: ManualClock): LogManager {
  const manager = new LogManager({
    logDirs: [directory],
    fileSystem,
    clock,
    random: new SeededRandom(1),
    turn: systemTurn,
    brokerId: 1,
    clusterId: 'T2RyYWRla09yYWNsZTAwMQ',
    temporary: true,
  })
  manager.open()
  return manager
}

function openLog(manager: LogManager, { name, config }: CompactionScenario): Log {
  const logConfig: LogConfig = {
    ...defaultLogConfig,
    cleanupPolicy: { delete: false, compact: true },
    deleteRetentionMs,
    segmentBytes,
    timestampType:
      config?.['message.timestamp.type'] === 'LogAppendTime' ? 'LogAppendTime' : 'CreateTime',
  }
  return manager.getOrCreate(name, 0, 'HzpyqVWTQf-ogwHqX9oFRA', logConfig)
}

function newCleaner(manager: LogManager, clock: ManualClock): LogCleaner {
  return new LogCleaner({
    logs: () => manager.logs(),
    clock,
    fileSystem,
    random: new SeededRandom(1),
    turn: systemTurn,
    durability: 'pageCache',
    config: { ...defaultCleanerConfig, dedupeBufferBytes },
    onWarning: (message) => {
      throw new Error(message)
    },
  })
}

/** Returns the base offset of the segment that contains the last stable offset. */
function cleanableEnd({ files, lastStableOffset }: Log): number {
  return files.segments.findLast(({ baseOffset }) => baseOffset <= lastStableOffset)!.baseOffset
}

function horizonsIn(directory: string): Set<number> {
  const found = new Set<number>()
  for (const batches of Object.values(readPartition(directory))) {
    for (const { fields } of typeof batches === 'string' ? [] : batches) {
      if ((Number(fields['attributes']) & 0x40) !== 0) found.add(Number(fields['baseTimestamp']))
    }
  }
  return found
}

function recordsIn(partition: Record<string, StoredBatch[] | string>): string[] {
  return Object.values(partition).flatMap((batches) =>
    typeof batches === 'string' ? [] : batches.flatMap(({ records }) => records),
  )
}

function sizeOf(partition: Record<string, StoredBatch[] | string>): number {
  return recordsIn(partition).length
}
