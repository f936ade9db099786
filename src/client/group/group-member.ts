import type { Timer } from '../../platform/clock.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import { Heartbeat, JoinGroup, LeaveGroup, SyncGroup } from '../../protocol/messages/index.ts'
import type { ResponseOf } from '../../protocol/schema/index.ts'
import type { Signals } from '../cancellation.ts'
import type { ClientCore } from '../client-core.ts'
import { isBrokerError, isRetriableError, type ClientError } from '../client-error.ts'
import { retry } from '../retry.ts'
import type { GroupCoordinator } from '../coordinator.ts'
import type { GroupMemberOptions, GroupProtocol, JoinedGeneration } from './group-protocol.ts'

const NO_GENERATION = -1
const NO_MEMBER = ''
/**
 * JoinGroup and SyncGroup are answered when all members have joined. As in Kafka's clients, their
 * timeout is this much longer.
 */
const JOIN_GRACE_MS = 5_000

/** The reason why a member is no longer in its generation. */
export type MembershipChange =
  /** The group rebalances; the member still owns what it was assigned. */
  | 'rebalance'
  /** The member was removed, or its generation is over; others may own its partitions. */
  | 'lost'

type JoinResponse = ResponseOf<typeof JoinGroup>

/**
 * A member of a classic group: joins, sends heartbeats between rebalances, and leaves. Follows
 * Kafka's `AbstractCoordinator`.
 */
export class GroupMember {
  readonly #core: ClientCore
  readonly #options: GroupMemberOptions
  readonly #protocol: GroupProtocol
  readonly #coordinator: GroupCoordinator
  readonly #onChange: () => void
  #memberId = NO_MEMBER
  #generationId = NO_GENERATION
  #isJoining = false
  #change: MembershipChange | undefined
  #failure: ClientError | undefined
  #heartbeat: Timer | undefined
  #heartbeatAtMs = 0
  #polledAtMs = 0

  /** @param onChange called when {@link change} or {@link failure} is set by a heartbeat */
  constructor(
    core: ClientCore,
    coordinator: GroupCoordinator,
    protocol: GroupProtocol,
    options: GroupMemberOptions,
    onChange: () => void,
  ) {
    this.#core = core
    this.#coordinator = coordinator
    this.#protocol = protocol
    this.#options = options
    this.#onChange = onChange
  }

  /** The identity of this member in requests. */
  get identity(): {
    readonly groupId: string
    readonly generationId: number
    readonly memberId: string
    readonly groupInstanceId: string | null
  } {
    const { groupId, groupInstanceId } = this.#options
    return { groupId, generationId: this.#generationId, memberId: this.#memberId, groupInstanceId }
  }

  /** Whether it is in a generation. */
  get isJoined(): boolean {
    return this.#generationId !== NO_GENERATION
  }

  /** Whether it waits for its next generation. */
  get isJoining(): boolean {
    return this.#isJoining
  }

  /** Set when the member has to join again. */
  get change(): MembershipChange | undefined {
    return this.#change
  }

  /**
   * Set when the member can do nothing any more, such as after its instance id was taken by another
   * one.
   */
  get failure(): ClientError | undefined {
    return this.#failure
  }

  /**
   * Records that the application is alive. Without this call the member leaves after
   * `rebalanceTimeoutMs`.
   */
  notePoll(): void {
    this.#polledAtMs = this.#core.settings.clock.now()
  }

  /** Makes the member join again, such as after a change of its subscription. */
  requestRejoin(): void {
    this.#change ??= 'rebalance'
  }

  /** Joins the next generation of the group. Resolves when the rebalance is complete. */
  async join(signals: Signals): Promise<JoinedGeneration> {
    this.#stopHeartbeats()
    const { settings } = this.#core
    this.#isJoining = true
    try {
      const joined = await retry(settings, signals, () => this.#joinUntilStable(signals), Infinity)
      this.#heartbeatAtMs = settings.clock.now()
      this.#scheduleHeartbeat(this.#options.heartbeatIntervalMs)
      return joined
    } finally {
      this.#isJoining = false
    }
  }

  /**
   * Handles an error of a request with a generation, such as OffsetCommit. Returns the resulting
   * change of the member, if any.
   */
  onGroupError(errorCode: number, generationId: number): MembershipChange | undefined {
    // The error concerns an earlier generation.
    if (generationId !== this.#generationId) return 'rebalance'
    switch (errorCode) {
      case ErrorCode.RebalanceInProgress:
        this.#change ??= 'rebalance'
        return 'rebalance'
      case ErrorCode.UnknownMemberId:
        this.#reset(NO_MEMBER)
        return 'lost'
      case ErrorCode.IllegalGeneration:
        this.#reset(this.#memberId)
        return 'lost'
    }
    return undefined
  }

  /**
   * Leaves, so that the others need not wait for the session to time out. Static members stay
   * (KIP-345).
   */
  async leave(reason: string, signals: Signals): Promise<void> {
    this.#stopHeartbeats()
    const { groupId, memberId } = this.identity
    const isStatic = this.#options.groupInstanceId !== null
    this.#reset(NO_MEMBER)
    if (memberId === NO_MEMBER || isStatic) return
    const request = { groupId, memberId, members: [{ memberId, reason }] }
    const response = await this.#coordinator.send(LeaveGroup, request, {}, signals)
    this.#coordinator.check(response.errorCode, `leaving group ${groupId}`)
  }

  /** Stops the heartbeats. */
  close(): void {
    this.#stopHeartbeats()
  }

  async #joinUntilStable(signals: Signals): Promise<JoinedGeneration> {
    for (;;) {
      try {
        const joined = await this.#join(signals)
        return await this.#sync(joined, await this.#assignments(joined), signals)
      } catch (error) {
        // As in Kafka, these errors are retried without a delay.
        const isAgain =
          isBrokerError(error, ErrorCode.MemberIdRequired) ||
          (isBrokerError(error, ...rejoinErrors) &&
            this.onGroupError(error.errorCode, this.#generationId))
        if (!isAgain) throw error
      }
    }
  }

  async #join(signals: Signals): Promise<JoinResponse> {
    const { groupId, groupInstanceId, sessionTimeoutMs, rebalanceTimeoutMs } = this.#options
    const request = {
      groupId,
      groupInstanceId,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      memberId: this.#memberId,
      protocolType: this.#protocol.type,
      protocols: this.#protocol.candidates().map((each) => ({ ...each })),
    }
    // A subscription that changes after this point needs another rebalance.
    this.#change = undefined
    const options = { timeoutMs: this.#joinTimeoutMs }
    const response = await this.#coordinator.send(JoinGroup, request, options, signals)
    const { errorCode } = response
    if (errorCode === ErrorCode.MemberIdRequired) this.#memberId = response.memberId
    this.#coordinator.check(errorCode, `joining group ${groupId}`)
    this.#memberId = response.memberId
    this.#generationId = response.generationId
    return response
  }

  async #assignments(
    joined: JoinResponse,
  ): Promise<{ memberId: string; assignment: Uint8Array }[]> {
    // A static leader that joins again must keep the assignment (KIP-814).
    if (joined.leader !== joined.memberId || joined.skipAssignment) return []
    const assignments = await this.#protocol.assign(joined.protocolName ?? '', joined.members)
    return Array.from(assignments, ([memberId, assignment]) => ({ memberId, assignment }))
  }

  async #sync(
    joined: JoinResponse,
    assignments: { memberId: string; assignment: Uint8Array }[],
    signals: Signals,
  ): Promise<JoinedGeneration> {
    const { generationId, memberId } = joined
    const protocolName = joined.protocolName ?? ''
    const request = {
      ...this.identity,
      protocolType: this.#protocol.type,
      protocolName,
      assignments,
    }
    const options = { timeoutMs: this.#joinTimeoutMs }
    const response = await this.#coordinator.send(SyncGroup, request, options, signals)
    this.#coordinator.check(response.errorCode, `the assignment of group ${request.groupId}`)
    const isLeader = joined.leader === memberId
    const { assignment } = response
    return { generationId, memberId, protocolName, isLeader, assignment }
  }

  get #joinTimeoutMs(): number {
    const { requestTimeoutMs } = this.#core.settings
    return Math.max(requestTimeoutMs, this.#options.rebalanceTimeoutMs + JOIN_GRACE_MS)
  }

  #scheduleHeartbeat(delayMs: number): void {
    this.#stopHeartbeats()
    if (this.#core.closing.aborted) return
    const timer = this.#core.settings.clock.schedule(delayMs, () => void this.#beat(timer))
    this.#heartbeat = timer
  }

  #stopHeartbeats(): void {
    this.#heartbeat?.cancel()
    this.#heartbeat = undefined
  }

  /** Sends one heartbeat, and schedules the next unless heartbeats were stopped meanwhile. */
  async #beat(timer: Timer): Promise<void> {
    const { clock, retryBackoffMs } = this.#core.settings
    const { heartbeatIntervalMs, rebalanceTimeoutMs, sessionTimeoutMs } = this.#options
    if (clock.now() - this.#polledAtMs > rebalanceTimeoutMs) {
      await this.leave('consumer poll timeout has expired.', []).catch(() => {})
      this.#onChange()
      return
    }
    let delayMs = heartbeatIntervalMs
    try {
      if (clock.now() - this.#heartbeatAtMs > sessionTimeoutMs) this.#coordinator.forget()
      const signals = [this.#core.closing]
      const response = await this.#coordinator.send(Heartbeat, this.identity, {}, signals)
      if (timer !== this.#heartbeat) return
      this.#coordinator.check(response.errorCode, `heartbeat of group ${this.#options.groupId}`)
      this.#heartbeatAtMs = clock.now()
    } catch (error) {
      if (timer !== this.#heartbeat) return
      delayMs = retryBackoffMs
      if (!this.#onHeartbeatError(error)) return
      if (isBrokerError(error, ErrorCode.RebalanceInProgress)) delayMs = heartbeatIntervalMs
    }
    this.#scheduleHeartbeat(delayMs)
  }

  /** Handles an error of a heartbeat. Returns whether heartbeats continue. */
  #onHeartbeatError(error: unknown): boolean {
    const change = isBrokerError(error, ...rejoinErrors)
      ? this.onGroupError(error.errorCode, this.#generationId)
      : undefined
    if (change === undefined && isRetriableError(error)) return true
    if (change === undefined) this.#failure = error as ClientError
    this.#onChange()
    return change === 'rebalance'
  }

  #reset(memberId: string): void {
    this.#memberId = memberId
    this.#generationId = NO_GENERATION
    this.#change = 'lost'
  }
}

const rejoinErrors = [
  ErrorCode.RebalanceInProgress,
  ErrorCode.UnknownMemberId,
  ErrorCode.IllegalGeneration,
]
