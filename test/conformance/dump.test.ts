import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { DiskFileSystem } from '../../src/platform/disk-file-system.ts'
import { encodeBatch } from '../../src/record/batch-encoder.ts'
import {
  ControlRecordType,
  encodeEndTransactionMarker,
  encodeLeaderChange,
} from '../../src/record/control-record.ts'
import { dumpText } from '../dump/dump-kit.ts'
import { append, LogKit } from '../log/log-kit.ts'
import { sharedData } from '../support/shared-data.ts'
import { sharedVectors, type Vector } from '../support/vectors.ts'
import { runJavaTool } from './support/java-tools.ts'

const { java } = inject('tools')
const isMissing = java.missing !== undefined || sharedData('vectors-internal.jsonl') === undefined
const timestamp = Date.UTC(2026, 0, 1)
const tool = 'org.apache.kafka.tools.DumpLogSegments'

describe.skipIf(isMissing)(
  "odradek dump beside Kafka's DumpLogSegments (needs Java and the shared data beside the checkout)",
  () => {
    const root = mkdtempSync(join(tmpdir(), 'odradek-dump-beside-'))
    const disk = new DiskFileSystem()

    beforeAll(fillOrders)
    afterAll(() => rmSync(root, { recursive: true, force: true }))

    /** Returns the lines that Kafka's tool prints. */
    async function kafkas(files: readonly string[], ...options: string[]): Promise<string[]> {
      const said = await runJavaTool(java, tool, [...options, '--files', files.join(',')])
      const lines = said.slice(said.indexOf('Dumping ')).trimEnd().split('\n')
      return lines.filter(
        (line) => !/^(Non-consecutive offsets in | {2}-?\d+ is followed by )/.test(line),
      )
    }

    function ours(
      files: readonly string[],
      options: Parameters<typeof dumpText>[2] = {},
    ): string[] {
      return files.flatMap((file) => dumpText(disk, file, options).lines)
    }

    function filesOf(partition: string): string[] {
      const names = readdirSync(join(root, partition))
      const known = names.filter((name) => /\.(log|index|timeindex|txnindex|snapshot)$/.test(name))
      return known.sort().map((name) => join(root, partition, name))
    }

    /** Writes a segment of these batches. */
    function segment(partition: string, batches: readonly Uint8Array[]): string {
      mkdirSync(join(root, partition), { recursive: true })
      const path = join(root, partition, '00000000000000000000.log')
      writeFileSync(path, Buffer.concat(batches))
      return path
    }

    function fillOrders(): void {
      const kit = new LogKit({ fileSystem: disk, logDirs: [root] })
      const log = kit.log({ segmentBytes: 10_000, indexIntervalBytes: 1000 })
      for (let i = 0; i < 150; i++) {
        const compression = (['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)[i % 5]!
        const values = [`${i}`, 'é'.repeat(200 + ((i * 37) % 300))]
        append(log, values, { compression, epoch: i >> 6, timestamp: timestamp + i * 10 })
        if (i % 50 !== 20) continue
        const producer = { producerId: i, producerEpoch: 0, baseSequence: 0, isTransactional: true }
        append(log, ['in a transaction'], producer)
        const { Abort, Commit } = ControlRecordType
        const marker = { producerId: i, producerEpoch: 0, timestamp: timestamp + i * 10 }
        const type = i % 100 === 20 ? Abort : Commit
        const bytes = encodeEndTransactionMarker({ type, coordinatorEpoch: 1 }, marker)
        log.appendAsLeader(bytes, i >> 6, { origin: 'coordinator' })
      }
      const headers = [
        { key: 'a', value: null },
        { key: 'ü', value: Buffer.from('x') },
      ]
      const tombstone = encodeBatch([{ timestamp, key: Buffer.from('k'), value: null, headers }])
      log.appendAsLeader(tombstone, 3)
      kit.manager.close()
    }

    test.each([
      { options: [] },
      { options: ['--deep-iteration'] },
      { options: ['--print-data-log'] },
      { options: ['--print-data-log', '--skip-record-metadata'] },
    ])(
      'prints the same for a partition with $options',
      async ({ options }: { options: readonly string[] }) => {
        const files = filesOf('orders-0')
        expect(files.length).toBeGreaterThan(10)
        const dumped = ours(files, {
          isDeep: options.length > 0,
          hasData: options[0] === '--print-data-log',
          hasMetadata: !options.includes('--skip-record-metadata'),
        })
        expect(dumped).toEqual(await kafkas(files, ...options))
      },
    )

    test('prints the same for batches of every kind and magic', async () => {
      const shared = readFileSync(sharedData('record-batches.jsonl')!, 'utf8').trim().split('\n')
      const vectors = shared
        // A broker never assigns offsets and producer ids beyond 2^53.
        .filter((line) => !line.includes('"producerId":"9223372036854775807"'))
        .map((line) => JSON.parse(line) as { valid: boolean; hex: string })
      const files = vectors.flatMap(({ valid, hex }, i) =>
        valid ? [segment(`batches-${i}`, [Buffer.from(hex, 'hex')])] : [],
      )
      expect(files.length).toBeGreaterThan(50)
      expect(ours(files, { hasData: false })).toEqual(await kafkas(files, '--deep-iteration'))
    })

    /**
     * The tool is version 4.3, which lacks some of 4.4. Java prints the smallest double with other
     * digits.
     */
    function knownToTheTool(): Vector[] {
      const newer = new Set(['UnregisterControllerRecord', 'StreamsGroupMetadataValue'])
      return sharedVectors('vectors-internal.jsonl')!
        .filter(({ api }) => !newer.has(api))
        .filter(({ api, fill }) => api !== 'ClientQuotaRecord' || fill !== 'extreme')
    }

    /** Writes one batch per vector, with Kafka's key for such a value. */
    function coordinatorLog(topic: string, isOfTopic: (api: string) => boolean): string {
      const vectors = knownToTheTool().filter(({ api }) => isOfTopic(api))
      const keys = vectors.filter(({ type }) => type === 'coordinator-key')
      const keyOf = (api: string): Vector =>
        keys.find((key) => key.api === api.replace(/Value$/, 'Key') && key.fill === 'full')!
      const bytes = ({ prefixedHex }: Vector): Buffer => Buffer.from(prefixedHex!, 'hex')
      const values = vectors.filter(({ type }) => type === 'coordinator-value')
      const records = [
        ...values.map((value) => ({ key: bytes(keyOf(value.api)), value: bytes(value) })),
        ...keys.map((key) => ({ key: bytes(key), value: null })),
        { key: Buffer.from([0, 99]), value: null },
      ]
      return segment(`${topic}-0`, batchesOf(records))
    }

    function batchesOf(records: readonly { key: Uint8Array | null; value: Uint8Array | null }[]) {
      return records.map((record, baseOffset) =>
        encodeBatch([{ ...record, timestamp }], { baseOffset, partitionLeaderEpoch: 0 }),
      )
    }

    const share = /^Share(Snapshot|Update)/
    const transaction = /^TransactionLog/
    test.each([
      [
        '__consumer_offsets',
        '--offsets-decoder',
        (api: string) => !share.test(api) && !transaction.test(api),
      ],
      ['__transaction_state', '--transaction-log-decoder', (api: string) => transaction.test(api)],
      ['__share_group_state', '--share-group-state-decoder', (api: string) => share.test(api)],
    ])("reads the records of %s as Kafka's tool does", async (topic, option, isOfTopic) => {
      const file = coordinatorLog(topic, isOfTopic)
      const dumped = ours([file])
      expect(dumped.length).toBeGreaterThan(10)
      expect(dumped).toEqual(await kafkas([file], option))
    })

    test("reads the records of __cluster_metadata as Kafka's tool does", async () => {
      const vectors = knownToTheTool().filter(
        ({ type, api }) => type === 'metadata' && !api.startsWith('Remote'),
      )
      const values = vectors.map(({ key, version, hex }) =>
        Buffer.concat([Buffer.from([1, key!, version]), Buffer.from(hex, 'hex')]),
      )
      const voters = { leaderId: 1, voterIds: [1, 2], grantingVoterIds: [2] }
      const file = segment('__cluster_metadata-0', [
        encodeLeaderChange(voters, { timestamp }),
        ...batchesOf(values.map((value) => ({ key: null, value }))).slice(1),
      ])
      const dumped = ours([file])
      expect(dumped.length).toBeGreaterThan(300)
      expect(dumped).toEqual(await kafkas([file], '--cluster-metadata-decoder'))
    })
  },
)
