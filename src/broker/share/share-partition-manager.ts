import type { Clock } from '../../platform/clock.ts'
import type { Random } from '../../platform/random.ts'
import { afterThisCall } from '../../platform/turn.ts'
import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode, errorMessage } from '../../protocol/error-code.ts'
import type { CLOSE_CONNECTION } from '../../network/frame-handler.ts'
import type { RequestConnection } from '../../network/request-connection.ts'
import type { ReplicaManager } from '../replica-manager.ts'
import type { AcknowledgementBatch } from './acknowledgement.ts'
import type { DeadLetters } from './dead-letters.ts'
import { initialOffset } from './initial-offset.ts'
import { isFencing } from './persister-error.ts'
import { ShareFetch, type ShareFetchAnswer, type ShareFetchLimits } from './share-fetch.ts'
import { supportsShareGroups, type ShareGroupConfigs } from './share-group-config.ts'
import type { SharePartitionId, TopicIdPartition } from './share-partition-id.ts'
import { SharePartition } from './share-partition.ts'
import { SharePartitions } from './share-partitions.ts'
import { ShareSessionCache, type ShareMember } from './share-session-cache.ts'
import type { StatePersister } from './share-state-store.ts'

export interface SharePartitionManagerOptions {
  readonly clock: Clock
  readonly random: Random
  readonly replicas: ReplicaManager
  readonly configs: ShareGroupConfigs
  readonly persister: StatePersister
  readonly deadLetters: DeadLetters
  /** `group.share.max.share.sessions` */
  readonly maxSessions: number
  /** Called when the first offset of a share partition is decided. Default: nothing. */
  readonly onStartOffset?: (groupId: string) => void
}

/** The connection of a ShareFetch, and the function that knows that it waits; default none. */
interface FetchOrigin {
  readonly connection: RequestConnection
  readonly onParked?: (release: () => void) => () => void
}

/** The acknowledgements of one partition. */
export interface AcknowledgedPartition {
  readonly target: TopicIdPartition
  readonly batches: readonly AcknowledgementBatch[]
}

/** The result for the acknowledgements of one partition. */
export interface AcknowledgeAnswer {
  readonly target: TopicIdPartition
  readonly error: ApiError | undefined
}

/**
 * Delivers the partitions that this broker leads to share groups (Kafka's `SharePartitionManager`).
 */
export class SharePartitionManager {
  readonly configs: ShareGroupConfigs
  readonly sessions: ShareSessionCache
  readonly #options: SharePartitionManagerOptions
  readonly #partitions: SharePartitions

  constructor(options: SharePartitionManagerOptions) {
    const { replicas, clock, configs, persister, deadLetters, maxSessions } = options
    this.configs = configs
    this.#options = options
    this.#partitions = new SharePartitions(
      replicas,
      (id, { log, leaderEpoch }) =>
        new SharePartition({
          id,
          leaderEpoch,
          persister,
          clock,
          deadLetters,
          config: () => configs.of(id.groupId),
          initialOffset: () => {
            afterThisCall(() => options.onStartOffset?.(id.groupId))
            return initialOffset(log, configs.of(id.groupId).autoOffsetReset, clock.now())
          },
        }),
    )
    this.sessions = new ShareSessionCache(maxSessions, {
      onMemberLeave: (member) => void this.releaseSession(member),
      onGroupEmpty: (groupId) => this.#partitions.removeGroup(groupId),
    })
  }

  /** Returns the start offset in memory, which is decided before it is stored. */
  startOffsetOf(id: SharePartitionId): number | undefined {
    return this.#partitions.get(id)?.startOffset
  }

  /** Acquires records of the partitions for a member. */
  fetch(
    groupId: string,
    limits: ShareFetchLimits,
    targets: readonly TopicIdPartition[],
    { connection, onParked = () => () => {} }: FetchOrigin,
  ):
    | ShareFetchAnswer[]
    | Promise<ShareFetchAnswer[] | typeof CLOSE_CONNECTION>
    | typeof CLOSE_CONNECTION {
    if (targets.length === 0 || limits.maxRecords === 0 || limits.maxBytes === 0) return []
    const ids = targets.map((target) => ({ groupId, ...target }))
    const operation = new ShareFetch({ ...this.#options, connection, onParked }, limits, ids)
    for (const id of ids) this.#addTo(operation, id)
    return operation.run()
  }

  /** Acknowledges records of a member. The answer waits until the results are stored. */
  async acknowledge(
    { groupId, memberId }: ShareMember,
    partitions: readonly AcknowledgedPartition[],
  ): Promise<AcknowledgeAnswer[]> {
    const pending = partitions.map(({ target, batches }) =>
      this.#change({ groupId, ...target }, (sharePartition) =>
        sharePartition.acknowledge(memberId, batches),
      ),
    )
    const errors = await Promise.all(pending)
    return partitions.map(({ target }, index) => ({ target, error: errors[index] }))
  }

  /** Ends the session of a member, and releases the records that it has acquired. */
  async releaseSession({ groupId, memberId }: ShareMember): Promise<void> {
    const session = this.sessions.get({ groupId, memberId })
    if (session === undefined) return
    this.sessions.remove({ groupId, memberId })
    const released = session
      .partitions()
      .flatMap(({ topic, topicId, partition }) =>
        topic === undefined
          ? []
          : this.#change({ groupId, topic, topicId, partition }, (sharePartition) =>
              sharePartition.releaseMember(memberId),
            ),
      )
    await Promise.all(released)
  }

  /** Called when the feature levels of the cluster have changed. */
  onFeaturesChanged(features: ReadonlyMap<string, number>): void {
    if (!supportsShareGroups(features)) this.close()
  }

  /** Drops all sessions and share partitions. */
  close(): void {
    this.sessions.clear()
    this.#partitions.clear()
  }

  #addTo(operation: ShareFetch, id: SharePartitionId): void {
    const sharePartition = this.#partitions.getOrCreate(id)
    if (sharePartition instanceof ApiError) {
      operation.addError(id, sharePartition)
      return
    }
    operation.addPartition(sharePartition)
    const initialization = sharePartition.initialize()
    if (initialization instanceof Promise) void this.#onLoaded(operation, id, initialization)
    else this.#onInitialized(operation, id, initialization)
  }

  async #onLoaded(
    operation: ShareFetch,
    id: SharePartitionId,
    loading: Promise<ApiError | undefined>,
  ): Promise<void> {
    const sharePartition = this.#partitions.get(id)
    this.#onInitialized(operation, id, await loading)
    sharePartition?.notify()
  }

  #onInitialized(operation: ShareFetch, id: SharePartitionId, error: ApiError | undefined): void {
    // LEADER_NOT_AVAILABLE: another request loads the state, and notifies this one.
    if (error === undefined || error.errorCode === ErrorCode.LeaderNotAvailable) return
    this.#partitions.remove(id)
    operation.addError(id, error)
  }

  /** Changes records of a share partition. It is removed if another leader has fenced it. */
  async #change(
    id: SharePartitionId,
    change: (
      sharePartition: SharePartition,
    ) => Promise<ApiError | undefined> | ApiError | undefined,
  ): Promise<ApiError | undefined> {
    const sharePartition = this.#partitions.get(id)
    if (sharePartition === undefined) {
      const errorCode = ErrorCode.UnknownTopicOrPartition
      return new ApiError(errorCode, errorMessage(errorCode))
    }
    const changed = change(sharePartition)
    sharePartition.notify()
    const error = await changed
    if (error !== undefined && isFencing(error)) this.#partitions.remove(id)
    return error
  }
}
