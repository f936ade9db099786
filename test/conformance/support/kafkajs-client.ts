import zlib from 'node:zlib'
import kafkajs from 'kafkajs'
import type { Admin, Consumer, Kafka, KafkaConfig, KafkaMessage, Producer } from 'kafkajs'
import { compressFrame, decompressFrame } from 'lz4-napi'
import { compress, uncompress } from 'snappy'
import type {
  ClientDescription,
  Codec,
  ConnectedClient,
  ConsumedRecord,
  GroupMember,
  IsolationLevel,
} from './client.ts'
import { RefusedError, allCodecs } from './client.ts'
import { KafkajsTransactions } from './kafkajs-transactions.ts'
import { MemberLog } from './member-log.ts'
import { sessionTimeoutMs, waitMs } from './patience.ts'

const { CompressionCodecs, CompressionTypes, ConfigResourceTypes } = kafkajs

interface Encoder {
  readonly buffer: Buffer
}

// kafkajs contains only gzip. The others are registered as its users do.
CompressionCodecs[CompressionTypes.Snappy] = () => ({
  compress: (encoder: Encoder) => compress(encoder.buffer),
  decompress: (bytes: Buffer) => uncompress(bytes),
})
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: (encoder: Encoder) => compressFrame(encoder.buffer),
  decompress: (bytes: Buffer) => decompressFrame(bytes),
})
// Node has zstd since 22.15; the types of Node 20 do not include it.
const { zstdCompressSync, zstdDecompressSync } = zlib as Partial<
  Record<'zstdCompressSync' | 'zstdDecompressSync', (bytes: Buffer) => Buffer>
>
if (zstdCompressSync !== undefined && zstdDecompressSync !== undefined) {
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: async (encoder: Encoder) => zstdCompressSync(encoder.buffer),
    decompress: async (bytes: Buffer) => zstdDecompressSync(bytes),
  })
}

const compressionTypes = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
} satisfies Record<Codec, number>

const codecs: readonly Codec[] =
  zstdCompressSync === undefined ? ['none', 'gzip', 'snappy', 'lz4'] : allCodecs

/** kafkajs in this process, over TCP. */
export const kafkajsClient: ClientDescription = {
  name: 'kafkajs 2.2.4',
  codecs,
  connect: async ({ bootstrapServers }) => new KafkajsClient(bootstrapServers, {}),
}

/** kafkajs on the in-process transport of the broker, which the real Kafka does not have. */
export const kafkajsInProcessClient: ClientDescription = {
  name: 'kafkajs 2.2.4 without a socket',
  codecs,
  missing:
    process.env['ODRADEK_ORACLE'] === '1' ? 'real Kafka does not live in this process' : undefined,
  connect: async ({ bootstrapServers, socketFactory }) =>
    new KafkajsClient(bootstrapServers, { socketFactory: socketFactory! }),
}

class KafkajsClient implements ConnectedClient {
  readonly #kafka: Kafka
  readonly #producers = new Map<boolean, Promise<Producer>>()
  readonly #consumers = new Set<Consumer>()
  readonly transactions: KafkajsTransactions
  #admin: Promise<Admin> | undefined

  constructor(bootstrapServers: string, options: Partial<KafkaConfig>) {
    this.#kafka = new kafkajs.Kafka({
      clientId: 'conformance',
      brokers: bootstrapServers.split(','),
      logLevel: kafkajs.logLevel.NOTHING,
      connectionTimeout: waitMs,
      retry: { initialRetryTime: 100, maxRetryTime: 500, retries: 60 },
      ...options,
    })
    this.transactions = new KafkajsTransactions(this.#kafka, {
      newConsumer: (group, topic) => this.#consumer(group, topic),
      read: (consumer, count) => this.#read(consumer, count),
      leave: (consumer) => this.#leave(consumer),
      refusalOf,
    })
  }

  async produce({
    topic,
    records,
    codec = 'none',
    idempotent = false,
  }: Parameters<ConnectedClient['produce']>[0]): Promise<void> {
    const producer = await this.#producer(idempotent)
    const messages = records.map(({ headers = {}, ...rest }) => ({ ...rest, headers }))
    await producer.send({ topic, messages, acks: -1, compression: compressionTypes[codec] })
  }

  async consume({
    topic,
    count,
    isolation = 'read_committed',
  }: Parameters<ConnectedClient['consume']>[0]): Promise<ConsumedRecord[]> {
    // kafkajs reads only in groups.
    const consumer = await this.#consumer(`${isolation}-${topic}`, topic, isolation)
    const records = await this.#read(consumer, count)
    await this.#leave(consumer)
    return records
  }

  async consumeInGroup(args: {
    group: string
    topic: string
    count: number
  }): Promise<ConsumedRecord[]> {
    const { group, topic, count } = args
    const consumer = await this.#consumer(group, topic)
    const records = await this.#read(consumer, count)
    const next = new Map(records.map(({ partition, offset }) => [partition, offset + 1]))
    await consumer.commitOffsets(
      [...next].map(([partition, offset]) => ({ topic, partition, offset: String(offset) })),
    )
    await this.#leave(consumer)
    return records
  }

  async joinGroup(group: string, topic: string): Promise<GroupMember> {
    const consumer = await this.#consumer(group, topic)
    const log = new MemberLog()
    consumer.on('consumer.group_join', ({ payload }) =>
      log.assigned(payload.memberAssignment[topic] ?? []),
    )
    consumer.on('consumer.crash', ({ payload }) => {
      if (!payload.restart) log.failed(payload.error)
    })
    await consumer.run({
      eachMessage: async ({ partition, message }) => log.received(recordOf(partition, message)),
    })
    return {
      waitForPartitions: (count) => log.waitForPartitions(count),
      waitForValues: (values) => log.waitForValues(values),
      assignments: () => log.assignments(),
      values: () => log.values(),
      leave: () => this.#leave(consumer),
    }
  }

  async createTopic({
    topic,
    partitions,
    config = {},
  }: Parameters<ConnectedClient['createTopic']>[0]): Promise<void> {
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }))
    const created = await this.#call((admin) =>
      admin.createTopics({
        topics: [{ topic, numPartitions: partitions, configEntries }],
        // kafkajs treats UNKNOWN_TOPIC_OR_PARTITION as final while it waits.
        waitForLeaders: false,
      }),
    )
    // kafkajs returns `false` if the broker responds TOPIC_ALREADY_EXISTS.
    if (!created) throw new RefusedError(36, `${topic} exists`)
  }

  deleteTopic({ topic }: { topic: string }): Promise<void> {
    return this.#call((admin) => admin.deleteTopics({ topics: [topic] }))
  }

  listTopics(): Promise<string[]> {
    return this.#call((admin) => admin.listTopics())
  }

  async countPartitions({ topic }: { topic: string }): Promise<number> {
    const { topics } = await this.#call((admin) => admin.fetchTopicMetadata({ topics: [topic] }))
    return topics[0]!.partitions.length
  }

  async createPartitions({ topic, count }: { topic: string; count: number }): Promise<void> {
    await this.#call((admin) => admin.createPartitions({ topicPartitions: [{ topic, count }] }))
  }

  async describeConfig({ topic }: { topic: string }): Promise<Record<string, string>> {
    const { resources } = await this.#call((admin) =>
      admin.describeConfigs({
        resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
        includeSynonyms: true,
      }),
    )
    return Object.fromEntries(
      resources[0]!.configEntries.map(({ configName, configValue }) => [configName, configValue]),
    )
  }

  async alterConfig(args: { topic: string; name: string; value: string }): Promise<void> {
    const { topic, name, value } = args
    await this.#call((admin) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [
          { type: ConfigResourceTypes.TOPIC, name: topic, configEntries: [{ name, value }] },
        ],
      }),
    )
  }

  async listOffset({ topic, at }: Parameters<ConnectedClient['listOffset']>[0]): Promise<number> {
    const offsets = await this.#call((admin) => admin.fetchTopicOffsets(topic))
    const partition = offsets.find((one) => one.partition === 0)!
    return Number(at === 'earliest' ? partition.low : partition.high)
  }

  async deleteRecords({ topic, before }: { topic: string; before: number }): Promise<void> {
    await this.#call(async (admin) => {
      // Because of a bug, kafkajs looks up the leader before it has the topic's metadata. This
      // request loads it.
      await admin.fetchTopicOffsets(topic)
      await admin.deleteTopicRecords({
        topic,
        partitions: [{ partition: 0, offset: String(before) }],
      })
    })
  }

  async listGroups(): Promise<string[]> {
    const { groups } = await this.#call((admin) => admin.listGroups())
    return groups.map(({ groupId }) => groupId)
  }

  async describeGroup({ group }: { group: string }): Promise<{ state: string; members: number }> {
    const { groups } = await this.#call((admin) => admin.describeGroups([group]))
    const { state, members } = groups[0]!
    return { state: state.toLowerCase(), members: members.length }
  }

  async committedOffsets(args: { group: string; topic: string }): Promise<Record<string, number>> {
    const [offsets] = await this.#call((admin) =>
      admin.fetchOffsets({ groupId: args.group, topics: [args.topic] }),
    )
    const known = offsets!.partitions.filter(({ offset }) => offset !== '-1')
    return Object.fromEntries(known.map(({ partition, offset }) => [partition, Number(offset)]))
  }

  async deleteGroup({ group }: { group: string }): Promise<void> {
    await this.#call((admin) => admin.deleteGroups([group]))
  }

  async describeCluster(): Promise<{ brokers: number[]; controller: number }> {
    const { brokers, controller } = await this.#call((admin) => admin.describeCluster())
    return { brokers: brokers.map(({ nodeId }) => nodeId), controller: controller! }
  }

  async close(): Promise<void> {
    await this.transactions.close()
    await Promise.all([...this.#consumers].map((consumer) => this.#leave(consumer)))
    for (const producer of this.#producers.values()) await (await producer).disconnect()
    await (await this.#admin)?.disconnect()
  }

  async #call<T>(call: (admin: Admin) => Promise<T>): Promise<T> {
    this.#admin ??= this.#connectedAdmin()
    try {
      return await call(await this.#admin)
    } catch (error) {
      throw refusalOf(error)
    }
  }

  async #connectedAdmin(): Promise<Admin> {
    // Do not retry after a refusal: the test checks it.
    const admin = this.#kafka.admin({ retry: { retries: 1, initialRetryTime: 100 } })
    await admin.connect()
    return admin
  }

  #producer(idempotent: boolean): Promise<Producer> {
    const known = this.#producers.get(idempotent)
    if (known !== undefined) return known
    const connect = async () => {
      const producer = this.#kafka.producer({ idempotent })
      await producer.connect()
      return producer
    }
    const made = connect()
    this.#producers.set(idempotent, made)
    return made
  }

  async #read(consumer: Consumer, count: number): Promise<ConsumedRecord[]> {
    const records: ConsumedRecord[] = []
    await new Promise<void>((resolve, reject) => {
      consumer.on('consumer.crash', ({ payload }) => {
        if (!payload.restart) reject(payload.error)
      })
      void consumer.run({
        autoCommit: false,
        eachMessage: async ({ partition, message }) => {
          if (records.length < count) records.push(recordOf(partition, message))
          if (records.length === count) resolve()
        },
      })
    })
    return records
  }

  async #consumer(
    groupId: string,
    topic: string,
    isolation: IsolationLevel = 'read_committed',
  ): Promise<Consumer> {
    const consumer = this.#kafka.consumer({
      groupId,
      readUncommitted: isolation === 'read_uncommitted',
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: sessionTimeoutMs,
      heartbeatInterval: 200,
      maxWaitTimeInMs: 100,
    })
    this.#consumers.add(consumer)
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    return consumer
  }

  async #leave(consumer: Consumer): Promise<void> {
    this.#consumers.delete(consumer)
    await consumer.disconnect()
  }
}

function recordOf(partition: number, message: KafkaMessage): ConsumedRecord {
  const { offset, timestamp, key, value, headers = {} } = message
  return {
    partition,
    offset: Number(offset),
    timestamp: Number(timestamp),
    key: key?.toString() ?? null,
    value: value?.toString() ?? null,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, header]) => [name, String(header)]),
    ),
  }
}

function refusalOf(error: unknown): unknown {
  const code = codeOf(error)
  return code === undefined ? error : new RefusedError(code, String(error))
}

/** Returns the broker's error code, which kafkajs wraps in its own errors. */
function codeOf(error: unknown): number | undefined {
  const { code, errors, groups, partitions, cause } = error as {
    code?: unknown
    errors?: unknown[]
    groups?: { errorCode?: number }[]
    partitions?: { error?: unknown }[]
    cause?: unknown
  }
  if (typeof code === 'number') return code
  const ofGroup = groups?.[0]?.errorCode
  if (typeof ofGroup === 'number') return ofGroup
  const inner = errors?.[0] ?? partitions?.[0]?.error ?? cause
  return inner === undefined ? undefined : codeOf(inner)
}
