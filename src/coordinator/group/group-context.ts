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
   * Whether a dynamic member is removed when the connections of its requests have closed and it
   * sends no request over another one within {@link RECONNECT_GRACE_MS}: true in profile `test`,
   * false in `faithful`, as in Kafka. A static member stays until its session expires.
   */
  readonly expireMembersOfClosedConnections: boolean
}

/** Used by groups of every kind: the groups of their partition, and the writer of their records. */
export interface GroupContext extends GroupEnvironment {
  readonly groups: ReadonlyMap<string, Group>
  readonly writer: RecordWriter<GroupRecord>
}
