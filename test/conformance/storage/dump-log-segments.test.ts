import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startCluster } from '../../../src/index.ts'
import { complaintsOf, dumpableFiles, dumpFiles } from '../support/dump-log-segments.ts'
import { RawClient } from '../support/raw-client.ts'
import { writeLogs, writtenLogNames } from '../support/written-logs.ts'
import { patienceMs } from '../support/patience.ts'

const { java } = inject('tools')

describe.skipIf(java.missing !== undefined)(
  "Kafka's DumpLogSegments",
  { timeout: patienceMs },
  () => {
    const root = mkdtempSync(join(tmpdir(), 'odradek-dump-'))
    let files: string[]

    beforeAll(async () => {
      const logs = await writeLogs(root, 'written')
      files = logs.flatMap(({ directory }) => dumpableFiles(directory))
    }, patienceMs)

    afterAll(() => rmSync(root, { recursive: true, force: true }))

    test('reads every batch and every record, and finds indexes and batches in agreement', async () => {
      const dump = await dumpFiles(java, files, '--deep-iteration')
      for (const file of files) expect(dump).toContain(`Dumping ${file}`)
      expect(complaintsOf(dump)).toEqual([])
      expect(dump.match(/^baseOffset: /gm)!.length).toBeGreaterThan(5000)
      for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
        expect(dump).toContain(`compresscodec: ${codec}`)
      }
      expect(dump).toMatch(/endTxnMarker: ABORT coordinatorEpoch: \d/)
      expect(dump).toMatch(/endTxnMarker: COMMIT coordinatorEpoch: \d/)
      expect(dump).toMatch(/producerId: 6009 producerEpoch: 1 .*lastSequence: \d+/)
      expect(dump).toMatch(
        /version: 0 producerId: 7\d+ firstOffset: \d+ lastOffset: \d+ lastStable/,
      )
    })

    test('finds every index sane', async () => {
      const indexes = files.filter((file) => /\.(index|timeindex)$/.test(file))
      const checks = await dumpFiles(java, files, '--deep-iteration', '--index-sanity-check')
      for (const index of indexes) {
        const isEmpty = statSync(index).size === 0 && index.endsWith('.index')
        const verdict = isEmpty ? 'is empty.' : 'passed sanity check.'
        expect(checks).toContain(`${index} ${verdict}`)
      }
      expect(complaintsOf(checks)).toEqual([])
    })

    test('verifies only the indexes', async () => {
      expect(complaintsOf(await dumpFiles(java, files, '--verify-index-only'))).toEqual([])
    })

    test('prints the appended records', async () => {
      const partition = writtenLogNames.indexOf('killed')
      const own = files.filter((file) => file.includes(`written-${partition}/`))
      const dump = await dumpFiles(java, own, '--print-data-log')
      expect(complaintsOf(dump)).toEqual([])
      expect(dump).toMatch(/headerKeys: \[trace,trace,größe\] key: key-\d+ payload: \d+/)
    })

    test('reads the metadata and the committed offsets of a data directory', async () => {
      const dataDir = join(root, 'cluster')
      await commitAnOffset(dataDir)
      const metadata = dumpableFiles(join(dataDir, '1', '__cluster_metadata-0'))
      const records = await dumpFiles(java, metadata, '--cluster-metadata-decoder')
      expect(complaintsOf(records)).toEqual([])
      expect(records).toContain('"type":"TOPIC_RECORD","version":0,"data":{"name":"orders"')
      const offsets = await dumpFiles(java, offsetsFiles(join(dataDir, '1')), '--offsets-decoder')
      expect(complaintsOf(offsets)).toEqual([])
      expect(offsets).toContain('"group":"readers","topic":"orders","partition":0')
    })
  },
)

function offsetsFiles(dataDir: string): string[] {
  return readdirSync(dataDir)
    .filter((name) => name.startsWith('__consumer_offsets-'))
    .flatMap((name) => dumpableFiles(join(dataDir, name)))
}

async function commitAnOffset(dataDir: string): Promise<void> {
  const cluster = await startCluster({ dataDir, topics: [{ name: 'orders' }] })
  try {
    const client = await RawClient.connect(cluster.brokers[0]!)
    await client.commitOffset('readers', 'orders', 0)
  } finally {
    await cluster.close()
  }
}
