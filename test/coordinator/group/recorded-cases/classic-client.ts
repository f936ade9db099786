import { encodeSubscription } from '../../../../src/protocol/consumer-protocol.ts'
import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import {
  Heartbeat,
  JoinGroup,
  LeaveGroup,
  OffsetCommit,
  SyncGroup,
} from '../../../../src/protocol/messages/index.ts'
import type { RequestInput, ResponseOf } from '../../../../src/protocol/schema/index.ts'
import { ZERO_UUID } from '../../../../src/platform/uuid.ts'
import type { Script } from './script.ts'

type Join = RequestInput<typeof JoinGroup>
type Sync = RequestInput<typeof SyncGroup>

/** Owned partitions of topic `t`. */
export type Owned = readonly number[]

const SESSION_MS = 45_000
const REBALANCE_MS = 300_000

/** A classic client: it sends what a test does not say. */
export class ClassicClient {
  readonly script: Script
  readonly name: string
  readonly groupId: string
  readonly groupInstanceId: string | null
  memberId = ''
  generationId = -1

  constructor(
    script: Script,
    name: string,
    groupId: string,
    groupInstanceId: string | null = null,
  ) {
    this.script = script
    this.name = name
    this.groupId = groupId
    this.groupInstanceId = groupInstanceId
  }

  async join(changes: Partial<Join> = {}, version = 9): Promise<ResponseOf<typeof JoinGroup>> {
    const response = await this.script.ask(this.name, JoinGroup, version, {
      groupId: this.groupId,
      sessionTimeoutMs: SESSION_MS,
      rebalanceTimeoutMs: REBALANCE_MS,
      memberId: this.memberId,
      groupInstanceId: this.groupInstanceId,
      protocolType: 'consumer',
      protocols: [subscription('range', ['t'])],
      reason: null,
      ...changes,
    })
    if (response.memberId !== '') this.memberId = response.memberId
    if (response.errorCode === ErrorCode.None) this.generationId = response.generationId
    return response
  }

  /** Joins as a client of KIP-394: the first response has only the member id. */
  async joinTwice(changes: Partial<Join> = {}): Promise<ResponseOf<typeof JoinGroup>> {
    const first = await this.join(changes)
    return first.errorCode === ErrorCode.MemberIdRequired ? this.join(changes) : first
  }

  /** Sends SyncGroup, as the leader with the assignments of these clients. */
  async sync(
    assignments: readonly (readonly [ClassicClient, string])[] = [],
    changes: Partial<Sync> = {},
    version = 5,
  ): Promise<ResponseOf<typeof SyncGroup>> {
    const response = await this.script.ask(this.name, SyncGroup, version, {
      groupId: this.groupId,
      generationId: this.generationId,
      memberId: this.memberId,
      groupInstanceId: this.groupInstanceId,
      protocolType: 'consumer',
      protocolName: 'range',
      assignments: assignments.map(([{ memberId }, text]) => ({
        memberId,
        assignment: Buffer.from(text, 'latin1'),
      })),
      ...changes,
    })
    return response
  }

  async heartbeat(changes: Partial<RequestInput<typeof Heartbeat>> = {}): Promise<number> {
    const { errorCode } = await this.script.ask(this.name, Heartbeat, 4, {
      groupId: this.groupId,
      generationId: this.generationId,
      memberId: this.memberId,
      groupInstanceId: this.groupInstanceId,
      ...changes,
    })
    return errorCode
  }

  /** Waits until the group asks its members to join again. */
  async awaitRebalance(): Promise<void> {
    for (;;) {
      const { errorCode } = await this.script.silently(this.name, Heartbeat, 4, {
        groupId: this.groupId,
        generationId: this.generationId,
        memberId: this.memberId,
        groupInstanceId: this.groupInstanceId,
      })
      if (errorCode === ErrorCode.RebalanceInProgress) return
    }
  }

  leave(
    members: RequestInput<typeof LeaveGroup>['members'] = [this],
    version = 5,
  ): Promise<unknown> {
    return this.script.ask(this.name, LeaveGroup, version, {
      groupId: this.groupId,
      memberId: members[0]?.memberId ?? '',
      members: members.map(({ memberId, groupInstanceId, reason }) => ({
        memberId,
        groupInstanceId: groupInstanceId ?? null,
        reason: reason ?? null,
      })),
    })
  }

  commit(
    changes: Partial<RequestInput<typeof OffsetCommit>> = {},
    version = 9,
    topicId: string = ZERO_UUID,
  ): Promise<unknown> {
    return this.script.ask(this.name, OffsetCommit, version, {
      groupId: this.groupId,
      generationIdOrMemberEpoch: this.generationId,
      memberId: this.memberId,
      groupInstanceId: this.groupInstanceId,
      retentionTimeMs: -1,
      topics: [
        {
          name: 't',
          topicId,
          partitions: [
            {
              partitionIndex: 0,
              committedOffset: 5,
              committedLeaderEpoch: -1,
              committedMetadata: 'm',
            },
          ],
        },
      ],
      ...changes,
    })
  }
}

/** An assignor of a client with its subscription. */
export function subscription(
  name: string,
  topics: readonly string[],
  owned: Owned = [],
  version = 3,
) {
  const ownedPartitions = owned.length === 0 ? [] : [{ topic: 't', partitions: [...owned] }]
  const metadata = encodeSubscription(version, { topics: [...topics], ownedPartitions })
  return { name, metadata: Buffer.from(metadata) }
}
