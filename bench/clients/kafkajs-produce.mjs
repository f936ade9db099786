import { randomBytes } from 'node:crypto'
import { kafkajs } from './kafkajs.mjs'
import { go, options, report } from './told.mjs'

const { bootstrapServers, topic, count, warmUpCount, recordBytes, batchCount } = options()
const producer = kafkajs(bootstrapServers).producer()
const value = randomBytes(recordBytes)
const messages = Array.from({ length: batchCount }, () => ({ value, partition: 0 }))

/** @param {number} recordCount */
async function produce(recordCount) {
  for (let sent = 0; sent < recordCount; sent += batchCount)
    await producer.send({ topic, messages })
}

await producer.connect()
await produce(warmUpCount)
await go()
const startMs = performance.now()
await produce(count)
await report({ seconds: (performance.now() - startMs) / 1000 })
await producer.disconnect()
