/**
 * Creates state that a broker loads when it starts, with prepared requests; see `runClient`.
 *
 *   { port, kind: 'idempotent', count }     one record of each producer in partition 0 of `records`
 *   { port, kind: 'transactional', count }  transactional ids that have been initialized
 *   { port, kind: 'group', count }          groups with one committed offset
 */
import { built } from '../functions/built.mjs'
import { rawConnection } from '../log/raw-connection.mjs'
import { go, options, report } from './told.mjs'

/** @type {typeof import('../../src/protocol/messages/index.ts')} */
const { FindCoordinator, InitProducerId, OffsetCommit, Produce } = built(
  'protocol/messages/index.js',
)
/** @type {typeof import('../../src/record/batch-encoder.ts')} */
const { encodeBatch } = built('record/batch-encoder.js')

/** The key types of FindCoordinator. */
const keyTypes = { group: 0, transactional: 1 }
/** Errors of a coordinator that is not ready. */
const retriable = new Set([14, 15, 16])
const { port, kind, count } = options()
const connection = await rawConnection(port)
const value = Buffer.from('x')

const jobs = {
  /** @param {number} producerId */
  async idempotent(producerId) {
    const producer = { producerId, producerEpoch: 0, baseSequence: 0 }
    const records = encodeBatch([{ value, timestamp: Date.now() }], producer)
    const topicData = [{ name: 'records', partitionData: [{ index: 0, records }] }]
    const body = { transactionalId: null, acks: -1, timeoutMs: 30_000, topicData }
    const { responses } = await connection.request(Produce, 8, body)
    return responses[0].partitionResponses[0].errorCode
  },
  /** @param {number} number */
  async transactional(number) {
    const body = { transactionalId: `bench-${number}`, transactionTimeoutMs: 60_000 }
    const { errorCode } = await connection.request(InitProducerId, 1, body)
    return errorCode
  },
  /** @param {number} number */
  async group(number) {
    const partitions = [
      { partitionIndex: 0, committedOffset: 1, committedMetadata: '', committedLeaderEpoch: -1 },
    ]
    const body = {
      groupId: `bench-${number}`,
      generationIdOrMemberEpoch: -1,
      memberId: '',
      groupInstanceId: null,
      topics: [{ name: 'records', partitions }],
    }
    const { topics } = await connection.request(OffsetCommit, 7, body)
    return topics[0].partitions[0].errorCode
  },
}
const job = jobs[/** @type {keyof typeof jobs} */ (kind)]

if (kind !== 'idempotent') await coordinatorReady()
await go()
for (let number = 0; number < count; number++) {
  let errorCode = await job(number)
  while (retriable.has(errorCode)) errorCode = await job(number)
  if (errorCode !== 0) throw new Error(`${kind} ${number} is answered ${errorCode}`)
}
await report({})
connection.close()

async function coordinatorReady() {
  const keyType = keyTypes[/** @type {keyof typeof keyTypes} */ (kind)]
  const body = { key: 'bench-0', keyType }
  let answer = await connection.request(FindCoordinator, 1, body)
  while (retriable.has(answer.errorCode)) {
    answer = await connection.request(FindCoordinator, 1, body)
  }
}
