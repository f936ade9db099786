import { InitializeShareGroupState } from '../../../../src/protocol/messages/83-initialize-share-group-state.ts'
import { ReadShareGroupState } from '../../../../src/protocol/messages/84-read-share-group-state.ts'
import type { Api, RequestOf } from '../../../../src/protocol/schema/index.ts'
import type { ClusterSettings } from '../settings.ts'
import { GroupsModel } from './groups-model.ts'
import { OffsetsModel } from './offsets-model.ts'
import { OwnershipModel } from './ownership-model.ts'
import { sharePartitionKey, SharesModel } from './shares-model.ts'
import { TasksModel } from './tasks-model.ts'
import { TopicsModel } from './topics-model.ts'
import { TransformsModel } from './transforms-model.ts'
import { TransactionsModel } from './transactions-model.ts'

/**
 * The model of a cluster, as far as its clients know it. It also sees when brokers initialize and
 * read share state, which decides what a share group delivers again.
 */
export class Model {
  readonly topics: TopicsModel
  readonly offsets = new OffsetsModel()
  readonly transactions = new TransactionsModel()
  readonly transforms = new TransformsModel()
  readonly groups = new GroupsModel()
  readonly ownership = new OwnershipModel()
  readonly tasks = new TasksModel()
  readonly shares = new SharesModel()
  readonly #settings: ClusterSettings

  constructor(settings: ClusterSettings) {
    this.#settings = settings
    this.topics = new TopicsModel(settings.compactedTopic)
  }

  onCrash(losesPower: boolean, nowMs: number): void {
    const losesAcknowledged = losesPower && this.#settings.durability === 'pageCache'
    this.topics.onCrash(losesPower, losesAcknowledged, nowMs)
    if (!losesAcknowledged) return
    this.offsets.onLoss()
    this.shares.onLoss()
  }

  onStarting(): void {
    this.topics.onStarting()
  }

  /** Notes a request that has reached a broker from another one, or from itself. */
  onPeerRequest<A extends Api>(api: A, request: RequestOf<A>, nowMs: number): void {
    switch (api as Api) {
      case InitializeShareGroupState:
        return this.#onInitialize(request as RequestOf<typeof InitializeShareGroupState>)
      case ReadShareGroupState:
        return this.#onRead(request as RequestOf<typeof ReadShareGroupState>, nowMs)
    }
  }

  #onInitialize({ groupId, topics }: RequestOf<typeof InitializeShareGroupState>): void {
    for (const { topicId, partitions } of topics) {
      for (const { partition, stateEpoch } of partitions) {
        this.shares.initialized(sharePartitionKey(groupId, topicId, partition), stateEpoch)
      }
    }
  }

  #onRead({ groupId, topics }: RequestOf<typeof ReadShareGroupState>, nowMs: number): void {
    for (const { topicId, partitions } of topics) {
      for (const { partition } of partitions) {
        this.shares.loaded(sharePartitionKey(groupId, topicId, partition), nowMs)
      }
    }
  }
}
