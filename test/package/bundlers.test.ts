import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { Consumer, run } from './consumer.ts'

/**
 * A project whose program is bundled. `docs/test-runners-and-bundlers.md` shows the same commands.
 */
let consumer: Consumer

/** Uses every codec, reads a record back, and writes a log line. */
const body = `
  const types = ['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd']
  const topics = types.map((type) => ({ name: type, configs: { 'compression.type': type } }))
  const cluster = await startCluster({ topics, logLevel: 'info' })
  const kafka = new Kafka({ brokers: [cluster.bootstrapServers], logLevel: logLevel.NOTHING })
  const producer = kafka.producer()
  await producer.connect()
  for (const topic of types)
    await producer.send({ topic, messages: [{ value: 'x'.repeat(100_000) }] })
  const consumer = kafka.consumer({ groupId: 'group', maxWaitTimeInMs: 10 })
  await consumer.connect()
  await consumer.subscribe({ topic: 'gzip', fromBeginning: true })
  const size = await new Promise((resolve) => {
    void consumer.run({ eachMessage: async ({ message }) => resolve(message.value.length) })
  })
  await consumer.disconnect()
  await producer.disconnect()
  await cluster.close()
  console.log(size)
`

const REQUIRE =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"

beforeAll(() => {
  consumer = new Consumer(
    'kafkajs@2.2.4',
    'esbuild@0.28.2',
    'rolldown@1.2.19',
    'webpack@5.113.0',
    'webpack-cli@7.3.1',
  )
  consumer.write(
    'program.cjs',
    `const { Kafka, logLevel } = require('kafkajs')
     const { startCluster } = require('odradek')
     void (async () => {${body}})()`,
  )
  consumer.write(
    'program.mjs',
    `import { Kafka, logLevel } from 'kafkajs'
     import { startCluster } from 'odradek'
     ${body}`,
  )
})

afterAll(() => consumer.remove())

describe('a bundle runs, beside node_modules and without it,', () => {
  test('that esbuild makes as CommonJS', () => {
    esbuild('program.cjs', '--outfile=esbuild.cjs')
    expectToRun('esbuild.cjs')
  })

  test('that esbuild makes as an ES module with a require', () => {
    esbuild('program.mjs', '--format=esm', `--banner:js=${REQUIRE}`, '--outfile=esbuild.mjs')
    expectToRun('esbuild.mjs')
  })

  test('that rolldown makes', () => {
    consumer.bin('rolldown', 'program.mjs', '--platform', 'node', '--file', 'rolldown.mjs')
    expectToRun('rolldown.mjs')
  })

  test('that webpack makes', () => {
    const options = ['--mode', 'none', '--target', 'node', '--entry', './program.cjs']
    consumer.bin('webpack', ...options, '--output-path', '.', '--output-filename', 'webpack.cjs')
    expectToRun('webpack.cjs')
  })
})

test('a bundle runs that leaves packages to node_modules', () => {
  esbuild('program.mjs', '--format=esm', '--packages=external', '--outfile=external.mjs')
  expect(consumer.run(process.execPath, 'external.mjs')).toBe('100000\n')
})

function esbuild(...args: string[]): void {
  consumer.bin('esbuild', '--bundle', '--platform=node', '--log-level=warning', ...args)
}

function expectToRun(name: string): void {
  expect(consumer.run(process.execPath, name)).toBe('100000\n')
  const elsewhere = mkdtempSync(join(tmpdir(), 'odradek-bundle-'))
  onTestFinished(() => rmSync(elsewhere, { recursive: true, force: true }))
  copyFileSync(consumer.path(name), join(elsewhere, name))
  expect(run(elsewhere, process.execPath, name)).toBe('100000\n')
}
