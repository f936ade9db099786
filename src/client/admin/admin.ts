import type { ClientCore } from '../client-core.ts'
import { ClusterAdmin } from './cluster-admin.ts'
import { ConfigsAdmin } from './configs-admin.ts'
import { GroupsAdmin } from './groups-admin.ts'
import { RecordsAdmin } from './records-admin.ts'
import { ReplicasAdmin } from './replicas-admin.ts'
import { TopicsAdmin } from './topics-admin.ts'

/**
 * Requests that look after a cluster, by what they are about. Each is tried again while it fails with an error that may go
 * away, for `retryTimeoutMs` at most (Kafka's `Admin`).
 */
export class Admin {
  readonly topics: TopicsAdmin
  readonly configs: ConfigsAdmin
  readonly groups: GroupsAdmin
  readonly records: RecordsAdmin
  readonly cluster: ClusterAdmin
  readonly replicas: ReplicasAdmin

  constructor(core: ClientCore) {
    this.topics = new TopicsAdmin(core)
    this.configs = new ConfigsAdmin(core)
    this.groups = new GroupsAdmin(core)
    this.records = new RecordsAdmin(core)
    this.cluster = new ClusterAdmin(core)
    this.replicas = new ReplicasAdmin(core)
  }
}
