/** The kinds of groups: `consumer` is KIP-848, `share` is KIP-932, `streams` is KIP-1071. */
export type GroupType = 'classic' | 'consumer' | 'share' | 'streams'

/**
 * The state of a group, by Kafka's name (`GroupState`).
 *
 * - `Empty`: no members; there may be committed offsets
 * - `PreparingRebalance`: classic; the members have to join again
 * - `CompletingRebalance`: classic; all members have joined, and their leader assigns partitions
 * - `Assigning`: consumer and streams; a new assignment is being computed
 * - `Reconciling`: consumer and streams; members give up and take partitions
 * - `NotReady`: streams; topics of the topology are missing
 * - `Stable`: the members have their assignments
 * - `Dead`: the group was deleted, or does not exist. A wait then resolves to a description without
 *   members and offsets, of the type `classic`
 */
export type GroupState =
  | 'Empty'
  | 'PreparingRebalance'
  | 'CompletingRebalance'
  | 'Assigning'
  | 'Reconciling'
  | 'NotReady'
  | 'Stable'
  | 'Dead'

/** A partition that a group consumes: one with a committed offset, or one of a member. */
export interface GroupPartition {
  readonly topic: string
  readonly partition: number
  /**
   * The committed offset: that of the next record to process. In a share group the stored start
   * offset: all records before it are acknowledged. `undefined` if there is none.
   */
  readonly offset: number | undefined
  /** The text that was committed with the offset; empty in a share group. */
  readonly metadata: string
  /** The offset after the last record (the high watermark); `undefined` without a leader. */
  readonly endOffset: number | undefined
  /**
   * `endOffset - offset`; `undefined` if one of them is. Markers of transactions count. In a share
   * group without the records after the start offset that are acknowledged (KIP-1226).
   */
  readonly lag: number | undefined
}

/** A member of a group. */
export interface GroupMember {
  readonly memberId: string
  /** `group.instance.id` of a static member (KIP-345). */
  readonly instanceId: string | undefined
  readonly clientId: string
  /** In Java's notation: `/127.0.0.1`. */
  readonly clientHost: string
  /** The epoch of the member; in a classic group the generation. */
  readonly epoch: number
  /**
   * The partitions that the member owns, ordered by topic and partition. Empty in a classic group
   * that does not use the protocol of consumers. In a streams group: the partitions of its active
   * tasks.
   */
  readonly assignment: readonly GroupPartition[]
  /** The sum of the lags of the assignment; `undefined` if one of them is. */
  readonly lag: number | undefined
}

/** A group at one moment. It does not change afterwards. */
export interface GroupDescription {
  readonly groupId: string
  readonly type: GroupType
  readonly state: GroupState
  /** The generation of a classic group, otherwise the epoch of the group. */
  readonly epoch: number
  readonly members: readonly GroupMember[]
  /**
   * The partitions with a committed offset and those of the members, ordered by topic and
   * partition.
   */
  readonly offsets: readonly GroupPartition[]
  /** The sum of the lags of the offsets; `undefined` if one of them is. */
  readonly lag: number | undefined
  /** The id of the broker that coordinates the group; -1 for a dead group that no broker has. */
  readonly coordinatorId: number
}

/** A rebalance of a group. */
export interface GroupRebalance {
  /** The generation or epoch that the rebalance leads to. */
  readonly epoch: number
  /** The cause in words, such as `member m-1 joined`. Several causes are separated by `; `. */
  readonly cause: string
  /** The start, in milliseconds since the epoch by the cluster's clock. */
  readonly startTimeMs: number
  /**
   * The time at which the group became stable with this epoch; `undefined` if it has not. A member
   * of a consumer group that owns its partitions may not have sent its next heartbeat yet.
   */
  readonly stableTimeMs: number | undefined
}

/**
 * The conditions of {@link Group.waitFor}. All that are given must hold at the same time. Without
 * the state `Dead` they hold only for a group that exists.
 */
export interface GroupConditions {
  /** The state, or one of several. `Dead` holds if the group does not exist. */
  readonly state?: GroupState | readonly GroupState[] | undefined
  /** The exact number of members. */
  readonly members?: number | undefined
  /**
   * True: each partition of the topics that the members subscribe to belongs to a member, and there
   * is at least one. A number: so many partitions belong to members.
   */
  readonly assigned?: true | number | undefined
  /**
   * True: the committed offsets have reached the ends of all partitions of the group, so that no
   * record is left. In a share group: all records are acknowledged. At least one partition must
   * have a committed offset or a member. Markers and records of aborted transactions count as
   * reached, those of open ones do not.
   */
  readonly caughtUp?: true | undefined
}

/** Options of {@link Group.waitFor}. */
export interface GroupWaitOptions {
  /** Ends the wait. It then rejects with `ABORTED`; `cause` is the reason of the signal. */
  readonly signal?: AbortSignal | undefined
  /**
   * Limits the wait, in milliseconds of real time, also with a `ManualClock`. It then rejects with
   * `TIMEOUT`. Default: no limit.
   */
  readonly timeoutMs?: number | undefined
}

/**
 * A target of {@link Group.seek}: the first or the end offset of each partition, an offset, or the
 * first record with this time or a later one, in milliseconds since the epoch.
 */
export type GroupSeekTarget =
  | 'earliest'
  | 'latest'
  | { readonly offset: number }
  | { readonly timestampMs: number }

/** Partitions of {@link Group.seek}: a whole topic, or one of its partitions. */
export interface GroupSeekPartitions {
  readonly topic: string
  /** Default: all partitions of the topic. */
  readonly partition?: number | undefined
}

/**
 * A group of a running cluster, as its coordinator sees it. It need not exist yet: all properties
 * are looked up when they are read.
 *
 * The properties and methods throw an OdradekError `PARTITION_UNAVAILABLE` while no broker
 * coordinates the group, because the leader of its partition of `__consumer_offsets` is not
 * running, and `CLUSTER_CLOSED` after the cluster was closed.
 */
export interface Group {
  readonly groupId: string
  /** Whether the group exists: a member has joined, or an offset was committed. */
  readonly exists: boolean
  /** `undefined` if the group does not exist. */
  readonly type: GroupType | undefined
  /** `undefined` if the group does not exist. */
  readonly state: GroupState | undefined
  /** See {@link GroupDescription.epoch}; `undefined` if the group does not exist. */
  readonly epoch: number | undefined
  /** Empty if the group does not exist. */
  readonly members: readonly GroupMember[]
  /** See {@link GroupDescription.offsets}; empty if the group does not exist. */
  readonly offsets: readonly GroupPartition[]
  /** See {@link GroupDescription.lag}; `undefined` if the group does not exist. */
  readonly lag: number | undefined
  /**
   * The rebalances of the group since the cluster started, oldest first. Only the last 100 are
   * kept. They survive a move of the coordinator, and are dropped when the group is deleted.
   * Never throws.
   *
   * ```ts
   * for (const { epoch, cause } of group.timeline) console.log(epoch, cause)
   * ```
   */
  readonly timeline: readonly GroupRebalance[]
  /**
   * The id of the broker that coordinates the group, also if the group does not exist; `undefined`
   * before `__consumer_offsets` exists and while that broker is not running. Never throws.
   */
  readonly coordinatorId: number | undefined
  /** Returns all properties at one moment; `undefined` if the group does not exist. */
  describe(): GroupDescription | undefined
  /**
   * Resolves when all conditions hold: immediately if they already do, otherwise with the change of
   * the group that fulfils them. It uses the events of the coordinator and never polls. States that
   * last only for a moment are not missed.
   *
   * It may be called before the group exists, and waits while brokers are down.
   *
   * ```ts
   * await group.waitFor({ state: 'Stable', members: 2 }, { timeoutMs: 5000 })
   * await group.waitFor({ caughtUp: true })
   * ```
   *
   * @throws OdradekError `CLUSTER_CLOSED` when the cluster is closed; `ABORTED` when the signal is
   * aborted; `TIMEOUT`, whose message describes the group and what was missing; `INVALID_OPTION`
   */
  waitFor(conditions: GroupConditions, options?: GroupWaitOptions): Promise<GroupDescription>
  /**
   * Makes the members rebalance, for tests of rebalance listeners and of processing that is
   * interrupted. Resolves when the rebalance has begun.
   *
   * - Classic: the group becomes `PreparingRebalance`, and each member joins again after its next
   *   heartbeat. With an eager assignor all partitions are revoked.
   * - Consumer, share and streams: the epoch of the group increases and the assignment is computed
   *   again, as after a change of the metadata. Members that keep their partitions notice nothing.
   *
   * @throws OdradekError `GROUP_EMPTY` if the group has no members
   */
  rebalance(): Promise<void>
  /**
   * Sets the committed offsets of a group without members, as `kafka-consumer-groups
   * --reset-offsets` does; in a share group the start offsets (AlterShareGroupOffsets). An offset
   * outside of the log is moved to its start or end. Creates the group if it does not exist.
   *
   * ```ts
   * await group.seek('earliest')
   * await group.seek({ offset: 5 }, { topic: 'orders', partition: 0 })
   * ```
   *
   * @param partitions default: all partitions with a committed offset
   * @returns the new offsets
   * @throws OdradekError `GROUP_NOT_EMPTY` if the group has members; `INVALID_OPTION` if there is
   * no partition; `UNKNOWN_TOPIC`, `UNKNOWN_PARTITION`
   */
  seek(
    target: GroupSeekTarget,
    partitions?: GroupSeekPartitions | readonly GroupSeekPartitions[],
  ): Promise<readonly GroupPartition[]>
  /**
   * Deletes the group with its committed offsets, as DeleteGroups does.
   *
   * @throws OdradekError `GROUP_NOT_EMPTY` if it has members, `UNKNOWN_GROUP` if it does not exist
   */
  delete(): Promise<void>
}
