import { onceAborted } from '../../platform/abort-listeners.ts'
import { sleep, throwIfAborted, type Signals } from '../cancellation.ts'
import type { ClientCore } from '../client-core.ts'
import { ClientError } from '../client-error.ts'
import type { CommittedOffset } from '../group/committed-offsets.ts'
import type { ConsumerGroupMetadata } from '../group/consumer-group-metadata.ts'
import { GroupCoordinator } from '../coordinator.ts'
import { OffsetSpec } from '../list-offsets.ts'
import type { TopicPartition } from '../topic-partition.ts'
import { AssignedPartitions } from './assigned-partitions.ts'
import { BackgroundTask } from './background-task.ts'
import { ConsumerGroup } from './consumer-group.ts'
import {
  consumerSettings,
  type ConsumerOptions,
  type ConsumerSettings,
} from './consumer-options.ts'
import type { ConsumerRecord } from './consumer-record.ts'
import { Fetcher } from './fetcher.ts'
import { GroupOffsets } from './group-offsets.ts'
import { Notifier } from './notifier.ts'
import { Positions } from './positions.ts'
import type { RebalanceListener } from './rebalance-listener.ts'

/** Options of a poll. */
export interface PollOptions {
  /**
   * The time to wait for records, in milliseconds. Default 1,000; 0 returns the records that are
   * already fetched.
   */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal | undefined
}

/**
 * Reads records: of chosen partitions ({@link assign}), or of topics whose partitions the members
 * of its group share ({@link subscribe}). As with Kafka's Java consumer, all work happens in {@link
 * poll}, so call it repeatedly.
 */
export class Consumer {
  readonly #core: ClientCore
  readonly #options: ConsumerSettings
  readonly #assigned = new AssignedPartitions()
  readonly #notifier = new Notifier()
  readonly #closing = new AbortController()
  readonly #fetcher: Fetcher
  readonly #positions: Positions
  readonly #positioning: BackgroundTask<void>
  readonly #group: ConsumerGroup | undefined
  readonly #groupOffsets: GroupOffsets | undefined
  readonly #coordinator: GroupCoordinator | undefined
  readonly #stopListening: () => void
  #isSubscribed = false
  #isPolling = false
  #closed: Promise<void> | undefined

  constructor(core: ClientCore, options: ConsumerOptions = {}) {
    this.#core = core
    this.#options = consumerSettings(options)
    const onChange = (): void => this.#notifier.notify()
    this.#fetcher = new Fetcher(core, this.#options, this.#assigned, onChange)
    this.#positioning = new BackgroundTask(onChange)
    const { groupId, autoCommitIntervalMs } = this.#options
    if (groupId !== undefined) {
      const coordinator = new GroupCoordinator(core, groupId, core.newChannel('group'))
      this.#coordinator = coordinator
      this.#groupOffsets = new GroupOffsets(
        core,
        coordinator,
        this.#assigned,
        autoCommitIntervalMs,
        () => (this.#isSubscribed ? this.#group?.member : undefined),
      )
      this.#group = new ConsumerGroup(
        core,
        { ...this.#options, groupId },
        this.#assigned,
        coordinator,
        this.#groupOffsets,
        onChange,
        this.#closing.signal,
      )
    }
    this.#positions = new Positions(core, this.#options, this.#assigned, this.#groupOffsets)
    this.#stopListening = onceAborted(core.closing, () => this.#release())
  }

  /** The assigned partitions. */
  get assignment(): TopicPartition[] {
    return Array.from(this.#assigned, ({ topic, partition }) => ({ topic, partition }))
  }

  /**
   * The identity of this consumer in its group. A transactional producer commits offsets with it.
   */
  get groupMetadata(): ConsumerGroupMetadata {
    return this.#requireGroup().group.metadata
  }

  /**
   * Subscribes to topics. The members of the group share their partitions. Replaces the previous
   * subscription or assignment.
   */
  subscribe(topics: readonly string[], listener: RebalanceListener = {}): void {
    this.#checkOpen()
    const { group } = this.#requireGroup()
    if (!this.#isSubscribed) this.#assigned.assign([])
    this.#isSubscribed = true
    group.subscribe(topics, listener)
    this.#notifier.notify()
  }

  /**
   * Assigns partitions without group membership. Replaces the previous subscription or assignment.
   */
  assign(partitions: readonly TopicPartition[]): void {
    this.#checkOpen()
    if (this.#isSubscribed) {
      const message = 'assign and subscribe exclude each other: unsubscribe first'
      throw new ClientError('INVALID_ARGUMENT', message)
    }
    this.#assigned.assign(partitions)
    this.#notifier.notify()
  }

  /** Revokes all partitions, and leaves the group. */
  async unsubscribe({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    this.#checkOpen()
    if (this.#isSubscribed) await this.#leave('the consumer unsubscribed from all topics', [signal])
    this.#isSubscribed = false
    this.#assigned.assign([])
  }

  /**
   * Returns the next records, in order for each partition; an empty array if none arrive in time.
   *
   * @throws ClientError `NO_OFFSET`, `UNKNOWN_TOPIC`, `ABORTED`, `CLOSED` and others; BrokerError
   * if a broker returns an error that cannot be retried
   */
  async poll({ timeoutMs = 1_000, signal }: PollOptions = {}): Promise<ConsumerRecord[]> {
    this.#checkOpen()
    if (this.#isPolling)
      throw new ClientError('INVALID_ARGUMENT', 'another poll is running: await it first')
    this.#isPolling = true
    const { clock } = this.#core.settings
    const untilMs = clock.now() + timeoutMs
    const signals = [this.#closing.signal, signal]
    try {
      for (;;) {
        throwIfAborted(signals)
        const records = await this.#step(signals)
        if (records.length > 0 || clock.now() >= untilMs) return records
        await this.#notifier.wait(clock, untilMs, signals)
      }
    } finally {
      this.#isPolling = false
    }
  }

  /** Returns the next offset to read; `undefined` until it is known. */
  position(partition: TopicPartition): number | undefined {
    return this.#assigned.get(partition).position?.offset
  }

  /**
   * Returns the number of offsets between the position and the high watermark (with
   * `read_committed`: the last stable offset) in the last response of the leader; `undefined`
   * before the first one.
   */
  currentLag(partition: TopicPartition): number | undefined {
    const { position, highWatermark, lastStableOffset } = this.#assigned.get(partition)
    const isCommitted = this.#options.isolationLevel === 'read_committed'
    const end = isCommitted ? lastStableOffset : highWatermark
    if (position === undefined || end === undefined) return undefined
    return Math.max(0, end - position.offset)
  }

  /** Continues at another offset. */
  seek(partition: TopicPartition, offset: number): void {
    const assigned = this.#assigned.get(partition)
    assigned.position = { offset, leaderEpoch: -1 }
    assigned.resetTimestamp = undefined
    this.#notifier.notify()
  }

  /** Continues at the first record. */
  seekToBeginning(partitions: readonly TopicPartition[] = this.assignment): void {
    this.#seekTo(partitions, OffsetSpec.Earliest)
  }

  /** Continues at the end. */
  seekToEnd(partitions: readonly TopicPartition[] = this.assignment): void {
    this.#seekTo(partitions, OffsetSpec.Latest)
  }

  /** Stops returning records of these partitions until {@link resume}. */
  pause(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#assigned.get(partition).isPaused = true
  }

  /** Returns records of paused partitions again. */
  resume(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#assigned.get(partition).isPaused = false
    this.#notifier.notify()
  }

  /**
   * Commits offsets: for each partition the next one to read. Default: the positions of all
   * partitions, which are after all records that poll has returned.
   *
   * @throws BrokerError `REBALANCE_IN_PROGRESS`: poll until the rebalance is over, then commit
   * again; ClientError `COMMIT_FAILED` when others own the partitions
   */
  async commit(
    offsets?: readonly CommittedOffset[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    await this.#requireGroup().offsets.commit([this.#closing.signal, signal], offsets)
  }

  /** Returns the committed offsets of the group. Partitions without one are omitted. */
  committed(
    partitions: readonly TopicPartition[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<CommittedOffset[]> {
    return this.#requireGroup().offsets.committed(partitions, [this.#closing.signal, signal])
  }

  /**
   * Commits if `autoCommit` is set, leaves the group, and closes. Commit and leave are cancelled
   * after `timeoutMs`.
   */
  close({ timeoutMs = 30_000 }: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#closed ??= this.#close(timeoutMs)
    return this.#closed
  }

  /** Does everything that needs no wait for brokers. */
  async #step(signals: Signals): Promise<ConsumerRecord[]> {
    const group = this.#isSubscribed ? this.#group : undefined
    const isStable = (await group?.update(signals)) ?? true
    this.#positioning.take()
    if (this.#positions.areMissing && this.#positioning.isIdle)
      this.#positioning.start(() => this.#positions.find([this.#closing.signal]))
    // During a rebalance, a commit would wait behind JoinGroup, and arrive too late for its
    // generation.
    if (this.#options.autoCommit && isStable) this.#groupOffsets?.autoCommit([this.#closing.signal])
    const records = this.#fetcher.take(this.#options.maxPollRecords)
    this.#fetcher.sendFetches()
    return records
  }

  #seekTo(partitions: readonly TopicPartition[], timestamp: number): void {
    for (const partition of partitions) this.#assigned.get(partition).resetTimestamp = timestamp
    this.#notifier.notify()
  }

  async #close(timeoutMs: number): Promise<void> {
    if (this.#closing.signal.aborted) return
    const timeout = new AbortController()
    const finished = new AbortController()
    const { clock } = this.#core.settings
    const timer = sleep(clock, timeoutMs, [finished.signal]).then(
      () => timeout.abort(),
      () => {},
    )
    // Ends the current poll. Commit and LeaveGroup are sent after it.
    this.#closing.abort(closedError())
    try {
      const signals = [this.#core.closing, timeout.signal]
      if (this.#options.autoCommit) await this.#groupOffsets?.commitQuietly(signals)
      if (this.#isSubscribed) await this.#leave('the consumer is being closed', signals)
    } catch {
      // If leaving failed, the broker removes the member after its session timeout.
    } finally {
      finished.abort()
      this.#release()
    }
    await timer
  }

  async #leave(reason: string, signals: Signals): Promise<void> {
    const all = [this.#core.closing, ...signals]
    await this.#group?.leave(reason, all)
  }

  #release(): void {
    this.#stopListening()
    this.#closing.abort(closedError())
    this.#group?.member.close()
    this.#fetcher.close()
    this.#coordinator?.close()
  }

  #requireGroup(): { group: ConsumerGroup; offsets: GroupOffsets } {
    const [group, offsets] = [this.#group, this.#groupOffsets]
    if (group !== undefined && offsets !== undefined) return { group, offsets }
    throw new ClientError('INVALID_ARGUMENT', 'set groupId to subscribe and to commit')
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted) throw closedError()
  }
}

function closedError(): ClientError {
  return new ClientError('CLOSED', 'the consumer was closed')
}
