import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { MemoryFileSystem } from '../../../src/platform/memory-file-system.ts'
import { BatchView } from '../../../src/record/batch-view.ts'
import { dieAt, dieReplacing } from '../../log/crash-kit.ts'
import { LogKit, readAll } from '../../log/log-kit.ts'
import { patienceMs } from '../support/patience.ts'
import { readBatches } from '../support/partition-answers.ts'
import { replacePartition } from '../support/partition-files.ts'
import { RawClient } from '../support/raw-client.ts'
import { RealBroker } from '../support/real-broker.ts'

const { kafka } = inject('tools')
const topic = 'crashed'
const directory = '/data/orders-0'

/**
 * The operations during which a broker dies, at its nth operation on a file. Each returns false if
 * it completed before.
 */
const deaths: Readonly<Record<string, (operation: number, disk: MemoryFileSystem) => boolean>> = {
  'replaces segments': dieReplacing,
  'deletes old segments': (operation, disk) =>
    dieAt(operation, disk, (log) => () => {
      log.advanceLogStartOffset(5)
      log.files.deleteOldSegments()
    }),
  'truncates it': (operation, disk) => dieAt(operation, disk, (log) => () => log.truncateTo(3)),
  'truncates it fully': (operation, disk) =>
    dieAt(operation, disk, (log) => () => log.truncateFullyAndStartAt(20)),
}

interface Crashed {
  readonly name: string
  readonly files: ReadonlyMap<string, Uint8Array>
  /** Our result: the offsets of the records, and the files after a clean close. */
  readonly offsets: readonly number[]
  readonly names: readonly string[]
}

function* crashedLogs(): Generator<Crashed> {
  for (const [what, die] of Object.entries(deaths)) {
    for (let operation = 0, hasDied = true; hasDied; operation++) {
      const disk = new MemoryFileSystem()
      hasDied = die(operation, disk)
      const files = new Map(
        disk.list(directory).map((file) => [file, disk.readFile(`${directory}/${file}`)]),
      )
      const kit = new LogKit({ fileSystem: disk })
      const offsets = readAll(kit.log()).map(([offset]) => offset)
      kit.manager.close()
      yield { name: `${what}, at ${operation}`, files, offsets, names: kit.files() }
    }
  }
}

describe.skipIf(kafka.missing !== undefined)(
  'what a broker leaves that dies while it',
  { timeout: patienceMs },
  () => {
    const root = mkdtempSync(join(tmpdir(), 'odradek-crashed-'))
    const logs = [...crashedLogs()]
    const partitions = logs.map((log, partition) => ({ ...log, partition }))
    let broker: RealBroker
    let offsets: number[][]

    beforeAll(async () => {
      broker = await RealBroker.start(kafka)
      const client = await RawClient.connect(broker)
      const topicId = await client.createTopic(topic, logs.length, { 'retention.ms': -1 })
      client.close()
      await broker.stop()
      for (const name of ['.kafka_cleanshutdown', 'recovery-point-offset-checkpoint']) {
        rmSync(join(broker.dataDir, name))
      }
      for (const { files, partition } of partitions) {
        const copy = { directory: join(root, String(partition)) }
        mkdirSync(copy.directory)
        for (const [name, bytes] of files) writeFileSync(join(copy.directory, name), bytes)
        replacePartition(broker.dataDir, { topic, partition, topicId }, copy)
      }
      await broker.start()
      offsets = await offsetsOf(broker, logs.length)
      await broker.stop()
    })

    afterAll(async () => {
      await broker?.close()
      rmSync(root, { recursive: true, force: true })
    })

    test.each(partitions)('$name is what a real broker makes of it', (log) => {
      expect(log.offsets).toEqual(offsets[log.partition])
      // Kafka overwrites snapshots, and ignores our temporary files.
      const names = readdirSync(broker.directoryOf(topic, log.partition))
      expect(log.names).toEqual(names.filter((name) => !name.endsWith('.snapshot.tmp')).sort())
    })
  },
)

async function offsetsOf(broker: RealBroker, partitionCount: number): Promise<number[][]> {
  const client = await RawClient.connect(broker)
  const offsets: number[][] = []
  for (let partition = 0; partition < partitionCount; partition++) {
    const batches = await readBatches(client, topic, partition)
    offsets.push(batches.map((bytes) => new BatchView(bytes).baseOffset))
  }
  client.close()
  return offsets
}
