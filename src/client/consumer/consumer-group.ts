import { isRetriable } from '../../protocol/error-code.ts'
import type { Signals } from '../cancellation.ts'
import type { ClientCore } from '../client-core.ts'
import { check } from '../client-error.ts'
import type { GroupCoordinator } from '../coordinator.ts'
import type { ConsumerGroupMetadata } from '../group/consumer-group-metadata.ts'
import { GroupMember } from '../group/group-member.ts'
import type { JoinedGeneration } from '../group/group-protocol.ts'
import { retry } from '../retry.ts'
import { nameOf, type TopicPartition } from '../topic-partition.ts'
import type { AssignedPartitions } from './assigned-partitions.ts'
import { BackgroundTask } from './background-task.ts'
import type { ConsumerSettings } from './consumer-options.ts'
import { ConsumerProtocol } from './consumer-protocol.ts'
import type { GroupOffsets } from './group-offsets.ts'
import type { RebalanceListener } from './rebalance-listener.ts'

/**
 * Keeps a consumer in its group: it joins if needed, revokes and adopts partitions, and calls the
 * listener. Follows Kafka's `ConsumerCoordinator`.
 */
export class ConsumerGroup {
  readonly member: GroupMember
  readonly #core: ClientCore
  readonly #options: ConsumerSettings
  readonly #assigned: AssignedPartitions
  readonly #offsets: GroupOffsets
  readonly #coordinator: GroupCoordinator
  readonly #protocol: ConsumerProtocol
  readonly #joining: BackgroundTask<JoinedGeneration>
  readonly #checking: BackgroundTask<ReadonlyMap<string, number>>
  readonly #closing: AbortSignal
  #metadata: ConsumerGroupMetadata
  #topics: readonly string[] = []
  #listener: RebalanceListener = {}
  #hasPrepared = false
  #isLeader = false
  /** On the leader: the topics of the last assignment. */
  #dividedTopics: readonly string[] = []
  #dividedCounts: ReadonlyMap<string, number> = new Map()
  #checkTopicsAtMs = 0

  /**
   * @param onChange called when the next {@link update} has work to do
   * @param closing aborted when the consumer closes
   */
  constructor(
    core: ClientCore,
    options: ConsumerSettings & { readonly groupId: string },
    assigned: AssignedPartitions,
    coordinator: GroupCoordinator,
    offsets: GroupOffsets,
    onChange: () => void,
    closing: AbortSignal,
  ) {
    this.#core = core
    this.#options = options
    this.#assigned = assigned
    this.#coordinator = coordinator
    this.#offsets = offsets
    this.#closing = closing
    this.#metadata = { groupId: options.groupId, groupInstanceId: options.groupInstanceId }
    this.#joining = new BackgroundTask(onChange)
    this.#checking = new BackgroundTask(onChange)
    this.#protocol = new ConsumerProtocol(
      options.assignors,
      () => ({
        topics: this.#topics,
        owned: [...assigned],
        generationId: this.member.identity.generationId,
      }),
      (topics) => this.#divide(topics),
    )
    const memberOptions = { ...options, rebalanceTimeoutMs: options.maxPollIntervalMs }
    this.member = new GroupMember(core, coordinator, this.#protocol, memberOptions, onChange)
  }

  /**
   * The identity with which the current assignment was adopted. It stays after the member has lost
   * its generation: otherwise offsets of lost partitions could be committed as those of no member.
   */
  get metadata(): ConsumerGroupMetadata {
    return this.#metadata
  }

  get topics(): readonly string[] {
    return this.#topics
  }

  /** Changes the subscription; it takes effect with the next {@link update}. */
  subscribe(topics: readonly string[], listener: RebalanceListener): void {
    this.#topics = [...new Set(topics)].sort()
    this.#listener = listener
    this.member.requestRejoin()
  }

  /**
   * Joins the group if needed. Returns whether the consumer has its partitions.
   *
   * @throws ClientError if the member cannot continue, and errors of the listener
   */
  async update(signals: Signals): Promise<boolean> {
    const { member } = this
    member.notePoll()
    if (member.failure !== undefined) throw member.failure
    this.#checkTopics()
    if (this.#joining.isIdle) {
      if (member.isJoined && member.change === undefined) return true
      if (!this.#hasPrepared) {
        // Set before the wait, so that the next poll does not do it again.
        this.#hasPrepared = true
        await this.#prepare(signals)
      }
      this.#joining.start(() => member.join([this.#core.closing, this.#closing]))
    }
    const joined = this.#joining.take()
    if (joined === undefined) return false
    this.#hasPrepared = false
    await this.#take(joined.value)
    return member.change === undefined
  }

  /** Revokes all partitions and leaves the group. */
  async leave(reason: string, signals: Signals): Promise<void> {
    const owned = toPartitions(this.#assigned)
    if (owned.length > 0) await this.#release(owned, this.member.change === 'lost')
    this.#assigned.assign([])
    this.#topics = []
    this.#hasPrepared = false
    if (!this.#joining.isIdle) {
      // LeaveGroup would wait for the response to JoinGroup on the same connection.
      this.#joining.discard()
      this.#coordinator.close()
    }
    await this.member.leave(reason, signals)
  }

  /** Commits before a rebalance, and revokes what is not kept during it. */
  async #prepare(signals: Signals): Promise<void> {
    const owned = toPartitions(this.#assigned)
    const isLost = this.member.change === 'lost'
    if (this.#options.autoCommit && !isLost) await this.#offsets.commitQuietly(signals)
    const isKept = ({ topic }: TopicPartition): boolean =>
      !isLost && this.#protocol.isCooperative && this.#topics.includes(topic)
    const released = owned.filter((partition) => !isKept(partition))
    try {
      if (released.length > 0) await this.#release(released, isLost)
    } finally {
      this.#assigned.assign(owned.filter(isKept))
    }
  }

  /** Adopts the assignment after a rebalance. */
  async #take(joined: JoinedGeneration): Promise<void> {
    const { generationId, memberId } = joined
    this.#metadata = { ...this.#metadata, generationId, memberId }
    this.#isLeader = joined.isLeader
    this.#scheduleCheck()
    const owned = toPartitions(this.#assigned)
    const assigned = this.#protocol.decode(joined.assignment)
    const added = without(assigned, owned)
    const released = without(owned, assigned)
    if (released.length > 0) {
      if (this.#options.autoCommit) await this.#offsets.commitQuietly([this.#closing])
      await this.#release(released, false)
      // With the cooperative protocol, others wait for these partitions.
      this.member.requestRejoin()
    }
    this.#assigned.assign(assigned)
    await this.#listener.onAssigned?.(added)
  }

  async #release(partitions: readonly TopicPartition[], areLost: boolean): Promise<void> {
    const listener = this.#listener
    if (areLost && listener.onLost) await listener.onLost(partitions)
    else await listener.onRevoked?.(partitions)
  }

  /** Returns the partition counts of the topics that exist, for the assignment. */
  async #divide(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    this.#dividedTopics = topics
    this.#dividedCounts = await this.#partitionCounts(topics)
    return this.#dividedCounts
  }

  async #partitionCounts(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const { metadata, settings } = this.#core
    const { allowAutoTopicCreation } = this.#options
    const signals = [this.#core.closing, this.#closing]
    const response = await retry(settings, signals, async () => {
      const answer = await metadata.fetch(topics, signals, allowAutoTopicCreation)
      for (const { name, errorCode, partitions } of answer.topics) {
        // A topic that is being created is added later, by the check for new partitions.
        if (partitions.length === 0 && !isRetriable(errorCode)) check(errorCode, `topic ${name}`)
      }
      return answer
    })
    return new Map(
      response.topics
        .filter(({ partitions }) => partitions.length > 0)
        .map(({ name, partitions }) => [name!, partitions.length]),
    )
  }

  /** The leader joins again when topics were created or have grown. */
  #checkTopics(): void {
    const counts = this.#checking.take()?.value
    if (counts !== undefined) {
      this.#scheduleCheck()
      const topics = [...new Set([...counts.keys(), ...this.#dividedCounts.keys()])]
      if (topics.some((topic) => counts.get(topic) !== this.#dividedCounts.get(topic)))
        this.member.requestRejoin()
    }
    if (!this.#isLeader || !this.member.isJoined || this.member.change !== undefined) return
    if (!this.#checking.isIdle || this.#core.settings.clock.now() < this.#checkTopicsAtMs) return
    this.#checking.start(() => this.#partitionCounts(this.#dividedTopics))
  }

  #scheduleCheck(): void {
    const { clock, metadataMaxAgeMs, retryBackoffMaxMs } = this.#core.settings
    const isComplete = this.#dividedTopics.every((topic) => this.#dividedCounts.has(topic))
    this.#checkTopicsAtMs = clock.now() + (isComplete ? metadataMaxAgeMs : retryBackoffMaxMs)
  }
}

function toPartitions(partitions: Iterable<TopicPartition>): TopicPartition[] {
  return Array.from(partitions, ({ topic, partition }) => ({ topic, partition }))
}

function without(
  all: readonly TopicPartition[],
  some: readonly TopicPartition[],
): TopicPartition[] {
  const names = new Set(some.map(nameOf))
  return all.filter((partition) => !names.has(nameOf(partition)))
}
