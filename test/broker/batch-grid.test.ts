import { readFileSync } from 'node:fs'
import * as zlib from 'node:zlib'
import { expect, test } from 'vitest'
import { startTestCluster } from '../support/test-cluster.ts'
import { askGrid } from './batch-grid/ask.ts'
import { answersOf, recordingOf, recordingUrl } from './batch-grid/recording.ts'

/** Cells that cannot agree before Node 22.15, which has no zstd. */
const needsZstd: readonly RegExp[] = [
  // Frame checksums are not verified, and a part of a block is not decoded.
  /^zstd: (a wrong|half a) checksum \|/,
  /^a stream whose (tenth|last|seventh last) byte is wrong \| .* \| zstd$/,
  // Uncompressed frames are too large to be stored.
  /^a value of 2 MB \| zstd-append-time \|/,
]

test('Produce takes, corrects and refuses batches of every shape as Kafka does', async () => {
  const { clock, connect } = await startTestCluster()
  const cells = await askGrid({
    connect: () => connect(),
    nowMs: () => clock.now(),
    tick: () => void clock.advance(1),
  })
  const kafka = answersOf(readFileSync(recordingUrl, 'utf8'))
  const here = answersOf(recordingOf(cells))
  const hasZstd = Reflect.has(zlib, 'zstdDecompressSync')
  const different = [...kafka]
    .filter(([cell]) => hasZstd || !needsZstd.some((pattern) => pattern.test(cell)))
    .map(([cell, answer]) => ({ cell, kafka: answer, here: here.get(cell) }))
    .filter((one) => JSON.stringify(one.kafka) !== JSON.stringify(one.here))
  expect(different.slice(0, 20)).toEqual([])
  expect(here.size).toBe(kafka.size)
})
