// Consumes, transforms and produces exactly once with kafkajs: transformer.mjs OPTIONS
//
// Prints `ready` when it is a member of its group, and `committed N` after each transaction. Ends when
// stdin ends, and after the first error.

import { once } from 'node:events'
import kafkajs from 'kafkajs'

const { bootstrapServers, group, from, to, transactionalId, batch, sessionTimeoutMs } = JSON.parse(
  process.argv[2],
)
const kafka = new kafkajs.Kafka({
  clientId: transactionalId,
  brokers: bootstrapServers.split(','),
  logLevel: kafkajs.logLevel.NOTHING,
  connectionTimeout: 5000,
  requestTimeout: 10_000,
  retry: { initialRetryTime: 20, maxRetryTime: 200, retries: 100 },
})
/** Without closing: kafkajs may wait endlessly for a connection that it does not open. */
function fail(error) {
  console.log(`failed ${error} ${error?.cause}`)
  process.exit(1)
}

/**
 * Runs one producer and one member. After an error it is unknown what happened to the last
 * transaction, so the next producer is initialized first: that ends it.
 */
async function work() {
  const producer = kafka.producer({
    transactionalId,
    transactionTimeout: 60_000,
    idempotent: true,
    maxInFlightRequests: 1,
  })
  await producer.connect()
  const consumer = kafka.consumer({
    groupId: group,
    sessionTimeout: sessionTimeoutMs,
    rebalanceTimeout: sessionTimeoutMs,
    heartbeatInterval: 200,
    maxWaitTimeInMs: 50,
  })
  // kafkajs does not wait for offsets of a transaction whose markers are missing (KIP-447). So
  // records that this producer has committed are known here, by partition.
  const next = new Map()
  consumer.on('consumer.crash', ({ payload }) => fail(payload.error))
  consumer.on('consumer.group_join', () => console.log('ready'))
  await consumer.connect()
  await consumer.subscribe({ topic: from, fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    eachBatch: async ({ batch: { partition, messages }, resolveOffset, heartbeat, isStale }) => {
      const fresh = messages.filter(({ offset }) => Number(offset) >= (next.get(partition) ?? 0))
      for (let at = 0; at < fresh.length && !isStale(); at += batch) {
        const some = fresh.slice(at, at + batch)
        await transform(producer, partition, some).catch(fail)
        next.set(partition, Number(some.at(-1).offset) + 1)
        resolveOffset(some.at(-1).offset)
        await heartbeat()
      }
    },
  })
}

async function transform(producer, partition, messages) {
  const transaction = await producer.transaction()
  await transaction.send({
    topic: to,
    messages: messages.map(({ offset, value }) => ({
      key: `${partition}:${offset}`,
      value,
      partition,
    })),
  })
  const offset = String(Number(messages.at(-1).offset) + 1)
  await transaction.sendOffsets({
    consumerGroupId: group,
    topics: [{ topic: from, partitions: [{ partition, offset }] }],
  })
  await transaction.commit()
  console.log(`committed ${messages.length}`)
}

process.stdin.resume()
void once(process.stdin, 'end').then(() => process.exit())
await work().catch(fail)
