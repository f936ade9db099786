/**
 * @import { Admin } from 'kafkajs'
 * @import { BrokerKind, LogSuite, RunningBroker } from '../types.ts'
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { brokerKinds } from '../brokers/index.mjs'
import { freePort } from '../brokers/free-port.mjs'
import { runClient } from '../clients/client-process.mjs'
import { bootstrapServersOf, createTopic, kafkajs } from '../clients/kafkajs.mjs'
import { built } from '../functions/built.mjs'
import { cpuSecondsOf, memoryOf } from '../measure/process-usage.mjs'
import { projectPath } from '../project.mjs'
import { rawConnection } from './raw-connection.mjs'

const firstPort = 19_600
const client = [process.execPath, projectPath('bench/log/raw-client.mjs')]
const produced = [
  { recordCount: 1, batches: 20_000 },
  { recordCount: 100, batches: 20_000 },
  { recordCount: 1_000, batches: 4_000 },
]
const recordBytes = 100
const fetchedBytes = 3e9
const lookups = 20_000
/** Partitions are created in topics of this size. */
const partitionsPerTopic = 1_000
const partitionCounts = [100, 10_000]

const titles = [
  ...produced.map(({ recordCount }) => ({
    title: `produce, ${recordCount} records a batch`,
    unit: 'CPU-µs/batch',
    decimals: 0,
  })),
  { title: 'fetch from the start, 1 MB at once', unit: 'CPU-s/GB', decimals: 2 },
  { title: 'ListOffsets by timestamp', unit: 'CPU-µs', decimals: 0 },
  { title: 'start after kill -9, to the first answer about the log', unit: 'ms', decimals: 0 },
  { title: '— CPU time of it', unit: 'CPU-s', decimals: 2 },
]
const partitionTitles = [
  { title: 'memory', unit: 'MB', decimals: 0 },
  { title: 'descriptors', unit: '', decimals: 0 },
  { title: 'making them', unit: 'CPU-s', decimals: 2 },
]

/** @type {LogSuite} */
export const brokersSuite = {
  name: 'brokers',
  summary: 'the same jobs with whole brokers: Odradek, kfake and Kafka, each with files on disk',

  async open({ scale }) {
    /** @type {BrokerKind[]} */
    const kinds = []
    for (const kind of brokerKinds) {
      const reason = await kind.prepare()
      if (reason === undefined) kinds.push(kind)
      else console.error(`${kind.name} is left out: ${reason}`)
    }
    /**
     * All figures come from one run per broker and round.
     *
     * @type {Map<string, Map<string, number>>}
     */
    const latest = new Map()
    const all = [
      ...titles,
      ...partitionCounts.flatMap((count) =>
        partitionTitles.map((figure) => ({
          ...figure,
          title: `${Math.round(count * scale)} idle partitions: ${figure.title}`,
        })),
      ),
    ]
    const figures = all.map((figure, index) => ({
      ...figure,
      contestants: kinds.map((kind) => ({
        name: kind.name,
        measure: async () => {
          if (index === 0) latest.set(kind.name, await measureOrExplain(kind, scale))
          return latest.get(kind.name)?.get(figure.title) ?? Number.NaN
        },
      })),
    }))
    return { figures }
  },
}

/**
 * A broker that fails has no figures in this round.
 *
 * @param {BrokerKind} kind
 * @param {number} scale
 * @returns {Promise<Map<string, number>>}
 */
async function measureOrExplain(kind, scale) {
  try {
    return await measureBroker(kind, scale)
  } catch (error) {
    console.error(`${kind.name} failed:`, error)
    process.exitCode = 1
    return new Map()
  }
}

/**
 * @param {BrokerKind} kind
 * @param {number} scale
 */
async function measureBroker(kind, scale) {
  /** @type {Map<string, number>} */
  const values = new Map()
  await withDirectory(kind.name, async (dataDir) => {
    const broker = await kind.start({ port: await freePort(firstPort), dataDir })
    try {
      await measureLog(broker, scale, values)
      process.kill(broker.pid, 'SIGKILL')
    } finally {
      await broker.stop()
    }
    await measureRestart(kind, dataDir, values)
  })
  await withDirectory(kind.name, async (dataDir) => {
    const broker = await kind.start({ port: await freePort(firstPort), dataDir })
    try {
      await measurePartitions(broker, scale, values)
    } finally {
      await broker.stop()
    }
  })
  console.error(`${kind.name} ${JSON.stringify(Object.fromEntries(values))}`)
  return values
}

/**
 * @param {RunningBroker} broker
 * @param {number} scale
 * @param {Map<string, number>} values
 */
async function measureLog(broker, scale, values) {
  const { port } = broker
  await createTopic(broker, 'records')
  const sinceMs = Date.now()
  for (const { recordCount, batches } of produced) {
    const options = { port, job: 'produce', recordCount, recordBytes, batches: batches * scale }
    const { brokerCpuSeconds } = await runClient(broker, client, options)
    values.set(
      `produce, ${recordCount} records a batch`,
      (brokerCpuSeconds * 1e6) / (batches * scale),
    )
  }
  const untilMs = Date.now()
  const bytes = fetchedBytes * scale
  const fetched = await runClient(broker, client, { port, job: 'fetch', bytes })
  values.set('fetch from the start, 1 MB at once', fetched.brokerCpuSeconds / (bytes / 1e9))
  const looked = await runClient(broker, client, {
    port,
    job: 'look-up',
    lookups: lookups * scale,
    sinceMs,
    untilMs,
  })
  values.set('ListOffsets by timestamp', (looked.brokerCpuSeconds * 1e6) / (lookups * scale))
}

/**
 * @param {BrokerKind} kind
 * @param {string} dataDir
 * @param {Map<string, number>} values
 */
async function measureRestart(kind, dataDir, values) {
  const startMs = performance.now()
  const broker = await kind.start({ port: await freePort(firstPort), dataDir })
  try {
    while (!(await knowsLog(broker.port))) await delay(2)
    values.set(
      'start after kill -9, to the first answer about the log',
      performance.now() - startMs,
    )
    values.set('— CPU time of it', cpuSecondsOf(broker.pid))
  } finally {
    await broker.stop()
  }
}

/**
 * Whether the partition is served again.
 *
 * @param {number} port
 */
async function knowsLog(port) {
  /** @type {typeof import('../../src/protocol/messages/index.ts')} */
  const { ListOffsets } = built('protocol/messages/index.js')
  const connection = await rawConnection(port)
  try {
    const partitions = [{ partitionIndex: 0, timestamp: -1 }]
    const body = { replicaId: -1, isolationLevel: 0, topics: [{ name: 'records', partitions }] }
    const answer = await connection.request(ListOffsets, 5, body)
    return answer.topics[0].partitions[0].errorCode === 0
  } finally {
    connection.close()
  }
}

/**
 * @param {RunningBroker} broker
 * @param {number} scale
 * @param {Map<string, number>} values
 */
async function measurePartitions(broker, scale, values) {
  const admin = kafkajs(bootstrapServersOf(broker)).admin()
  await admin.connect()
  const before = memoryOf(broker.pid).residentMb
  const cpuBefore = cpuSecondsOf(broker.pid)
  let made = 0
  for (const count of partitionCounts) {
    const wanted = Math.round(count * scale)
    while (made < wanted) {
      const numPartitions = Math.min(partitionsPerTopic, wanted - made)
      const topic = `idle-${made}`
      const topics = [{ topic, numPartitions }]
      await admin.createTopics({ topics, waitForLeaders: false, timeout: 120_000 })
      while (!(await isLed(admin, topic, numPartitions))) await delay(20)
      made += numPartitions
    }
    values.set(`${made} idle partitions: memory`, memoryOf(broker.pid).residentMb - before)
    values.set(`${made} idle partitions: descriptors`, readdirSync(`/proc/${broker.pid}/fd`).length)
    values.set(`${made} idle partitions: making them`, cpuSecondsOf(broker.pid) - cpuBefore)
  }
  await admin.disconnect()
}

/**
 * Kafka responds before its brokers know the topic.
 *
 * @param {Admin} admin
 * @param {string} topic
 * @param {number} numPartitions
 */
async function isLed(admin, topic, numPartitions) {
  const { topics } = await admin
    .fetchTopicMetadata({ topics: [topic] })
    .catch(() => ({ topics: [] }))
  const partitions = topics[0]?.partitions ?? []
  return partitions.length === numPartitions && partitions.every(({ leader }) => leader >= 0)
}

/**
 * @param {string} name
 * @param {(directory: string) => Promise<void>} use
 */
async function withDirectory(name, use) {
  const directory = mkdtempSync(join(tmpdir(), `odradek-bench-${name}-`))
  try {
    await use(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
