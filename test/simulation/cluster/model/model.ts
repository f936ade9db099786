import type { ClusterSettings } from '../settings.ts'
import { GroupsModel } from './groups-model.ts'
import { OffsetsModel } from './offsets-model.ts'
import { TopicsModel } from './topics-model.ts'
import { TransformsModel } from './transforms-model.ts'
import { TransactionsModel } from './transactions-model.ts'

/** The model of a cluster, as far as its clients know it. */
export class Model {
  readonly topics: TopicsModel
  readonly offsets = new OffsetsModel()
  readonly transactions = new TransactionsModel()
  readonly transforms = new TransformsModel()
  readonly groups = new GroupsModel()
  readonly #settings: ClusterSettings

  constructor(settings: ClusterSettings) {
    this.#settings = settings
    this.topics = new TopicsModel(settings.compactedTopic)
  }

  onCrash(losesPower: boolean, nowMs: number): void {
    const losesAcknowledged = losesPower && this.#settings.durability === 'pageCache'
    this.topics.onCrash(losesPower, losesAcknowledged, nowMs)
    if (losesAcknowledged) this.offsets.onLoss()
  }

  onStarting(): void {
    this.topics.onStarting()
  }
}
