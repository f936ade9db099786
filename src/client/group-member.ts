import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../protocol/consumer-protocol.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import { Heartbeat, JoinGroup, LeaveGroup, SyncGroup } from '../protocol/messages/index.ts'
import type { ResponseOf } from '../protocol/schema/index.ts'
import type { BrokerConnection } from './broker-connection.ts'
import type { ClusterClient } from './cluster-client.ts'
import { commitOffsets } from './committed-offsets.ts'
import type { CommittedOffset } from './committed-offsets.ts'
import { check, BrokerError } from './client-error.ts'
import { assignRanges } from './range-assignor.ts'
import type { TopicPartition } from './topic-partition.ts'

const SESSION_TIMEOUT_MS = 45_000
const REBALANCE_TIMEOUT_MS = 60_000
const HEARTBEAT_INTERVAL_MS = 3_000
const PROTOCOL_TYPE = 'consumer'
const ASSIGNOR = 'range'

type JoinResponse = ResponseOf<typeof JoinGroup>

/** What a member does about an error of the group: these make it join again. */
const rejoinErrors: ReadonlySet<number> = new Set([
  ErrorCode.RebalanceInProgress,
  ErrorCode.IllegalGeneration,
  ErrorCode.UnknownMemberId,
])

/** A member of a classic consumer group with the range assignor. */
export class GroupMember {
  readonly #client: ClusterClient
  #coordinator: BrokerConnection
  readonly #groupId: string
  readonly #topics: readonly string[]
  #memberId = ''
  #generationId = -1
  #hasLeft = false

  static async open(
    client: ClusterClient,
    groupId: string,
    topics: readonly string[],
  ): Promise<GroupMember> {
    return new GroupMember(client, await client.coordinator(groupId), groupId, topics)
  }

  private constructor(
    client: ClusterClient,
    coordinator: BrokerConnection,
    groupId: string,
    topics: readonly string[],
  ) {
    this.#client = client
    this.#coordinator = coordinator
    this.#groupId = groupId
    this.#topics = topics
  }

  /** Joins the next generation and returns what is assigned to this member. */
  join(): Promise<TopicPartition[]> {
    return this.#client.retry(async () => {
      for (;;) {
        try {
          const joined = await this.#join()
          const assignments = joined.leader === joined.memberId ? await this.#assign(joined) : []
          return await this.#sync(joined, assignments)
        } catch (error) {
          if (this.#mustRejoin(error)) continue
          if (isAboutCoordinator(error)) await this.#findCoordinator()
          throw error
        }
      }
    })
  }

  /**
   * Resolves when the group rebalances, or when this member has left.
   *
   * @param onBeat called before each heartbeat, to commit what has been read so far
   */
  async heartbeat(onBeat: () => Promise<void>): Promise<void> {
    for (;;) {
      await this.#client.sleep(HEARTBEAT_INTERVAL_MS)
      if (this.#hasLeft) return
      await onBeat()
      const { errorCode } = await this.#coordinator.send(Heartbeat, this.#membership())
      const error = new BrokerError(errorCode, `heartbeat of group ${this.#groupId}`)
      if (errorCode === ErrorCode.None) continue
      if (!this.#mustRejoin(error)) throw error
      return
    }
  }

  /** Commits the next offset of each partition. A rebalance may have made it too late; then the next owner starts over. */
  async commit(positions: readonly CommittedOffset[]): Promise<void> {
    if (positions.length === 0) return
    const results = await commitOffsets(this.#coordinator, this.#membership(), positions)
    for (const { topic, partition, errorCode } of results) {
      if (!rejoinErrors.has(errorCode)) check(errorCode, `committing ${topic}-${partition}`)
    }
  }

  /** Leaves, so that the others need not wait for the session to time out. */
  async leave(): Promise<void> {
    this.#hasLeft = true
    if (this.#memberId === '' || this.#coordinator.isClosed) return
    const { groupId, memberId } = this.#membership()
    await this.#coordinator.send(LeaveGroup, { groupId, memberId, members: [{ memberId }] })
    this.#memberId = ''
  }

  async #join(): Promise<JoinResponse> {
    for (;;) {
      const response = await this.#coordinator.send(JoinGroup, {
        groupId: this.#groupId,
        sessionTimeoutMs: SESSION_TIMEOUT_MS,
        rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS,
        memberId: this.#memberId,
        protocolType: PROTOCOL_TYPE,
        protocols: [
          {
            name: ASSIGNOR,
            metadata: encodeSubscription(0, { topics: [...this.#topics], ownedPartitions: [] }),
          },
        ],
      })
      this.#memberId = response.memberId
      if (response.errorCode === ErrorCode.MemberIdRequired) continue
      check(response.errorCode, `joining group ${this.#groupId}`)
      this.#generationId = response.generationId
      return response
    }
  }

  async #assign({
    members,
  }: JoinResponse): Promise<{ memberId: string; assignment: Uint8Array }[]> {
    const subscriptions = new Map(
      members.map(({ memberId, metadata }) => [memberId, decodeSubscription(metadata).topics]),
    )
    const { topics } = await this.#client.metadata([...new Set([...subscriptions.values()].flat())])
    const counts = new Map(topics.map(({ name, partitions }) => [name ?? '', partitions.length]))
    return Array.from(assignRanges(subscriptions, counts), ([memberId, assigned]) => {
      const assignedPartitions = assigned.map(({ topic, partitions }) => ({
        topic,
        partitions: [...partitions],
      }))
      return { memberId, assignment: encodeAssignment(0, { assignedPartitions }) }
    })
  }

  async #sync(
    joined: JoinResponse,
    assignments: { memberId: string; assignment: Uint8Array }[],
  ): Promise<TopicPartition[]> {
    const { protocolName } = joined
    const request = {
      ...this.#membership(),
      protocolType: PROTOCOL_TYPE,
      protocolName,
      assignments,
    }
    const response = await this.#coordinator.send(SyncGroup, request)
    check(response.errorCode, `the assignment of group ${this.#groupId}`)
    if (response.assignment.length === 0) return []
    return decodeAssignment(response.assignment).assignedPartitions.flatMap(
      ({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })),
    )
  }

  async #findCoordinator(): Promise<void> {
    this.#coordinator.close()
    this.#coordinator = await this.#client.coordinator(this.#groupId)
  }

  #membership(): { groupId: string; generationId: number; memberId: string } {
    return { groupId: this.#groupId, generationId: this.#generationId, memberId: this.#memberId }
  }

  #mustRejoin(error: unknown): boolean {
    if (!(error instanceof BrokerError) || !rejoinErrors.has(error.errorCode)) return false
    if (error.errorCode === ErrorCode.UnknownMemberId) this.#memberId = ''
    return true
  }
}

function isAboutCoordinator(error: unknown): boolean {
  return error instanceof BrokerError && error.errorCode === ErrorCode.NotCoordinator
}
