import { ErrorCode } from '../../protocol/error-code.ts'
import type { Signals } from '../cancellation.ts'
import type { ClientCore } from '../client-core.ts'
import { check, ClientError, isBrokerError } from '../client-error.ts'
import {
  commitOffsets,
  fetchCommittedOffsets,
  isGenerationError,
  type CommittedOffset,
} from '../group/committed-offsets.ts'
import type { GroupCoordinator } from '../coordinator.ts'
import type { GroupMember } from '../group/group-member.ts'
import { retry } from '../retry.ts'
import type { TopicPartition } from '../topic-partition.ts'
import type { AssignedPartitions } from './assigned-partitions.ts'

/** The committed offsets of a consumer's group. */
export class GroupOffsets {
  readonly #core: ClientCore
  readonly #coordinator: GroupCoordinator
  readonly #assigned: AssignedPartitions
  readonly #autoCommitIntervalMs: number
  readonly #member: () => GroupMember | undefined
  #autoCommitAtMs: number
  #isCommitting = false

  /**
   * @param member returns the member while the consumer subscribes; `undefined` while it has
   * assigned its partitions itself
   */
  constructor(
    core: ClientCore,
    coordinator: GroupCoordinator,
    assigned: AssignedPartitions,
    autoCommitIntervalMs: number,
    member: () => GroupMember | undefined,
  ) {
    this.#core = core
    this.#coordinator = coordinator
    this.#assigned = assigned
    this.#autoCommitIntervalMs = autoCommitIntervalMs
    this.#member = member
    this.#autoCommitAtMs = core.settings.clock.now() + autoCommitIntervalMs
  }

  /** Returns the committed offsets. Partitions without one are omitted. */
  committed(partitions: readonly TopicPartition[], signals: Signals): Promise<CommittedOffset[]> {
    return fetchCommittedOffsets(this.#coordinator, this.#core.settings, partitions, signals)
  }

  /**
   * Commits offsets, by default the positions of all partitions.
   *
   * @throws BrokerError `REBALANCE_IN_PROGRESS`: poll until the rebalance is over, then commit
   * again; ClientError `COMMIT_FAILED` when the member has lost its partitions
   */
  async commit(
    signals: Signals,
    offsets: readonly CommittedOffset[] = this.#positions(),
  ): Promise<void> {
    const member = this.#member()
    // JoinGroup blocks later requests of the connection: the commit would come too late for its
    // generation.
    if (member?.isJoining)
      check(ErrorCode.RebalanceInProgress, `committing group ${this.#coordinator.groupId}`)
    if (member !== undefined && !member.isJoined) throw commitFailed()
    const identity = member?.identity
    try {
      await retry(this.#core.settings, signals, () =>
        commitOffsets(this.#coordinator, offsets, signals, identity),
      )
    } catch (error) {
      if (!isGenerationError(error)) throw error
      if (member === undefined || identity === undefined) throw error
      member.onGroupError(error.errorCode, identity.generationId)
      throw isBrokerError(error, ErrorCode.RebalanceInProgress) ? error : commitFailed(error)
    }
  }

  /**
   * Commits the positions. Ignores a failure, because the next commit or the next owner corrects
   * it.
   */
  async commitQuietly(signals: Signals): Promise<void> {
    await this.commit(signals).catch(() => {})
  }

  /** Commits the positions in the background when `autoCommitIntervalMs` has passed. */
  autoCommit(signals: Signals): void {
    const { clock } = this.#core.settings
    if (this.#isCommitting || clock.now() < this.#autoCommitAtMs) return
    this.#autoCommitAtMs = clock.now() + this.#autoCommitIntervalMs
    this.#isCommitting = true
    void this.commitQuietly(signals).finally(() => (this.#isCommitting = false))
  }

  #positions(): CommittedOffset[] {
    const offsets: CommittedOffset[] = []
    for (const { topic, partition, position } of this.#assigned)
      if (position !== undefined) offsets.push({ topic, partition, ...position })
    return offsets
  }
}

function commitFailed(cause?: unknown): ClientError {
  return new ClientError(
    'COMMIT_FAILED',
    'the offsets were not committed: the group has rebalanced and given the partitions to other members',
    { cause, advice: 'Poll more often, or raise maxPollIntervalMs or lower maxPollRecords.' },
  )
}
