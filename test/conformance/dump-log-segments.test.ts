import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DiskFileSystem } from '../../src/platform/disk-file-system.ts'
import { ControlRecordType, encodeEndTransactionMarker } from '../../src/record/control-record.ts'
import { append, batchOf, LogKit } from '../log/log-kit.ts'

const kafka = fileURLToPath(new URL('../../../shared/tools/real-kafka/kafka', import.meta.url))
const start = Date.UTC(2026, 0, 1)
const config = { segmentBytes: 10_000, indexIntervalBytes: 1000 }

describe.skipIf(!existsSync(kafka))(
  "Kafka's DumpLogSegments (needs the real Kafka beside the checkout)",
  () => {
    const root = mkdtempSync(join(tmpdir(), 'odradek-dump-'))
    const directory = join(root, 'orders-0')
    /** What the tool says with `--index-sanity-check`, and without, when it compares indexes with batches. */
    let checks = ''
    let dump = ''

    beforeAll(async () => {
      fill()
      const files = readdirSync(directory)
        .filter((name) => /\.(log|index|timeindex|txnindex|snapshot)$/.test(name))
        .map((name) => join(directory, name))
      const tool = 'org.apache.kafka.tools.DumpLogSegments'
      const options = ['--deep-iteration', '--index-sanity-check']
      const run = promisify(execFile)
      const check = await run(kafka, ['tool', tool, ...options, '--files', files.join(',')])
      const print = await run(
        kafka,
        ['tool', tool, '--deep-iteration', '--files', files.join(',')],
        {
          maxBuffer: 2 ** 26,
        },
      )
      checks = check.stdout + check.stderr
      dump = print.stdout + print.stderr
    }, 60_000)

    afterAll(() => rmSync(root, { recursive: true, force: true }))

    function fill(): void {
      const kit = new LogKit({ fileSystem: new DiskFileSystem(), logDirs: [root] })
      const log = () => kit.log(config)
      for (let i = 0; i < 200; i++) {
        const compression = (['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)[i % 5]!
        const values = [`${i}`, 'x'.repeat(400 + ((i * 37) % 300))]
        append(log(), values, { compression, epoch: i >> 6, timestamp: start + i * 10 })
        if (i % 50 === 20) {
          const producer = {
            producerId: i,
            producerEpoch: 0,
            baseSequence: 0,
            isTransactional: true,
          }
          append(log(), ['in a transaction'], producer)
          const { Abort, Commit } = ControlRecordType
          const type = i % 100 === 20 ? Abort : Commit
          const marker = { producerId: i, producerEpoch: 0, timestamp: start + i * 10 }
          const bytes = encodeEndTransactionMarker({ type, coordinatorEpoch: 1 }, marker)
          log().appendAsLeader(bytes, i >> 6, { origin: 'coordinator' })
        }
        if (i === 120) kit.restart()
        if (i === 160) kit.crash()
      }
      log().appendAsLeader(
        batchOf(['idempotent'], { producerId: 9, producerEpoch: 1, baseSequence: 4 }),
        3,
      )
      kit.manager.close()
    }

    test('passes over every file', () => {
      const files = readdirSync(directory).filter((name) => name.endsWith('.log'))
      expect(files.length).toBeGreaterThan(3)
      for (const name of files) expect(dump).toContain(`Dumping ${join(directory, name)}`)
      expect(dump).toContain('.txnindex')
      expect(dump).toContain('.snapshot')
    })

    test('finds batches, markers and producers as they were appended', () => {
      expect(dump.match(/^baseOffset: /gm)?.length).toBe(200 + 4 + 4 + 1)
      expect(dump).not.toContain('isvalid: false')
      for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
        expect(dump).toContain(`compresscodec: ${codec}`)
      }
      expect(dump.match(/endTxnMarker: ABORT coordinatorEpoch: 1/g)?.length).toBe(2)
      expect(dump).toMatch(/producerId: 9 producerEpoch: 1 .*lastSequence: 4/)
    })

    test('finds nothing wrong', () => {
      expect(checks.match(/passed sanity check\.$/gm)?.length).toBeGreaterThan(6)
      const complaints = (checks + dump)
        .split('\n')
        .filter((line) => /mismatch|out of order|not found|followed by|Error|Exception/i.test(line))
        // The tool takes -1 for the offset before the first one of any segment.
        .filter((line) => !/^ {2}-1 is followed by \d+$/.test(line))
      expect(complaints).toEqual([])
    })
  },
)
