import type { ClusterSources } from './coordinator-lookup.ts'
import type { Partition } from '../broker/partition.ts'
import type { CoordinatedGroup } from '../coordinator/group/group-inspection.ts'
import type { Log } from '../log/log.ts'
import { ApiError } from '../protocol/api-error.ts'
import type {
  GroupDescription,
  GroupMember,
  GroupPartition,
  GroupState,
  GroupType,
} from './group.ts'
import { shareProgress } from './share-progress.ts'
import { unreadFrom } from './unread-records.ts'
import type { Unread } from './unread-records.ts'

/** A group at one moment, and the questions that a wait asks about it. */
export class ObservedGroup {
  readonly #found: CoordinatedGroup
  readonly #coordinatorId: number
  readonly #logs: ClusterSources
  #description: GroupDescription | undefined

  constructor(found: CoordinatedGroup, coordinatorId: number, logs: ClusterSources) {
    this.#found = found
    this.#coordinatorId = coordinatorId
    this.#logs = logs
  }

  /** Collected at the first use, because that takes time for a large group. */
  get description(): GroupDescription {
    this.#description ??= this.#describe(this.#coordinatorId)
    return this.#description
  }

  get state(): GroupState {
    return this.#found.group.asListed().groupState as GroupState
  }

  /** The reason why a streams group is `NotReady`, if it is known. */
  get problem(): string | undefined {
    return this.#found.group.snapshot().problem
  }

  /** Whether all changes of the group are committed. */
  get isCommitted(): boolean {
    return this.#found.isCommitted
  }

  /** Returns the partitions of subscribed topics; empty if no subscribed topic exists. */
  subscribedPartitions(): { topic: string; partition: number }[] {
    const { group } = this.#found
    const topics = [...this.#logs.image.topics.values()]
    return topics
      .filter(({ name }) => group.isSubscribedTo(name))
      .flatMap(({ name: topic, partitions }) =>
        partitions.map(({ partition }) => ({ topic, partition })),
      )
  }

  /** Returns what is left to consume in a partition; `undefined` while it has no leader. */
  unread({ topic, partition, offset, lag }: GroupPartition): Unread | undefined {
    if (lag === 0) return 'nothing'
    const log = logOf(topic, partition, this.#logs)
    return log && unreadFrom(log, offset ?? log.logStartOffset)
  }

  /**
   * Calls back when a transaction in a partition ends, or when records of it are deleted or
   * compacted: neither changes the group. Returns a function that removes the callback.
   */
  onLessUnread(partition: GroupPartition, callback: () => void): () => void {
    const led = ledPartition(partition.topic, partition.partition, this.#logs)
    if (led === undefined) return () => {}
    const { log } = led
    const isOpen = this.unread(partition) === 'open transactions'
    const { logStartOffset, lastStableOffset } = log
    let { sizeInBytes } = log.files
    const watcher = (): void => {
      const hasEnded = isOpen && log.lastStableOffset !== lastStableOffset
      const isShorter = log.logStartOffset !== logStartOffset || log.files.sizeInBytes < sizeInBytes
      sizeInBytes = log.files.sizeInBytes
      if (hasEnded || isShorter) callback()
    }
    led.watch(watcher)
    return () => led.unwatch(watcher)
  }

  #describe(coordinatorId: number): GroupDescription {
    const { group, offsets } = this.#found
    const snapshot = group.snapshot()
    const { groupId, type, state, epoch, members: snapshots, sharePartitions } = snapshot
    const partitions = new Map<string, GroupPartition>()
    const add = (topic: string, partition: number): GroupPartition => {
      const key = `${topic}-${partition}`
      const known = partitions.get(key)
      if (known !== undefined) return known
      const described = this.#describePartition(groupId, type, topic, partition)
      partitions.set(key, described)
      return described
    }
    for (const [topic, committed] of offsets) for (const each of committed.keys()) add(topic, each)
    for (const [topic, each] of sharePartitions ?? []) for (const index of each) add(topic, index)
    const members = snapshots.map((member): GroupMember => {
      const { memberId, instanceId, clientId, clientHost, epoch: memberEpoch } = member
      const assignment = [...member.assignment].flatMap(([topic, owned]) =>
        owned.map((partition) => add(topic, partition)),
      )
      return {
        memberId,
        instanceId: instanceId ?? undefined,
        clientId,
        clientHost,
        epoch: memberEpoch,
        assignment: assignment.sort(byTopicAndPartition),
        lag: totalLag(assignment),
      }
    })
    const sorted = [...partitions.values()].sort(byTopicAndPartition)
    return {
      groupId,
      type,
      state: state as GroupState,
      epoch,
      members,
      offsets: sorted,
      lag: totalLag(sorted),
      coordinatorId,
    }
  }

  #describePartition(
    groupId: string,
    type: GroupType,
    topic: string,
    partition: number,
  ): GroupPartition {
    const endOffset = logOf(topic, partition, this.#logs)?.highWatermark
    if (type === 'share') {
      const key = { groupId, topic, partition }
      const { offset, delivered } = shareProgress(key, this.#logs)
      const lag = lagOf(offset, endOffset, delivered)
      return { topic, partition, offset, metadata: '', endOffset, lag }
    }
    const { offset, metadata = '' } = this.#found.offsets.get(topic)?.get(partition) ?? {}
    return { topic, partition, offset, metadata, endOffset, lag: lagOf(offset, endOffset) }
  }
}

/** Returns the log of a partition on the broker that leads it. */
export function logOf(topic: string, partition: number, logs: ClusterSources): Log | undefined {
  return ledPartition(topic, partition, logs)?.log
}

/** Returns a partition on the broker that leads it. */
function ledPartition(
  topic: string,
  partition: number,
  { image, running }: ClusterSources,
): Partition | undefined {
  const leader = image.partition(topic, partition)?.leader
  const broker = running.find(({ id }) => id === leader)
  const led = broker?.services.replicas.leader(topic, partition)
  return led instanceof ApiError ? undefined : led
}

/** @param delivered the records after the offset that are done; default 0 */
function lagOf(
  offset: number | undefined,
  endOffset: number | undefined,
  delivered = 0,
): number | undefined {
  if (offset === undefined || endOffset === undefined) return undefined
  return Math.max(0, endOffset - offset - delivered)
}

function totalLag(partitions: readonly GroupPartition[]): number | undefined {
  return partitions.reduce<number | undefined>(
    (total, { lag }) => (total === undefined || lag === undefined ? undefined : total + lag),
    0,
  )
}

function byTopicAndPartition(a: GroupPartition, b: GroupPartition): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1
  return a.partition - b.partition
}
