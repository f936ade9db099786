/**
 * Does one job with a broker; see `runClient`.
 *
 *   { port, job: 'produce', recordCount, recordBytes, batches }
 *   { port, job: 'fetch', bytes }
 *   { port, job: 'look-up', lookups, sinceMs, untilMs }
 */
import { go, options, report } from '../clients/told.mjs'
import { built } from '../functions/built.mjs'
import { recordBatch } from '../functions/records.mjs'
import { rawConnection } from './raw-connection.mjs'

/** @type {typeof import('../../src/protocol/messages/index.ts')} */
const { Fetch, ListOffsets, Produce } = built('protocol/messages/index.js')
const versions = { produce: 8, fetch: 11, listOffsets: 5 }
const fetchBytes = 1024 * 1024
const latest = -1
const { port, job, recordCount, recordBytes, batches, bytes, lookups, sinceMs, untilMs } = options()
const connection = await rawConnection(port)

const jobs = {
  async produce() {
    for (let sent = 0; sent < batches; sent++) {
      // Each with its own time, for the lookups.
      const records = recordBatch(recordCount, recordBytes)
      const topicData = [{ name: 'records', partitionData: [{ index: 0, records }] }]
      const body = { transactionalId: null, acks: -1, timeoutMs: 30_000, topicData }
      await connection.ask(Produce, versions.produce, body)
    }
    return { logEndOffset: await logEndOffset() }
  },

  async fetch() {
    let total = 0
    let offset = 0
    while (total < bytes) {
      const answer = await connection.request(Fetch, versions.fetch, fetchBody(offset))
      const [partition] = answer.responses[0].partitions
      if (partition.errorCode !== 0) throw new Error(`fetch failed with ${partition.errorCode}`)
      const next = nextOffset(partition.records)
      total += partition.records.length
      offset = next >= partition.highWatermark ? 0 : next
    }
    return { bytes: total }
  },

  async 'look-up'() {
    for (let done = 0; done < lookups; done++) {
      await offsetAt(Math.floor(sinceMs + Math.random() * (untilMs - sinceMs)))
    }
    return {}
  },
}

await warmUp()
await go()
await report(await jobs[/** @type {keyof typeof jobs} */ (job)]())
connection.close()

async function warmUp() {
  for (let i = 0; i < 200; i++) await logEndOffset()
}

async function logEndOffset() {
  return offsetAt(latest)
}

/** @param {number} timestamp */
async function offsetAt(timestamp) {
  const partitions = [{ partitionIndex: 0, timestamp }]
  const body = { replicaId: -1, isolationLevel: 0, topics: [{ name: 'records', partitions }] }
  const answer = await connection.request(ListOffsets, versions.listOffsets, body)
  const [{ errorCode, offset }] = answer.topics[0].partitions
  if (errorCode !== 0) throw new Error(`no offset: ${errorCode}`)
  return offset
}

/** @param {number} fetchOffset */
function fetchBody(fetchOffset) {
  const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: fetchBytes }]
  return {
    maxWaitMs: 500,
    minBytes: 1,
    topics: [{ topic: 'records', partitions }],
    forgottenTopicsData: [],
  }
}

/** @param {Uint8Array} records */
function nextOffset(records) {
  /** @type {typeof import('../../src/record/batch-view.ts')} */
  const { BatchView, batchSizeAt } = built('record/batch-view.js')
  let last = 0
  for (let at = 0, size; (size = batchSizeAt(records, at)) > 0; at += size) last = at
  return new BatchView(records, last).nextOffset
}
