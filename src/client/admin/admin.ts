import type { ClientCore } from '../client-core.ts'
import { ClusterAdmin } from './cluster-admin.ts'
import { ConfigsAdmin } from './configs-admin.ts'
import { FeaturesAdmin } from './features-admin.ts'
import { GroupsAdmin } from './groups-admin.ts'
import { RecordsAdmin } from './records-admin.ts'
import { ReplicasAdmin } from './replicas-admin.ts'
import { TopicsAdmin } from './topics-admin.ts'
import { TransactionsAdmin } from './transactions-admin.ts'

/**
 * Administrative requests, grouped by topic. Each is retried after transient errors, for at most
 * `retryTimeoutMs` (Kafka's `Admin`).
 */
export class Admin {
  readonly topics: TopicsAdmin
  readonly configs: ConfigsAdmin
  readonly groups: GroupsAdmin
  readonly records: RecordsAdmin
  readonly cluster: ClusterAdmin
  readonly replicas: ReplicasAdmin
  readonly transactions: TransactionsAdmin
  readonly features: FeaturesAdmin

  constructor(core: ClientCore) {
    this.topics = new TopicsAdmin(core)
    this.configs = new ConfigsAdmin(core)
    this.groups = new GroupsAdmin(core)
    this.records = new RecordsAdmin(core)
    this.cluster = new ClusterAdmin(core)
    this.replicas = new ReplicasAdmin(core)
    this.transactions = new TransactionsAdmin(core)
    this.features = new FeaturesAdmin(core)
  }
}
