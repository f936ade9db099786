import type { Clock } from '../../platform/clock.ts'
import type { Random } from '../../platform/random.ts'
import type { Turn } from '../../platform/turn.ts'
import type { RecordWriter } from '../runtime/coordinator-shard.ts'
import type { GroupConfig } from './group-config.ts'
import type { GroupRecord } from './group-records.ts'
import type { Group } from './group.ts'

/** The parts of the coordinator that do not depend on a partition. */
export interface GroupEnvironment {
  readonly clock: Clock
  readonly random: Random
  readonly turn: Turn
  readonly config: GroupConfig
  /**
   * Whether a dynamic member is removed, as if its session had expired, when the connections that carried its requests have
   * closed and it sends none over another one within {@link RECONNECT_GRACE_MS}: true in profile `test`, false in
   * `faithful`, as in Kafka. A static member stays until its session expires.
   */
  readonly expireMembersOfClosedConnections: boolean
}

/** What groups of every kind work with: the groups of their partition, and the way to write records of them. */
export interface GroupContext extends GroupEnvironment {
  readonly groups: ReadonlyMap<string, Group>
  readonly writer: RecordWriter<GroupRecord>
}
