import type { Clock } from '../../platform/clock.ts'
import type { Random } from '../../platform/random.ts'
import type { Turn } from '../../platform/turn.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import { encodeBatch } from '../../record/batch-encoder.ts'
import { ClassicGroup } from './classic-group.ts'
import { CommittedOffsets } from './committed-offsets.ts'
import type { GroupConfig } from './group-config.ts'
import { coordinatorError } from './group-responses.ts'
import type { Group } from './group.ts'
import type { OffsetsTopicLog } from './offsets-topic-log.ts'
import type { OffsetsRecord } from './offsets-records.ts'

/** What all shards of one coordinator share. */
export interface GroupShardEnvironment {
  readonly clock: Clock
  readonly random: Random
  readonly turn: Turn
  readonly config: GroupConfig
  readonly log: OffsetsTopicLog
  readonly expireMembersOfClosedConnections: boolean
}

/** The groups and committed offsets in one partition of `__consumer_offsets` (Kafka's `GroupCoordinatorShard`). */
export class GroupShard {
  readonly partition: number
  readonly clock: Clock
  readonly random: Random
  readonly turn: Turn
  readonly config: GroupConfig
  readonly expireMembersOfClosedConnections: boolean
  readonly groups = new Map<string, Group>()
  readonly offsets = new CommittedOffsets()
  readonly #log: OffsetsTopicLog

  constructor(partition: number, environment: GroupShardEnvironment) {
    this.partition = partition
    this.clock = environment.clock
    this.random = environment.random
    this.turn = environment.turn
    this.config = environment.config
    this.expireMembersOfClosedConnections = environment.expireMembersOfClosedConnections
    this.#log = environment.log
  }

  /** A new group that is kept in memory only, until a record of it is appended. */
  createClassicGroup(groupId: string): ClassicGroup {
    const group = new ClassicGroup({ groupId, nowMs: this.clock.now() })
    this.groups.set(groupId, group)
    return group
  }

  /** Forgets a group with all that it committed, once that is written. */
  removeGroup(groupId: string): void {
    for (const session of this.groups.get(groupId)?.sessions() ?? []) session.end()
    this.groups.delete(groupId)
    this.offsets.deleteGroup(groupId)
  }

  /** Appends the records as one batch. Returns what a client is to be told, `None` when they are there. */
  append(records: readonly OffsetsRecord[]): ErrorCode {
    if (records.length === 0) return ErrorCode.None
    const timestamp = this.clock.now()
    const batch = encodeBatch(
      records.map(({ key, value }) => ({ key, value, timestamp })),
      { baseSequence: 0 },
    )
    return coordinatorError(this.#log.append(this.partition, batch))
  }
}
