import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { ShareFetch } from '../../../../src/protocol/messages/78-share-fetch.ts'
import { ShareAcknowledge } from '../../../../src/protocol/messages/79-share-acknowledge.ts'
import type { ResponseOf } from '../../../../src/protocol/schema/index.ts'
import type { AcquiredRecords, Acquirer } from '../model/shares-model.ts'
import { SHARE_STATE_MS } from '../settings.ts'
import { orLost, type Client } from './client.ts'
import { readLog } from './read-log.ts'
import { isRenewal, RELEASE, ShareDecisions, type Acknowledgement } from './share-decisions.ts'

const FINAL_EPOCH = -1

/** The first version of both requests that can renew locks. */
const RENEWING_VERSION = 2

/** Acquires no more records than the request allows (KIP-1206). */
const RECORD_LIMIT = 1

type FetchedPartition = ResponseOf<typeof ShareFetch>['responses'][number]['partitions'][number]

/** The share session of a member with one broker. */
export class ShareSession {
  readonly port: number
  readonly #client: Client
  readonly #group: string
  readonly #memberId: string
  readonly #member: Acquirer
  readonly #decisions: ShareDecisions
  #epoch = 0
  #partitions = new Set<string>()

  constructor(client: Client, member: Acquirer, group: string, memberId: string, port: number) {
    this.#client = client
    this.#member = member
    this.#group = group
    this.#memberId = memberId
    this.#decisions = new ShareDecisions(client)
    this.port = port
  }

  /**
   * Acquires records of the partitions, and acknowledges some of them. A request that renews locks
   * acquires nothing.
   *
   * @returns whether the coordinator or the leader knows better, so that the member has to look
   */
  async fetch(wanted: readonly string[]): Promise<'fine' | 'again'> {
    const { dice } = this.#client
    const isRenewAck = this.#epoch > 0 && this.#decisions.hasRenewals && dice.chance(0.3)
    const acknowledgements =
      this.#epoch === 0 ? [] : this.#decisions.take({ withRenewals: isRenewAck })
    const added = wanted.filter((each) => !this.#partitions.has(each))
    const removed = [...this.#partitions].filter((each) => !wanted.includes(each))
    this.#begin(acknowledgements)
    const version = isRenewAck ? RENEWING_VERSION : this.#client.version(1, 2)
    const maxWaitMs = isRenewAck ? 0 : dice.pick([0, 50, 400])
    const maxRecords = isRenewAck ? 0 : dice.pick([1, 5, 500])
    const shareAcquireMode = version === RENEWING_VERSION ? dice.pick([0, RECORD_LIMIT]) : 0
    const isLimited = shareAcquireMode === RECORD_LIMIT
    const sentAtMs = this.#client.nowMs
    const { starts } = this.#client.world.cluster
    const { fetches } = this.#client.world.model.shares
    const pending = { sentAtMs }
    fetches.add(pending)
    const response = await orLost(
      this.#client.call(
        this.port,
        ShareFetch,
        version,
        {
          groupId: this.#group,
          memberId: this.#memberId,
          shareSessionEpoch: this.#epoch,
          maxWaitMs,
          minBytes: isRenewAck ? 0 : dice.pick([0, 1]),
          ...(isRenewAck && { maxBytes: 0 }),
          maxRecords,
          batchSize: dice.pick([1, 3, 500]),
          shareAcquireMode,
          isRenewAck,
          topics: this.#topicsOf(added, acknowledgements),
          forgottenTopicsData: byTopicId(removed),
        },
        { parkedMs: Math.max(maxWaitMs, waitForState(acknowledgements)) },
      ),
    )
    fetches.delete(pending)
    if (response === undefined || response.errorCode !== ErrorCode.None) {
      // It may have acquired records of new partitions, too.
      this.#disturb(added)
      return this.#onFailure(response?.errorCode)
    }
    this.#epoch++
    for (const each of removed) this.#disturb([each])
    this.#partitions = new Set(wanted)
    let result: 'fine' | 'again' = 'fine'
    let count = 0
    for (const { topicId, partitions } of response.responses) {
      for (const fetched of partitions) {
        const partition = `${topicId}-${fetched.partitionIndex}`
        const own = acknowledgements.filter((one) => one.partition === partition)
        this.#acknowledged(own, fetched.acknowledgeErrorCode, sentAtMs)
        if (fetched.errorCode !== ErrorCode.None) {
          result = this.#onPartitionError(fetched.errorCode, partition)
        }
        this.#checkRecords(partition, fetched, sentAtMs)
        const acquisition = {
          member: this.#member,
          sentAtMs,
          nowMs: this.#client.nowMs,
          start: starts,
          isLimited,
        }
        for (const records of fetched.acquiredRecords) {
          count += records.lastOffset - records.firstOffset + 1
          const key = `${this.#group} ${partition}`
          this.#client.world.model.shares.acquired(key, records, acquisition)
          this.#decisions.acquired(partition, records)
        }
      }
    }
    if (isLimited && count > maxRecords) {
      this.#client.world.disagree(`${this.#member.name} gets ${count} records, not ${maxRecords}`)
    }
    return result
  }

  /** Acknowledges records in a request of its own. */
  async acknowledge(): Promise<'fine' | 'again'> {
    if (this.#epoch === 0) return 'fine'
    const acknowledgements = this.#decisions.take({ withRenewals: true })
    return acknowledgements.length === 0 ? 'fine' : this.#send(this.#epoch, acknowledgements)
  }

  /** Ends the session, which releases its records. */
  async close(): Promise<void> {
    if (this.#epoch === 0) return
    this.#disturb(this.#partitions)
    await this.#send(FINAL_EPOCH, this.#decisions.take({ withRenewals: true }))
  }

  async #send(
    shareSessionEpoch: number,
    acknowledgements: readonly Acknowledgement[],
  ): Promise<'fine' | 'again'> {
    this.#begin(acknowledgements)
    const isRenewAck = acknowledgements.some(isRenewal)
    const version = isRenewAck ? RENEWING_VERSION : this.#client.version(1, 2)
    const sentAtMs = this.#client.nowMs
    const response = await orLost(
      this.#client.call(
        this.port,
        ShareAcknowledge,
        version,
        {
          groupId: this.#group,
          memberId: this.#memberId,
          shareSessionEpoch,
          isRenewAck,
          topics: this.#topicsOf([], acknowledgements),
        },
        { parkedMs: waitForState(acknowledgements) },
      ),
    )
    if (response === undefined || response.errorCode !== ErrorCode.None) {
      return this.#onFailure(response?.errorCode)
    }
    this.#epoch++
    for (const { topicId, partitions } of response.responses) {
      for (const { partitionIndex, errorCode } of partitions) {
        const partition = `${topicId}-${partitionIndex}`
        const own = acknowledgements.filter((one) => one.partition === partition)
        this.#acknowledged(own, errorCode, sentAtMs)
      }
    }
    return 'fine'
  }

  #begin(acknowledgements: readonly Acknowledgement[]): void {
    const { shares } = this.#client.world.model
    this.#each(acknowledgements, (key, offset, type) => {
      if (type !== RELEASE) shares.beginSettling(key, offset)
      // Another member may get it as soon as the broker has the request.
      shares.released(key, offset)
    })
  }

  #acknowledged(
    acknowledgements: readonly Acknowledgement[],
    errorCode: number,
    sentAtMs: number,
  ): void {
    const { world, nowMs } = this.#client
    for (const acknowledgement of acknowledgements) {
      const { partition } = acknowledgement
      if (errorCode !== ErrorCode.None) {
        this.#disturb([partition])
        if (this.#isExpected(errorCode, partition) || world.lostAtMs > -Infinity) continue
        world.disagree(`an acknowledgement of ${partition} is answered with error ${errorCode}`)
      }
      if (isRenewal(acknowledgement)) this.#renewed(acknowledgement, sentAtMs)
    }
    if (errorCode !== ErrorCode.None) return
    this.#each(acknowledgements, (key, offset, type) => {
      if (type !== RELEASE) world.model.shares.settled(key, offset, nowMs)
    })
  }

  #renewed(renewal: Acknowledgement, sentAtMs: number): void {
    const { world, nowMs } = this.#client
    const { shares, topics } = world.model
    const { partition, firstOffset, types } = renewal
    const key = `${this.#group} ${partition}`
    const holder = { member: this.#member, nowMs, start: world.cluster.starts }
    const mayRenew = world.settings.sharing.canRenew || topics.lag.isAnyStale(sentAtMs)
    for (let offset = firstOffset; offset < firstOffset + types.length; offset++) {
      if (!mayRenew && shares.isHeld(key, offset, holder)) {
        world.disagree(`the lock of ${key}: ${offset} is renewed, which is not allowed`)
      }
      shares.renewed(key, offset, this.#member, sentAtMs)
    }
    this.#decisions.hold(renewal)
  }

  /** Calls back for each record that is acknowledged, except those whose locks are renewed. */
  #each(
    acknowledgements: readonly Acknowledgement[],
    action: (key: string, offset: number, type: number) => void,
  ): void {
    for (const acknowledgement of acknowledgements) {
      if (isRenewal(acknowledgement)) continue
      const { partition, firstOffset, types } = acknowledgement
      for (const [index, type] of types.entries()) {
        action(`${this.#group} ${partition}`, firstOffset + index, type)
      }
    }
  }

  /** Checks that the acquired records are in the response, and may be delivered. */
  #checkRecords(
    partition: string,
    { records, acquiredRecords }: FetchedPartition,
    sentAtMs: number,
  ): void {
    const { world, nowMs } = this.#client
    const [{ topicId, partitions }] = byTopicId([partition]) as [TopicPartitions]
    const model = world.model.topics.topics.get(topicId)?.partitions[partitions[0]!]
    if (model === undefined) return
    const isAcquired = ({ offset }: { offset: number }): boolean =>
      acquiredRecords.some(
        ({ firstOffset, lastOffset }: AcquiredRecords) =>
          firstOffset <= offset && offset <= lastOffset,
      )
    const { entries } = readLog({ records, abortedTransactions: null }, 0)
    // A broker whose metadata lags may not know the config of the group.
    const isReadCommitted =
      world.settings.sharing.isReadCommitted && !world.model.topics.lag.isAnyStale(sentAtMs)
    model.checkShared(entries.filter(isAcquired), isReadCommitted, nowMs)
  }

  /** The session is lost. Its records are released, or their locks expire. */
  #onFailure(errorCode: number | undefined): 'again' {
    this.#disturb(this.#partitions)
    this.#epoch = 0
    this.#partitions.clear()
    this.#decisions.clear()
    const { world } = this.#client
    const isLost = errorCode === undefined || world.lostAtMs > -Infinity
    if (isLost || expectedOfSessions.has(errorCode)) return 'again'
    return world.disagree(`${this.#member.name}: the share session has error ${errorCode}`)
  }

  #onPartitionError(errorCode: number, partition: string): 'again' {
    const { world } = this.#client
    if (this.#isExpected(errorCode, partition) || world.lostAtMs > -Infinity) return 'again'
    return world.disagree(`${partition} in a ShareFetch has error ${errorCode}`)
  }

  #isExpected(errorCode: number, partition: string): boolean {
    if (errorCode !== ErrorCode.UnknownServerError) return expectedOfPartitions.has(errorCode)
    // The share coordinator has no state, or it never answered.
    const { topics, shares } = this.#client.world.model
    const { topicId } = byTopicId([partition])[0]!
    return (
      topics.topics.get(topicId)?.deletionStartedAtMs !== undefined ||
      shares.mayLackState(`${this.#group} ${partition}`) ||
      (this.#client.world.settings.peers?.loss ?? 0) > 0
    )
  }

  #topicsOf(added: readonly string[], acknowledgements: readonly Acknowledgement[]) {
    const { dice } = this.#client
    const names = new Set([...added, ...acknowledgements.map(({ partition }) => partition)])
    return byTopicId(names).map(({ topicId, partitions }) => ({
      topicId,
      partitions: partitions.map((partitionIndex) => ({
        partitionIndex,
        partitionMaxBytes: 0,
        acknowledgementBatches: acknowledgements
          .filter(({ partition }) => partition === `${topicId}-${partitionIndex}`)
          .toSorted((a, b) => a.firstOffset - b.firstOffset)
          .map(({ firstOffset, types }) => ({
            firstOffset,
            lastOffset: firstOffset + types.length - 1,
            // One type may stand for all records.
            acknowledgeTypes:
              new Set(types).size === 1 && dice.chance(0.7) ? [types[0]!] : [...types],
          })),
      })),
    }))
  }

  #disturb(partitions: Iterable<string>): void {
    for (const each of partitions) {
      this.#client.world.model.shares.disturbed(`${this.#group} ${each}`)
    }
  }
}

/** Returns how long a request may wait until its acknowledgements are stored, in milliseconds. */
function waitForState(acknowledgements: readonly Acknowledgement[]): number {
  return acknowledgements.length === 0 ? 0 : SHARE_STATE_MS
}

/** Errors of sessions that ended. */
const expectedOfSessions: ReadonlySet<number> = new Set([
  ErrorCode.ShareSessionNotFound,
  ErrorCode.InvalidShareSessionEpoch,
])

/** Errors of partitions that moved or were deleted, locks that expired, and state not at hand. */
const expectedOfPartitions: ReadonlySet<number> = new Set([
  ErrorCode.InvalidRecordState,
  ErrorCode.NotLeaderOrFollower,
  ErrorCode.LeaderNotAvailable,
  ErrorCode.UnknownTopicId,
  ErrorCode.UnknownTopicOrPartition,
  ErrorCode.KafkaStorageError,
  ErrorCode.CoordinatorNotAvailable,
])

interface TopicPartitions {
  readonly topicId: string
  readonly partitions: number[]
}

export function byTopicId(names: Iterable<string>): TopicPartitions[] {
  const topics = new Map<string, number[]>()
  for (const name of names) {
    const dash = name.lastIndexOf('-')
    const topicId = name.slice(0, dash)
    topics.set(topicId, [...(topics.get(topicId) ?? []), Number(name.slice(dash + 1))])
  }
  return [...topics].map(([topicId, partitions]) => ({ topicId, partitions }))
}
