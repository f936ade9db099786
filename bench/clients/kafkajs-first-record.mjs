/** @import { Consumer } from 'kafkajs' */
import { kafkajs } from './kafkajs.mjs'
import { go, options, report } from './told.mjs'

const { bootstrapServers, topic, groups } = options()
const kafka = kafkajs(bootstrapServers)

/**
 * Starts a consumer.
 *
 * @param {string} groupId
 * @returns {Promise<{ consumer: Consumer, durationMs: number }>} the consumer, and the time from
 * `run` to its first record
 */
async function consume(groupId) {
  const consumer = kafka.consumer({
    groupId,
    // Otherwise `disconnect` waits five seconds for the fetch that is under way.
    maxWaitTimeInMs: 20,
    // A member learns of a rebalance from its heartbeat; with the default after three seconds.
    heartbeatInterval: 20,
  })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const startMs = performance.now()
  await new Promise((resolve) => {
    void consumer.run({ autoCommit: false, eachMessage: async () => resolve(undefined) })
  })
  return { consumer, durationMs: performance.now() - startMs }
}

await go()
const alone = []
const second = []
for (let group = 0; group < groups; group++) {
  const first = await consume(`bench-${group}`)
  const next = await consume(`bench-${group}`)
  alone.push(first.durationMs)
  second.push(next.durationMs)
  await Promise.all([first.consumer.disconnect(), next.consumer.disconnect()])
}
await report({ alone, second })
