import type { GroupRecord } from '../group-records.ts'
import type { ConsumerGroup } from './consumer-group.ts'

/** A group that a member may join, and the records that make it a consumer group. */
export interface JoinableGroup {
  readonly group: ConsumerGroup
  readonly records: readonly GroupRecord[]
}
