import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Consumer } from './consumer.ts'

/** A project without the optional packages with native code for its platform. */
let consumer: Consumer

beforeAll(() => {
  consumer = new Consumer('kafkajs@2.2.4', '--omit=optional')
})

afterAll(() => consumer.remove())

const program = `
  const { Kafka, logLevel } = require('kafkajs')
  const { startCluster } = require('odradek')
  void (async () => {
    const types = ['uncompressed', 'snappy', 'lz4']
    const topics = types.map((type) => ({
      name: type,
      configs: { 'compression.type': type, 'cleanup.policy': 'compact' },
    }))
    const cluster = await startCluster({ dataDir: 'data', logLevel: 'warn', topics })
    const kafka = new Kafka({ brokers: [cluster.bootstrapServers], logLevel: logLevel.NOTHING })
    const producer = kafka.producer()
    await producer.connect()
    for (const topic of types) {
      for (const value of ['first', 'second'])
        await producer.send({ topic, messages: [{ key: 'key', value: value.repeat(20_000) }] })
      const { records } = await cluster.topic(topic).compact()
      console.log(topic, records)
    }
    await producer.disconnect()
    await cluster.close()
  })()`

test('without its native packages, the broker compresses, compacts and says once what is missing', () => {
  const scopes = readdirSync(consumer.path('node_modules')).filter((name) => name.startsWith('@'))
  expect(scopes).not.toContain('@napi-rs')
  consumer.write('program.cjs', program)
  const [output, log] = consumer
    .run('sh', '-c', `'${process.execPath}' program.cjs 2>log; echo ---; cat log`)
    .split('---\n') as [string, string]
  expect(output).toBe('uncompressed 1\nsnappy 1\nlz4 1\n')
  const lines = log.trimEnd().split('\n')
  expect(lines.map((line) => (JSON.parse(line) as { package: string }).package)).toEqual([
    '@node-rs/crc32',
    'snappy',
    'lz4-napi',
  ])
  expect(log).toContain('npm install --include=optional')
})

test('without its native packages, odradek dump reads compressed batches', () => {
  const dump = (topic: string): string =>
    consumer.run('sh', '-c', `./node_modules/.bin/odradek dump --deep data/1/${topic}-0 2>&1`)
  expect(dump('snappy')).toContain('secondsecond')
  const output = dump('lz4')
  expect(output).toContain('secondsecond')
  // Reading needs no native codec, so none is reported as missing.
  expect(output).not.toMatch(/The package .*(lz4|snappy).* is not installed/)
})
