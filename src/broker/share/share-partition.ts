import type { AbortedTransaction } from '../../log/log-types.ts'
import type { Clock } from '../../platform/clock.ts'
import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import { withoutAborted } from './aborted-records.ts'
import { acknowledge } from './acknowledge.ts'
import type { AcknowledgementBatch } from './acknowledgement.ts'
import { acquire } from './acquire.ts'
import type { AcquireRequest } from './acquire-request.ts'
import { NOTHING_ACQUIRED, type Acquisition } from './acquired-records.ts'
import { AcquisitionLock } from './acquisition-lock.ts'
import { moveStartToLogStart } from './archive.ts'
import type { DeadLetters } from './dead-letters.ts'
import type { FetchedBatches } from './fetched-batches.ts'
import { InFlightRecords } from './in-flight-records.ts'
import { loadInFlight } from './load-in-flight.ts'
import { releaseExpired } from './lock-timeout.ts'
import { RecordState } from './record-state.ts'
import { releaseMember } from './release.ts'
import type { ShareContext } from './share-context.ts'
import type { ShareGroupConfig } from './share-group-config.ts'
import { nameOf, type SharePartitionId } from './share-partition-id.ts'
import { ShareStateStore, type StatePersister } from './share-state-store.ts'
import { commitTransitions, rollBackTransitions, type Transition } from './transition.ts'

/** The start offset of a stored state without one. */
const NO_START_OFFSET = -1

export interface SharePartitionOptions {
  readonly id: SharePartitionId
  readonly leaderEpoch: number
  readonly persister: StatePersister
  readonly clock: Clock
  readonly deadLetters: DeadLetters
  /** Returns the configs of the group. */
  readonly config: () => SharePartitionConfig
  /** Returns the offset at which a group without a stored offset begins. */
  readonly initialOffset: () => number | ApiError
}

/** The configs of a group that its share partitions use. */
export type SharePartitionConfig = Pick<
  ShareGroupConfig,
  'lockDurationMs' | 'maxInFlightRecords' | 'canRenewLocks' | 'rules'
>

/** `failed` and `fenced` are final: the leader creates another object for the next request. */
type Status = 'empty' | 'initializing' | 'active' | 'failed' | 'fenced'

/**
 * The delivery of one partition to the members of one share group, at the leader of the partition
 * (Kafka's `SharePartition`). A change of records takes effect when the share coordinator has
 * stored it; acquisitions are not stored. Kafka has a fetch lock, because it reads the log on
 * several threads. Here a fetch reads and acquires in one turn.
 */
export class SharePartition {
  readonly id: SharePartitionId
  readonly leaderEpoch: number
  readonly #options: SharePartitionOptions
  readonly #store: ShareStateStore
  readonly #watchers = new Set<() => void>()
  #status: Status = 'empty'
  #inFlight = new InFlightRecords(0)

  constructor(options: SharePartitionOptions) {
    this.id = options.id
    this.leaderEpoch = options.leaderEpoch
    this.#options = options
    this.#store = new ShareStateStore(options.persister, options.id, options.leaderEpoch)
  }

  /** The first offset that is not completely delivered; `undefined` unless it is loaded. */
  get startOffset(): number | undefined {
    return this.#status === 'active' ? this.#inFlight.startOffset : undefined
  }

  /** The records in flight, for inspection. */
  get inFlight(): InFlightRecords {
    return this.#inFlight
  }

  /**
   * Loads the state at the first call. Returns an error while it is being loaded: the fetch waits
   * until the partition notifies it.
   */
  initialize(): Promise<ApiError | undefined> | ApiError | undefined {
    switch (this.#status) {
      case 'active':
        return undefined
      case 'initializing':
      case 'fenced':
        return ApiError.of(ErrorCode.LeaderNotAvailable)
      case 'failed':
        return new ApiError(
          ErrorCode.UnknownServerError,
          `Share partition failed to load ${nameOf(this.id)}`,
        )
      case 'empty':
        this.#status = 'initializing'
        return this.#load()
    }
  }

  /** Returns the offset to read if records can be acquired. */
  nextFetchOffset(): number | undefined {
    if (this.#status !== 'active') return undefined
    const offset = this.#inFlight.nextFetchOffset()
    const { maxInFlightRecords } = this.#options.config()
    return this.#inFlight.canAcquire(offset, maxInFlightRecords) ? offset : undefined
  }

  /** The offset after the records in flight. */
  get nextNewOffset(): number {
    const { batches, endOffset } = this.#inFlight
    return batches.size === 0 ? endOffset : endOffset + 1
  }

  /**
   * Acquires fetched records for a member.
   *
   * @param abortedTransactions those of the fetched records if only committed records are delivered
   */
  acquire(
    request: AcquireRequest,
    fetched: FetchedBatches,
    abortedTransactions: readonly AbortedTransaction[] | null,
  ): Acquisition {
    if (this.#status !== 'active' || request.maxRecords <= 0) return NOTHING_ACQUIRED
    const acquisition = acquire(this.#inFlight, request, fetched, this.#context())
    return withoutAborted(this.#inFlight, acquisition, fetched, abortedTransactions)
  }

  /** Acknowledges records of a member: all of them, or none and an error. */
  acknowledge(
    memberId: string,
    batches: readonly AcknowledgementBatch[],
  ): Promise<ApiError | undefined> | ApiError | undefined {
    const transitions: Transition[] = []
    const error = acknowledge(this.#inFlight, memberId, batches, this.#context(), transitions)
    if (error === undefined) return this.#settle(transitions)
    rollBackTransitions(this.#inFlight, transitions)
    return error
  }

  /** Releases all records that a member has acquired. */
  releaseMember(memberId: string): Promise<ApiError | undefined> | ApiError | undefined {
    const { rules } = this.#options.config()
    return this.#settle(releaseMember(this.#inFlight, memberId, rules))
  }

  /** Called when a read has found that the log starts at a later offset. */
  onLogStartMoved(logStartOffset: number): void {
    moveStartToLogStart(this.#inFlight, logStartOffset)
  }

  /** Called when this broker no longer serves the share partition. */
  fence(): void {
    this.#status = 'fenced'
    for (const { state, offsetStates = [] } of this.#inFlight.batches) {
      for (const { lock } of state === undefined ? offsetStates : [state]) lock?.cancel()
    }
    this.notify()
  }

  /** Calls back when records may be acquirable. */
  watch(watcher: () => void): void {
    this.#watchers.add(watcher)
  }

  unwatch(watcher: () => void): void {
    this.#watchers.delete(watcher)
  }

  /** Calls the watchers. */
  notify(): void {
    for (const watcher of this.#watchers) watcher()
  }

  async #load(): Promise<ApiError | undefined> {
    const stored = await this.#store.read()
    const error = stored instanceof ApiError ? stored : this.#begin(stored)
    if (this.#status === 'initializing') this.#status = error === undefined ? 'active' : 'failed'
    return error
  }

  #begin(stored: {
    startOffset: number
    stateBatches: readonly {
      firstOffset: number
      lastOffset: number
      deliveryState: number
      deliveryCount: number
    }[]
  }): ApiError | undefined {
    const startOffset =
      stored.startOffset === NO_START_OFFSET ? this.#options.initialOffset() : stored.startOffset
    if (startOffset instanceof ApiError) return startOffset
    const loaded = loadInFlight(startOffset, stored, this.#options.config().rules)
    if (loaded === undefined) return this.#store.invalidState()
    this.#inFlight = loaded.inFlight
    this.#writeDeadLetters(loaded.archiving)
    return undefined
  }

  #context(): ShareContext {
    const { rules, maxInFlightRecords, canRenewLocks, lockDurationMs } = this.#options.config()
    const { clock } = this.#options
    return {
      rules,
      maxInFlightRecords,
      canRenewLocks,
      lock: (memberId, firstOffset, lastOffset) =>
        new AcquisitionLock({ memberId, firstOffset, lastOffset }, clock, lockDurationMs, (lock) =>
          this.#onLockExpired(lock),
        ),
    }
  }

  /** Stores transitions, and completes them or takes them back. */
  #settle(transitions: readonly Transition[]): Promise<ApiError | undefined> | undefined {
    if (transitions.length === 0) return undefined
    return this.#complete(transitions)
  }

  async #complete(transitions: readonly Transition[]): Promise<ApiError | undefined> {
    const error = await this.#write(transitions)
    const inFlight = this.#inFlight
    if (error !== undefined) {
      if (rollBackTransitions(inFlight, transitions)) this.notify()
      return error
    }
    const hasAvailable = commitTransitions(inFlight, transitions)
    if (inFlight.advanceStart() || hasAvailable) this.notify()
    this.#writeDeadLetters(transitions)
    return undefined
  }

  #write(transitions: readonly Transition[]): Promise<ApiError | undefined> {
    return this.#store.write(
      this.#inFlight,
      transitions.map(({ stored }) => stored),
    )
  }

  #onLockExpired(lock: AcquisitionLock): void {
    // The next object loads these records as available.
    if (this.#status !== 'active') return
    const { rules } = this.#options.config()
    const released = releaseExpired(this.#inFlight, lock, rules)
    if (released.length === 0) return
    void this.#storeExpired(released)
    this.notify()
  }

  async #storeExpired(released: readonly Transition[]): Promise<void> {
    await this.#write(released)
    if (this.#inFlight.advanceStart()) this.notify()
    this.#writeDeadLetters(released)
  }

  /** Writes records to the dead-letter topic, and archives them whether that succeeds or not. */
  #writeDeadLetters(transitions: readonly Transition[]): void {
    for (const transition of transitions) {
      if (transition.cause !== undefined) void this.#writeDeadLetter(transition)
    }
  }

  async #writeDeadLetter({ state, stored, cause }: Transition): Promise<void> {
    const { firstOffset, lastOffset, deliveryCount } = stored
    const inFlight = this.#inFlight
    await this.#options.deadLetters.write({
      ...this.id,
      firstOffset,
      lastOffset,
      deliveryCount,
      cause: cause!,
    })
    state.archive()
    inFlight.deliveryCompleteCount += inFlight.countFromStart(firstOffset, lastOffset)
    await this.#store.write(inFlight, [{ ...stored, deliveryState: RecordState.Archived }])
    if (inFlight.advanceStart()) this.notify()
  }
}
