/**
 * One group with many members, which speak the protocol themselves; see `runClient`. Members send
 * heartbeats as real clients do: at once after a change of their partitions, otherwise at the
 * interval.
 *
 *   { port, protocol: 'consumer' | 'classic', topic, members, partitions }
 *
 * The result is the time until the group is stable: all members have the same epoch or generation,
 * and all partitions are assigned evenly.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { built } from '../functions/built.mjs'
import { rawConnection } from '../log/raw-connection.mjs'
import { go, options, report } from './told.mjs'

/** @type {typeof import('../../src/protocol/messages/index.ts')} */
const messages = built('protocol/messages/index.js')
const { ConsumerGroupHeartbeat, FindCoordinator, Heartbeat, JoinGroup, SyncGroup } = messages
/** @type {typeof import('../../src/protocol/consumer-protocol.ts')} */
const { decodeAssignment, encodeAssignment, encodeSubscription } = built(
  'protocol/consumer-protocol.js',
)

const groupId = 'bench'
const errors = { rebalanceInProgress: 27, memberIdRequired: 79 }
/** Errors of a coordinator that is not ready. */
const retriable = new Set([14, 15, 16])
const retryMs = 20
const classicHeartbeatMs = 3_000
const { port, protocol, topic, members, partitions } = options()

/** @typedef {{ epoch: number, owned: number }} Progress */
/** @type {Progress[]} */
const progress = Array.from({ length: members }, () => ({ epoch: 0, owned: 0 }))
const connections = await Promise.all(progress.map(() => rawConnection(port)))
/** @type {(value?: unknown) => void} */
let becomeStable = () => {}
const stable = new Promise((resolve) => (becomeStable = resolve))

const most = Math.ceil(partitions / members)
const least = Math.floor(partitions / members)

function noteProgress() {
  const [first] = progress
  const isStable = progress.every(
    ({ epoch, owned }) => epoch > 0 && epoch === first?.epoch && owned >= least && owned <= most,
  )
  if (isStable) becomeStable()
}

/**
 * @param {Awaited<ReturnType<typeof rawConnection>>} connection
 * @param {any} api
 * @param {number} version
 * @param {object} body
 */
async function request(connection, api, version, body) {
  let response = await connection.request(api, version, body)
  while (retriable.has(response.errorCode)) {
    await delay(retryMs)
    response = await connection.request(api, version, body)
  }
  return response
}

/** @param {number} index */
async function consumerMember(index) {
  const connection = /** @type {any} */ (connections[index])
  const mine = /** @type {Progress} */ (progress[index])
  const memberId = randomUUID()
  /** @type {any[]} */
  let owned = []
  let isChanged = true
  for (;;) {
    const response = await request(connection, ConsumerGroupHeartbeat, 1, {
      groupId,
      memberId,
      memberEpoch: mine.epoch,
      instanceId: null,
      rackId: null,
      rebalanceTimeoutMs: mine.epoch === 0 ? 300_000 : -1,
      subscribedTopicNames: mine.epoch === 0 ? [topic] : null,
      subscribedTopicRegex: null,
      serverAssignor: null,
      topicPartitions: isChanged ? owned : null,
    })
    if (response.errorCode !== 0) throw new Error(`heartbeat is answered ${response.errorCode}`)
    isChanged = response.assignment !== null
    if (isChanged) owned = response.assignment.topicPartitions
    mine.epoch = response.memberEpoch
    mine.owned = owned.reduce((sum, each) => sum + each.partitions.length, 0)
    noteProgress()
    if (!isChanged) await delay(response.heartbeatIntervalMs)
  }
}

/** @param {readonly { memberId: string }[]} joined */
function assign(joined) {
  return joined.map(({ memberId }, member) => {
    const mine = Array.from({ length: partitions }, (_, partition) => partition).filter(
      (partition) => partition % joined.length === member,
    )
    const assignedPartitions = [{ topic, partitions: mine }]
    return { memberId, assignment: encodeAssignment(0, { assignedPartitions }) }
  })
}

/** @param {number} index */
async function classicMember(index) {
  const connection = /** @type {any} */ (connections[index])
  const mine = /** @type {Progress} */ (progress[index])
  let memberId = ''
  const protocols = [
    { name: 'range', metadata: encodeSubscription(0, { topics: [topic], ownedPartitions: [] }) },
  ]
  for (;;) {
    const joined = await request(connection, JoinGroup, 5, {
      groupId,
      sessionTimeoutMs: 45_000,
      rebalanceTimeoutMs: 300_000,
      memberId,
      groupInstanceId: null,
      protocolType: 'consumer',
      protocols,
    })
    memberId = joined.memberId
    if (joined.errorCode === errors.memberIdRequired) continue
    const { generationId } = joined
    const member = { groupId, generationId, memberId, groupInstanceId: null }
    const assignments = joined.leader === memberId ? assign(joined.members) : []
    const synced = await request(connection, SyncGroup, 3, { ...member, assignments })
    if (synced.errorCode === errors.rebalanceInProgress) continue
    const { assignedPartitions } = decodeAssignment(synced.assignment)
    mine.epoch = generationId
    mine.owned = assignedPartitions.reduce((sum, each) => sum + each.partitions.length, 0)
    noteProgress()
    let errorCode = 0
    while (errorCode === 0) {
      await delay(classicHeartbeatMs)
      errorCode = (await request(connection, Heartbeat, 3, member)).errorCode
    }
  }
}

// The first FindCoordinator creates the offsets topic.
await request(/** @type {any} */ (connections[0]), FindCoordinator, 1, { key: groupId, keyType: 0 })
await go()
const startMs = performance.now()
const member = protocol === 'consumer' ? consumerMember : classicMember
const failed = Promise.race(progress.map((_, index) => member(index)))
await Promise.race([stable, failed])
await report({ stableMs: performance.now() - startMs })
process.exit()
