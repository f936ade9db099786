import { afterAll, beforeAll, expect, test } from 'vitest'
import { Consumer } from './consumer.ts'

let consumer: Consumer

beforeAll(() => {
  consumer = new Consumer('kafkajs@2.2.4', 'jest@30.2.0', 'jest-environment-jsdom@30.2.0')
})

afterAll(() => consumer.remove())

// Jest must exit by itself, without --forceExit.
test.each(['node', 'jsdom'])('produces and consumes in Jest, environment %s', (environment) => {
  const name = `${environment}.test.js`
  consumer.write(
    name,
    `/** @jest-environment ${environment} */
     const { Kafka, logLevel } = require('kafkajs')
     const { OdradekError, openDirectory, startCluster } = require('odradek')

     test.each(['disk', 'memory'])('records come back, storage %s', async (storage) => {
       const codecs = ['uncompressed', 'gzip', 'snappy', 'lz4']
       const topics = codecs.map((type) => ({ name: type, configs: { 'compression.type': type } }))
       const cluster = await startCluster({ storage, topics, logLevel: 'info' })
       const kafka = new Kafka({ brokers: [cluster.bootstrapServers], logLevel: logLevel.NOTHING })
       const producer = kafka.producer()
       await producer.connect()
       for (const topic of codecs) {
         const [{ errorCode }] = await producer.send({ topic, messages: [{ value: 'x'.repeat(100_000) }] })
         expect(errorCode).toBe(0)
       }
       const consumer = kafka.consumer({ groupId: 'group', maxWaitTimeInMs: 10 })
       await consumer.connect()
       await consumer.subscribe({ topics: ['uncompressed', 'gzip'], fromBeginning: true })
       let count = 0
       await new Promise((resolve) => {
         void consumer.run({ eachMessage: async () => ++count === 2 && resolve() })
       })
       await consumer.disconnect()
       await producer.disconnect()
       await cluster.close()
     })

     test('an error is an OdradekError', async () => {
       await expect(openDirectory('absent')).rejects.toBeInstanceOf(OdradekError)
     })`,
  )
  const output = consumer.run('sh', '-c', `./node_modules/.bin/jest ${name} 2>&1`)
  expect(output).toContain('3 passed, 3 total')
  expect(output).toContain('Cluster started')
})
