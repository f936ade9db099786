import { quantile } from '../measure/statistics.mjs'
import { kafkajs } from './kafkajs.mjs'
import { go, options, report } from './told.mjs'

const { bootstrapServers, topic, count, warmUpCount } = options()
const producer = kafkajs(bootstrapServers).producer()
const messages = [{ value: Buffer.alloc(100, 'x'), partition: 0 }]

/**
 * @param {number} requestCount
 * @returns {Promise<number[]>} the duration of each, in ms
 */
async function produce(requestCount) {
  const durations = []
  for (let sent = 0; sent < requestCount; sent++) {
    const startMs = performance.now()
    await producer.send({ topic, messages })
    durations.push(performance.now() - startMs)
  }
  return durations
}

await producer.connect()
await produce(warmUpCount)
await go()
const durations = await produce(count)
await report({ p50Ms: quantile(durations, 0.5), p99Ms: quantile(durations, 0.99) })
await producer.disconnect()
