// @platformatic/kafka for the client tests: platformatic.mjs BOOTSTRAP_SERVERS

import { createInterface } from 'node:readline'
import { Admin, Consumer, FetchIsolationLevels, Producer } from '@platformatic/kafka'

const common = {
  clientId: 'conformance',
  bootstrapBrokers: process.argv[2].split(','),
  retries: 50,
  retryDelay: 200,
  metadataMaxAge: 1000,
  connectTimeout: 30_000,
}
// Do not retry after a refusal of the broker.
const admin = new Admin({ ...common, retries: 0 })
const topicResource = 2
const setOperation = 0
const concurrentTransactions = 51
// With the consumer protocol the broker decides the timeouts.
const groupProtocol =
  process.env.GROUP_PROTOCOL === 'consumer'
    ? { groupProtocol: 'consumer' }
    : { sessionTimeout: 30_000, rebalanceTimeout: 30_000, heartbeatInterval: 200 }
const protocols =
  process.env.REBALANCES === 'cooperative'
    ? { protocols: [{ name: 'cooperative-sticky', version: 3 }] }
    : {}

/** @type {Map<string, Producer>} */
const producers = new Map()
/** By the test's names. @type {Map<string, Producer>} */
const transactional = new Map()
/** @type {Map<string, import('@platformatic/kafka').Transaction>} */
const transactions = new Map()
/** @type {Map<string, Consumer>} */
const members = new Map()

const bytes = (text) => (text === null ? undefined : Buffer.from(text))
const text = (value) => (value === null || value === undefined ? null : value.toString())

function recordOf(message) {
  return {
    partition: message.partition,
    offset: Number(message.offset),
    timestamp: Number(message.timestamp),
    key: text(message.key),
    value: text(message.value),
    headers: Object.fromEntries(
      [...message.headers].map(([name, value]) => [text(name), text(value)]),
    ),
  }
}

function producerFor(codec, idempotent) {
  const settings = `${codec} ${idempotent}`
  if (!producers.has(settings)) {
    producers.set(settings, new Producer({ ...common, compression: codec, idempotent, acks: -1 }))
  }
  return producers.get(settings)
}

function newConsumer(groupId, autocommit, isolation = 'read_committed') {
  return new Consumer({
    ...common,
    isolationLevel:
      isolation === 'read_committed'
        ? FetchIsolationLevels.READ_COMMITTED
        : FetchIsolationLevels.READ_UNCOMMITTED,
    groupId,
    autocommit,
    ...groupProtocol,
    ...protocols,
    maxWaitTime: 200,
  })
}

function messagesOf(topic, records) {
  return records.map(({ key, value, headers = {} }) => ({
    topic,
    key: bytes(key),
    value: bytes(value),
    headers: new Map(
      Object.entries(headers).map(([name, header]) => [Buffer.from(name), Buffer.from(header)]),
    ),
  }))
}

/** The first transaction of a producer initializes it. */
async function begin(producer) {
  for (;;) {
    try {
      // By default it claims to be producer 0, which fences it if the transactional id has another.
      return await producer.beginTransaction({ producerId: -1n, producerEpoch: -1 })
    } catch (error) {
      // The client does not retry while the transaction of an earlier producer is aborted.
      if (codeOf(error) !== concurrentTransactions) throw error
    }
  }
}

async function read(stream, count) {
  const messages = []
  for await (const message of stream) {
    messages.push(message)
    if (messages.length === count) break
  }
  return messages
}

/** Reports what a group member receives until its consumer is closed. */
async function streamTo(consumer, member, topic) {
  const fail = (error) => emit({ event: 'failure', member, message: String(error?.stack ?? error) })
  try {
    const stream = await consumer.consume({
      topics: [topic],
      mode: 'committed',
      fallbackMode: 'earliest',
    })
    stream.on('data', (message) => emit({ event: 'record', member, record: recordOf(message) }))
    stream.on('error', fail)
  } catch (error) {
    fail(error)
  }
}

async function partitionIds(topic) {
  const metadata = await admin.metadata({ topics: [topic], forceUpdate: true })
  return metadata.topics.get(topic).partitions.map((_, index) => index)
}

const operations = {
  async produce({ topic, records, codec = 'none', idempotent = false }) {
    await producerFor(codec, idempotent).send({ messages: messagesOf(topic, records) })
  },
  async consume({ topic, count, isolation }) {
    const consumer = newConsumer(`unused-${topic}`, false, isolation)
    const stream = await consumer.consume({ topics: [topic], mode: 'earliest' })
    const messages = await read(stream, count)
    await consumer.close(true)
    return messages.map(recordOf)
  },
  async consumeInGroup({ group, topic, count }) {
    const consumer = newConsumer(group, false)
    const stream = await consumer.consume({
      topics: [topic],
      mode: 'committed',
      fallbackMode: 'earliest',
    })
    const messages = await read(stream, count)
    const next = new Map(messages.map((message) => [message.partition, message]))
    for (const message of next.values()) await message.commit()
    await consumer.close(true)
    return messages.map(recordOf)
  },
  async initProducer({ producer, transactionalId, transactionTimeoutMs = 60_000 }) {
    const timeout = transactionTimeoutMs
    const settings = { ...common, transactionalId, idempotent: true, acks: -1, timeout }
    transactional.set(producer, new Producer(settings))
  },
  async beginTransaction({ producer }) {
    transactions.set(producer, await begin(transactional.get(producer)))
  },
  async produceInTransaction({ producer, topic, records }) {
    await transactions.get(producer).send({ messages: messagesOf(topic, records) })
  },
  async endTransaction({ producer, commits }) {
    const transaction = transactions.get(producer)
    await (commits ? transaction.commit() : transaction.abort())
  },
  async transform({ producer, group, from, to, count, commits }) {
    const consumer = newConsumer(group, false)
    const stream = await consumer.consume({
      topics: [from],
      mode: 'committed',
      fallbackMode: 'earliest',
    })
    const messages = await read(stream, count)
    const records = messages.map(recordOf)
    await operations.beginTransaction({ producer })
    const transaction = transactions.get(producer)
    await transaction.addConsumer(consumer)
    await operations.produceInTransaction({ producer, topic: to, records })
    const next = new Map(messages.map((message) => [message.partition, message]))
    for (const message of next.values()) await transaction.addOffset(message)
    await operations.endTransaction({ producer, commits })
    await consumer.close(true)
    return records
  },
  async join({ member, group, topic }) {
    const consumer = newConsumer(group, true)
    members.set(member, consumer)
    const report = () =>
      emit({
        event: 'partitions',
        member,
        partitions: (consumer.assignments ?? []).flatMap(({ partitions }) => partitions),
      })
    consumer.on('consumer:group:join', report)
    // With the consumer protocol a heartbeat brings other partitions.
    consumer.on('consumer:heartbeat:end', report)
    void streamTo(consumer, member, topic)
  },
  async leave({ member }) {
    const consumer = members.get(member)
    members.delete(member)
    await consumer.close(true)
  },
  async createTopic({ topic, partitions, config = {} }) {
    const configs = Object.entries(config).map(([name, value]) => ({ name, value }))
    await admin.createTopics({ topics: [topic], partitions, replicas: 1, configs })
  },
  deleteTopic: ({ topic }) => admin.deleteTopics({ topics: [topic] }),
  listTopics: () => admin.listTopics(),
  countPartitions: async ({ topic }) => (await partitionIds(topic)).length,
  createPartitions: ({ topic, count }) =>
    admin.createPartitions({ topics: [{ name: topic, count, assignments: null }] }),
  async describeConfig({ topic }) {
    const [{ configs }] = await admin.describeConfigs({
      resources: [{ resourceType: topicResource, resourceName: topic, configurationKeys: null }],
    })
    return Object.fromEntries(configs.map(({ name, value }) => [name, value]))
  },
  alterConfig: ({ topic, name, value }) =>
    admin.incrementalAlterConfigs({
      resources: [
        {
          resourceType: topicResource,
          resourceName: topic,
          configs: [{ name, configOperation: setOperation, value }],
        },
      ],
    }),
  async listOffset({ topic, at }) {
    const timestamp = at === 'earliest' ? -2n : -1n
    const [{ partitions }] = await admin.listOffsets({
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp }] }],
    })
    return Number(partitions[0].offset)
  },
  async deleteRecords({ topic, before }) {
    await admin.deleteRecords({
      topics: [{ name: topic, partitions: [{ partition: 0, offset: BigInt(before) }] }],
    })
  },
  listGroups: async () => [...(await admin.listGroups()).keys()],
  async describeGroup({ group }) {
    const described = (await admin.describeGroups({ groups: [group] })).get(group)
    return { state: described.state.toLowerCase(), members: described.members.size }
  },
  async committedOffsets({ group, topic }) {
    const [{ topics }] = await admin.listConsumerGroupOffsets({ groups: [group] })
    const partitions = topics.find(({ name }) => name === topic)?.partitions ?? []
    return Object.fromEntries(
      partitions.map(({ partitionIndex, committedOffset }) => [
        partitionIndex,
        Number(committedOffset),
      ]),
    )
  },
  deleteGroup: ({ group }) => admin.deleteGroups({ groups: [group] }),
  async describeCluster() {
    const metadata = await admin.metadata({ forceUpdate: true })
    return { brokers: [...metadata.brokers.keys()], controller: metadata.controllerId }
  },
}

function emit(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}

/** Returns the broker's error code, which the client wraps in its own errors. */
function codeOf(error) {
  if (typeof error?.apiCode === 'number') return error.apiCode
  for (const inner of [...(error?.errors ?? []), error?.cause]) {
    const code = inner && codeOf(inner)
    if (typeof code === 'number') return code
  }
  return null
}

async function answer({ id, op, ...args }) {
  try {
    emit({ id, result: (await operations[op](args)) ?? null })
  } catch (error) {
    emit({ id, error: { code: codeOf(error), message: String(error?.stack ?? error) } })
  }
}

createInterface(process.stdin)
  .on('line', (line) => void answer(JSON.parse(line)))
  .on('close', () => process.exit())
