// A test of a program's own code with node:test. For Vitest or Jest only the first import differs.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Kafka, logLevel } from 'kafkajs'
import { startCluster } from 'odradek'

let cluster
let kafka

before(async () => {
  cluster = await startCluster({ storage: 'memory', topics: [{ name: 'orders' }] })
  kafka = new Kafka({ brokers: [cluster.bootstrapServers], logLevel: logLevel.NOTHING })
})

after(() => cluster.close())

/** The code under test: sends an order, and resolves to the offset of its record. */
async function announce(order) {
  const producer = kafka.producer({ idempotent: true })
  await producer.connect()
  try {
    const messages = [{ key: order.id, value: JSON.stringify(order) }]
    const [{ baseOffset }] = await producer.send({ topic: 'orders', messages })
    return Number(baseOffset)
  } finally {
    await producer.disconnect()
  }
}

void test('orders are announced one after the other', async () => {
  assert.equal(await announce({ id: 'o-1', item: 'chair' }), 0)
  assert.equal(await announce({ id: 'o-2', item: 'table' }), 1)
})
