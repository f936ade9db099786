import { kafkajs } from './kafkajs.mjs'
import { go, options, report } from './told.mjs'

const { bootstrapServers, topic, groups } = options()
const kafka = kafkajs(bootstrapServers)

/**
 * @param {number} group
 * @returns {Promise<number>} the time in ms until a new consumer, the only one in its group, has
 * connected and has its assignment
 */
async function join(group) {
  const startMs = performance.now()
  // Otherwise `disconnect` waits five seconds for the fetch that is under way.
  const consumer = kafka.consumer({ groupId: `bench-${group}`, maxWaitTimeInMs: 20 })
  await consumer.connect()
  await consumer.subscribe({ topic })
  const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve))
  await consumer.run({ eachMessage: async () => {} })
  await joined
  const durationMs = performance.now() - startMs
  await consumer.disconnect()
  return durationMs
}

await go()
const joinMs = []
for (let group = 0; group < groups; group++) joinMs.push(await join(group))
await report({ joinMs })
