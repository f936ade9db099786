import { ZERO_UUID } from '../../../../src/platform/uuid.ts'
import {
  ConsumerGroupDescribe,
  ConsumerGroupHeartbeat,
  OffsetCommit,
  OffsetFetch,
} from '../../../../src/protocol/messages/index.ts'
import type { RequestInput, ResponseOf } from '../../../../src/protocol/schema/index.ts'
import type { Script } from './script.ts'

type Heartbeat = RequestInput<typeof ConsumerGroupHeartbeat>
type Assignment = NonNullable<ResponseOf<typeof ConsumerGroupHeartbeat>['assignment']>

/** Partitions by topic id. */
export type Owned = Readonly<Record<string, readonly number[]>>

/** A consumer of KIP-848: it sends what a test does not say. */
export class HistoryClient {
  readonly script: Script
  readonly memberId: string
  readonly groupId: string
  readonly instanceId: string | null
  memberEpoch = 0
  owned: Owned = {}

  constructor(script: Script, memberId: string, groupId: string, instanceId: string | null = null) {
    this.script = script
    this.memberId = memberId
    this.groupId = groupId
    this.instanceId = instanceId
  }

  async heartbeat(
    changes: Partial<Heartbeat> = {},
    version = 1,
    isSilent = false,
  ): Promise<ResponseOf<typeof ConsumerGroupHeartbeat>> {
    const request = {
      groupId: this.groupId,
      memberId: this.memberId,
      memberEpoch: this.memberEpoch,
      instanceId: this.instanceId,
      ...changes,
    }
    const { script, memberId } = this
    const response = isSilent
      ? await script.silently(memberId, ConsumerGroupHeartbeat, version, request)
      : await script.ask(memberId, ConsumerGroupHeartbeat, version, request, (answer) => ({
          ...answer,
          assignment: answer.assignment && comparable(answer.assignment),
        }))
    if (response.errorCode === 0 && request.memberEpoch >= 0) {
      this.memberEpoch = response.memberEpoch
      if (response.assignment !== null) this.owned = ownedOf(response.assignment)
    }
    return response
  }

  join(changes: Partial<Heartbeat> = {}, version = 1) {
    this.owned = {}
    return this.heartbeat(
      {
        memberEpoch: 0,
        rebalanceTimeoutMs: 300_000,
        subscribedTopicNames: ['t'],
        topicPartitions: [],
        ...changes,
      },
      version,
    )
  }

  /** Reports partitions; default those that it owns. */
  acknowledge(owned: Owned = this.owned, changes: Partial<Heartbeat> = {}) {
    const topicPartitions = Object.entries(owned).map(([topicId, partitions]) => ({
      topicId,
      partitions,
    }))
    return this.heartbeat({ topicPartitions, ...changes })
  }

  leave(memberEpoch = -1) {
    return this.heartbeat({ memberEpoch })
  }

  describe(groupId = this.groupId) {
    return this.script.ask(
      this.memberId,
      ConsumerGroupDescribe,
      1,
      { groupIds: [groupId], includeAuthorizedOperations: true },
      ({ groups }) =>
        groups.map((group) => ({
          ...group,
          members: group.members.map(({ assignment, targetAssignment, ...member }) => ({
            ...member,
            subscribedTopicNames: member.subscribedTopicNames.toSorted(),
            assignment: comparable(assignment),
            targetAssignment: comparable(targetAssignment),
          })),
        })),
    )
  }

  /** Commits an offset of partitions of topic `t`. */
  commit(partitions: readonly number[], memberEpoch = this.memberEpoch, version = 9) {
    return this.script.ask(this.memberId, OffsetCommit, version, {
      groupId: this.groupId,
      generationIdOrMemberEpoch: memberEpoch,
      memberId: this.memberId,
      groupInstanceId: this.instanceId,
      topics: [
        {
          name: 't',
          topicId: ZERO_UUID,
          partitions: partitions.map((partitionIndex) => ({
            partitionIndex,
            committedOffset: 1,
            committedMetadata: '',
          })),
        },
      ],
    })
  }

  fetch(memberEpoch = this.memberEpoch, memberId: string | null = this.memberId) {
    return this.script.ask(this.memberId, OffsetFetch, 9, {
      groupId: '',
      topics: null,
      groups: [
        {
          groupId: this.groupId,
          memberId,
          memberEpoch,
          topics: [{ name: 't', topicId: ZERO_UUID, partitionIndexes: [0] }],
        },
      ],
      requireStable: false,
    })
  }
}

function ownedOf({ topicPartitions }: Assignment): Owned {
  return Object.fromEntries(
    topicPartitions.map(({ topicId, partitions }) => [topicId, [...partitions]]),
  )
}

/** Brokers return topics in the order of their ids, which are random. */
function comparable({ topicPartitions }: Assignment): readonly unknown[] {
  return topicPartitions.map(({ topicId, partitions }) => ({
    topic: topicId,
    partitions: partitions.toSorted((a, b) => a - b),
  }))
}
