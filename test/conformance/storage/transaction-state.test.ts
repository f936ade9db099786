import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startCluster } from '../../../src/index.ts'
import { DiskFileSystem } from '../../../src/platform/disk-file-system.ts'
import { TransactionLogRecord } from '../../../src/protocol/internal/transaction-log.ts'
import { batchesOf } from '../../../src/record/batch-view.ts'
import { recordsOf } from '../../../src/record/records.ts'
import { portsInARow } from '../../cluster/support/ports.ts'
import { dumpText } from '../../dump/dump-kit.ts'
import { dumpFiles } from '../support/dump-log-segments.ts'
import { runJavaTool, toolOptions } from '../support/java-tools.ts'
import { patienceMs } from '../support/patience.ts'
import { RawClient } from '../support/raw-client.ts'
import { clusterId, RealBroker } from '../support/real-broker.ts'
import {
  askTransactions,
  brokerConfig,
  changeTransactions,
  cutToPrepared,
  endOpenTransaction,
  type TransactionAnswers,
} from '../support/transaction-states.ts'

const { kafka, java } = inject('tools')
const stateLogs = [0, 1].map((partition) =>
  join(`__transaction_state-${partition}`, '00000000000000000000.log'),
)

/** The answers after a start, and after the open transaction was aborted. */
interface Answers {
  readonly started: TransactionAnswers
  readonly aborted: TransactionAnswers
}

describe.skipIf(kafka.missing !== undefined || java.missing !== undefined)(
  'a data directory with transactions in every state',
  { timeout: patienceMs },
  () => {
    const root = mkdtempSync(join(tmpdir(), 'odradek-transactions-'))
    const written = { ours: join(root, 'ours'), theirs: join(root, 'theirs') }
    const prepared = { ours: join(root, 'our-crash'), theirs: join(root, 'their-crash') }
    /** The ports of the brokers that wrote the directories. */
    const writers = { ours: 0, theirs: 0 }
    let broker: RealBroker

    beforeAll(async () => {
      const dataDir = join(root, 'cluster')
      writers.ours = await portsInARow(1)
      const options = { dataDir, clusterId, profile: 'faithful', config: brokerConfig } as const
      const cluster = await startCluster({ ...options, port: writers.ours })
      await withClient(cluster.brokers[0]!, changeTransactions)
      await cluster.broker(1).kill()
      await cluster.close()
      cpSync(join(dataDir, '1'), written.ours, { recursive: true })

      const writer = await RealBroker.start(kafka, brokerConfig)
      await withClient(writer, changeTransactions)
      await writer.kill()
      cpSync(writer.dataDir, written.theirs, { recursive: true })
      writers.theirs = writer.port
      await writer.close()

      broker = await RealBroker.start(kafka, brokerConfig)
      await broker.kill()

      for (const whose of ['ours', 'theirs'] as const) {
        cpSync(written[whose], prepared[whose], { recursive: true })
        cutToPrepared(prepared[whose])
      }
    }, patienceMs)

    afterAll(async () => {
      await broker?.close()
      rmSync(root, { recursive: true, force: true })
    })

    async function askOurs(directory: string): Promise<Answers> {
      const dataDir = mkdtempSync(join(root, 'opened-'))
      cpSync(directory, join(dataDir, '1'), { recursive: true })
      const cluster = await startCluster({ dataDir, profile: 'faithful', config: brokerConfig })
      try {
        return await withClient(cluster.brokers[0]!, askTwice)
      } finally {
        await cluster.close()
      }
    }

    async function askTheirs(whose: 'ours' | 'theirs'): Promise<Answers> {
      rmSync(broker.dataDir, { recursive: true })
      cpSync(prepared[whose], broker.dataDir, { recursive: true })
      const hangUp = await acceptSilently(writers[whose])
      await broker.start().finally(hangUp)
      try {
        return await withClient(broker, askTwice)
      } finally {
        await broker.kill()
      }
    }

    test('contains the same records as that of a real broker', () => {
      for (const log of stateLogs) {
        const ours = storedBatches(join(written.ours, log))
        expect(ours.length).toBeGreaterThan(5)
        expect(ours).toEqual(storedBatches(join(written.theirs, log)))
      }
    })

    test.each(['ours', 'theirs'] as const)(
      'of %s is completed and served in the same way by both brokers',
      async (whose) => {
        const byUs = await askOurs(prepared[whose])
        const byThem = await askTheirs(whose)
        expect(byUs).toEqual(byThem)

        const states = byUs.started.transactions.map(({ id, state }) => `${id} ${state}`)
        expect(states).toEqual([
          'empty Empty',
          'ongoing Ongoing',
          'complete-commit CompleteCommit',
          'complete-abort CompleteAbort',
          'new-protocol CompleteAbort',
          'prepare-commit CompleteCommit',
          'prepare-abort CompleteAbort',
        ])
        const { offsets, partitions } = byUs.started
        // UNSTABLE_OFFSET_COMMIT while the transaction is open.
        expect(offsets['open']![0]).toBe('0 -1 88')
        expect(offsets['prepared']).toEqual(['0 -1 0', '1 -1 0', '2 7 0', '3 -1 0'])
        expect(partitions.map(({ committedOffsets }) => committedOffsets.length)).toEqual([
          0, 2, 1, 0,
        ])
        expect(byUs.aborted.offsets['open']![0]).toBe('0 -1 0')
        expect(byUs.aborted.partitions[0]!.lastStable).toBe(2)
      },
    )

    test.each(['ours', 'theirs'] as const)(
      'of %s is printed by odradek dump as by DumpLogSegments',
      async (whose) => {
        const files = stateLogs.map((log) => join(prepared[whose], log))
        const said = await dumpFiles(java, files, '--transaction-log-decoder')
        const theirs = said.slice(said.indexOf('Dumping ')).trimEnd().split('\n')
        const disk = new DiskFileSystem()
        const dumped = files.flatMap((file) => dumpText(disk, file).lines)
        expect(dumped.length).toBeGreaterThan(40)
        expect(dumped).toEqual(theirs)
      },
    )

    test("of ours is read by Java's TransactionLogMessageFormatter", async () => {
      const dataDir = mkdtempSync(join(root, 'read-'))
      cpSync(written.ours, join(dataDir, '1'), { recursive: true })
      const cluster = await startCluster({ dataDir, config: brokerConfig })
      const stored = stateLogs.flatMap((log) => storedBatches(join(written.ours, log)))
      try {
        const args = toolOptions({
          'bootstrap-server': cluster.bootstrapServers,
          topic: '__transaction_state',
          formatter: 'org.apache.kafka.tools.consumer.TransactionLogMessageFormatter',
          'max-messages': stored.length,
        })
        const consumer = 'org.apache.kafka.tools.consumer.ConsoleConsumer'
        const said = await runJavaTool(java, consumer, [...args, '--from-beginning'])
        // It does not separate records.
        const read = [...said.matchAll(/\{"key":.*?\}\}\}/g)].map(
          ([record]) => JSON.parse(record) as FormattedRecord,
        )
        expect(read.map(({ key }) => key.data.transactionalId).toSorted()).toEqual(
          stored.map(({ id }) => id).toSorted(),
        )
        const last = read.findLast(({ key }) => key.data.transactionalId === 'prepare-commit')!
        expect(last.value).toMatchObject({
          version: 1,
          data: { producerEpoch: 0, transactionStatus: COMPLETE_COMMIT, transactionPartitions: [] },
        })
      } finally {
        await cluster.close()
      }
    })
  },
)

const COMPLETE_COMMIT = 4

interface FormattedRecord {
  readonly key: { readonly data: { readonly transactionalId: string } }
  readonly value: { readonly version: number; readonly data: object }
}

async function withClient<T>(
  broker: { readonly port: number },
  use: (client: RawClient) => Promise<T>,
): Promise<T> {
  const client = await RawClient.connect(broker)
  try {
    return await use(client)
  } finally {
    client.close()
  }
}

/**
 * Listens on the port of the broker that wrote a directory, and never answers. Call the result when
 * the real broker has started.
 *
 * That broker finds itself registered at the old port, and sends the markers there until it is
 * registered again. If they were refused, it would send them again all the time. It would then
 * notice that no partition has a leader while it is fenced, and drop some of them.
 */
async function acceptSilently(port: number): Promise<() => void> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => sockets.add(socket.resume()))
  await once(server.listen(port, '127.0.0.1'), 'listening')
  return () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
}

async function askTwice(client: RawClient): Promise<Answers> {
  const started = await askTransactions(client)
  await endOpenTransaction(client)
  return { started, aborted: await askTransactions(client) }
}

/** Every byte of the batches, without those of checksums and times. */
function storedBatches(path: string): { id: string; bytes: string }[] {
  return [...batchesOf(readFileSync(path))].map((batch) => {
    const [record, ...others] = [...recordsOf(batch)]
    expect(others).toEqual([])
    const bytes = Buffer.from(batch.bytes)
    const value = TransactionLogRecord.decodeValue(record!.value!)
    clear(bytes, batch.baseTimestamp)
    clear(bytes, value.transactionLastUpdateTimestampMs)
    clear(bytes, value.transactionStartTimestampMs)
    bytes.fill(0, CHECKSUM_AT, CHECKSUM_AT + 4)
    const { transactionalId } = TransactionLogRecord.decodeKey(record!.key!)
    return { id: transactionalId, bytes: bytes.toString('hex') }
  })
}

const CHECKSUM_AT = 17

function clear(bytes: Buffer, time: number): void {
  if (time < 0) return
  const encoded = Buffer.alloc(8)
  encoded.writeBigInt64BE(BigInt(time))
  for (let at = bytes.indexOf(encoded); at >= 0; at = bytes.indexOf(encoded))
    bytes.fill(0, at, at + 8)
}
