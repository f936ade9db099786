import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { consumeWithJava } from '../support/java-consumer.ts'
import { runJavaTool, toolOptions } from '../support/java-tools.ts'
import { askEach, askOdradek } from '../support/odradek-files.ts'
import type { PartitionAnswers, SeenRecord } from '../support/partition-answers.ts'
import { recordsSeen } from '../support/partition-answers.ts'
import { fileDigests, replacePartition } from '../support/partition-files.ts'
import { RawClient } from '../support/raw-client.ts'
import { RealBroker } from '../support/real-broker.ts'
import type { WrittenLog } from '../support/written-logs.ts'
import { patienceMs } from '../support/patience.ts'
import {
  COMPACTED,
  EMPTY,
  INTERRUPTED,
  writeLogs,
  writtenLogNames,
  writtenTopicConfig,
} from '../support/written-logs.ts'

const { java, kafka } = inject('tools')
const missing = kafka.missing ?? java.missing
const TIME_INDEX = '.timeindex'
const INDEX = '.index'
const SNAPSHOT = '.snapshot'
const offsetTool = 'org.apache.kafka.tools.GetOffsetShell'
const topic = 'written'
const partitions = writtenLogNames.map((name, partition) => ({ name, partition }))

describe.skipIf(missing !== undefined)(
  'a real broker whose partitions are replaced by ours',
  { timeout: patienceMs },
  () => {
    const root = mkdtempSync(join(tmpdir(), 'odradek-to-kafka-'))
    let logs: WrittenLog[]
    let ours: PartitionAnswers[]
    let broker: RealBroker
    let client: RawClient
    let topicId: string

    beforeAll(async () => {
      logs = await writeLogs(root, topic)
      ours = await askOdradek(topic, logs)
      broker = await RealBroker.start(kafka)
      client = await RawClient.connect(broker)
      topicId = await client.createTopic(topic, logs.length, writtenTopicConfig)
      await broker.stop()
    }, patienceMs)

    afterAll(async () => {
      await broker?.close()
      rmSync(root, { recursive: true, force: true })
    })

    /**
     * Starts it on our files. Without a clean shutdown marker and recovery points it recovers all
     * of them.
     */
    async function startOnOurFiles(isClean: boolean): Promise<PartitionAnswers[]> {
      const checkpoints = ['.kafka_cleanshutdown', 'recovery-point-offset-checkpoint']
      for (const name of isClean ? [] : checkpoints) rmSync(join(broker.dataDir, name))
      for (const [partition, log] of logs.entries()) {
        replacePartition(broker.dataDir, { topic, partition, topicId }, log)
      }
      await start()
      return askEach(client, topic, logs.length)
    }

    async function start(): Promise<void> {
      await broker.start()
      client = await RawClient.connect(broker)
    }

    async function stop(): Promise<void> {
      client.close()
      await broker.stop()
    }

    describe('that were closed', () => {
      let theirs: PartitionAnswers[]

      beforeAll(async () => {
        theirs = await startOnOurFiles(true)
      }, patienceMs)

      test('opens them without a complaint', () => {
        expect(broker.output.some((line) => /Skipping recovery of \d+ logs/.test(line))).toBe(true)
        expect(complaints(broker.output)).toEqual([])
      })

      test.each(partitions)('serves as we do: $name', ({ partition }) => {
        expect(theirs[partition]).toEqual(ours[partition])
      })

      test.each(['read_uncommitted', 'read_committed'] as const)(
        'gives a Java consumer every record (%s)',
        async (isolation) => {
          const expected = ours.map((answers) => visibleTo(isolation, answers))
          const count = expected.reduce((sum, { length }) => sum + length, 0)
          const { bootstrapServers } = broker
          const read = await consumeWithJava(java, bootstrapServers, topic, isolation, count)
          for (const { name, partition } of partitions) {
            expect(read.get(partition) ?? [], name).toEqual(expected[partition])
          }
        },
      )

      test('finds offsets by time for GetOffsetShell', async () => {
        const timestamp = Number(Object.keys(ours[0]!.timestamps).at(100))
        const { bootstrapServers } = broker
        const options = { 'bootstrap-server': bootstrapServers, topic, time: timestamp }
        const said = await runJavaTool(java, offsetTool, toolOptions(options))
        const offset = parseInt(ours[0]!.timestamps[timestamp]!, 10)
        expect(said.split('\n')).toContain(`${topic}:0:${offset}`)
      })

      test('does not change them', async () => {
        await stop()
        for (const { name, partition } of partitions) {
          // If there is no snapshot at all, a start writes one.
          const isCompared = (file: string) => name !== EMPTY || !file.endsWith(SNAPSHOT)
          const kept = fileDigests(broker.directoryOf(topic, partition), isCompared)
          expect(fileDigests(logs[partition]!.directory), name).toMatchObject(kept)
        }
      })
    })

    describe('that were not closed', () => {
      let theirs: PartitionAnswers[]

      beforeAll(async () => {
        theirs = await startOnOurFiles(false)
      }, patienceMs)

      test('recovers them without a complaint', () => {
        expect(broker.output.some((line) => /Recovering \d+ logs/.test(line))).toBe(true)
        expect(complaints(broker.output)).toEqual([])
      })

      test.each(partitions)('serves as we do: $name', ({ name, partition }) => {
        // The rest of a compacted transaction starts later than the transaction did.
        const begin = name === COMPACTED ? { abortedTransactions: expect.anything() } : {}
        expect(theirs[partition]).toEqual({ ...ours[partition], ...begin })
      })

      test('builds the same indexes and snapshots', async () => {
        await stop()
        for (const { name, partition } of partitions.filter(({ name }) => name !== COMPACTED)) {
          const directory = broker.directoryOf(topic, partition)
          const { directory: source } = logs[partition]!
          const isSame = (file: string) =>
            !file.endsWith(TIME_INDEX) && !(INTERRUPTED.includes(name) && file.endsWith(INDEX))
          expect(fileDigests(source, isSame), name).toMatchObject(fileDigests(directory, isSame))
          if (INTERRUPTED.includes(name)) continue
          // Closing a log adds its largest timestamp; recovery does not.
          expect(timeIndexEntries(source)).toEqual(
            expect.arrayContaining(timeIndexEntries(directory)),
          )
        }
      })
    })

    test('appends to them, and we open that again', async () => {
      await start()
      await appendToEach(client)
      const theirs = await askEach(client, topic, logs.length)
      await stop()
      const directories = logs.map(({ logStartOffset }, partition) => ({
        directory: broker.directoryOf(topic, partition),
        logStartOffset,
      }))
      const here = await askOdradek(topic, directories)
      for (const { name, partition } of partitions) {
        expect(here[partition], name).toEqual(theirs[partition])
        expect(theirs[partition]!.latest, name).toBe(ours[partition]!.latest + 9)
      }
    })
  },
)

/** Returns the warnings of its logs, except for a high watermark without a checkpoint. */
function complaints(output: readonly string[]): string[] {
  return output
    .filter((line) => /(WARN|ERROR|FATAL) org\.apache\.kafka\.storage/.test(line))
    .filter((line) => !line.includes('Non-monotonic update of high watermark'))
}

function timeIndexEntries(directory: string): string[] {
  const names = readdirSync(directory).filter((name) => name.endsWith(TIME_INDEX))
  return names.flatMap((name) => {
    const entries = readFileSync(join(directory, name)).toString('hex').match(/.{24}/g) ?? []
    return entries.map((entry) => `${name}: ${entry}`)
  })
}

function visibleTo(
  isolation: 'read_uncommitted' | 'read_committed',
  answers: PartitionAnswers,
): SeenRecord[] {
  const committed = new Set(answers.committedOffsets)
  return recordsSeen(answers)
    .filter(({ offset }) => offset >= answers.earliest)
    .filter(({ offset }) => isolation === 'read_uncommitted' || committed.has(offset))
}

/**
 * Appends batches of a plain, an idempotent and a transactional producer, with one abort and one
 * commit: 9 offsets each.
 */
async function appendToEach(client: RawClient): Promise<void> {
  const idempotent = await client.initProducer()
  const transactional = await client.initProducer('appends')
  const numbers = partitions.map(({ partition }) => partition)
  const records = [{ key: null, value: Buffer.from('one more'), timestamp: Date.now() }]
  for (const partition of numbers) {
    await client.produce(topic, partition, records, { compression: 'lz4' })
    await client.produce(topic, partition, records, {}, { ...idempotent })
  }
  for (const committed of [false, true]) {
    await client.addToTransaction(transactional, topic, numbers)
    for (const partition of numbers) {
      const producer = { ...transactional }
      await client.produce(topic, partition, records, { compression: 'zstd' }, producer)
      await client.produce(topic, partition, records, {}, producer)
    }
    await client.endTransaction(transactional, committed)
  }
  for (const partition of numbers) await client.produce(topic, partition, records)
}
