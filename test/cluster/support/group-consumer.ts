import { encodeAssignment, encodeSubscription } from '../../../src/protocol/consumer-protocol.ts'
import {
  JoinGroup,
  LeaveGroup,
  OffsetCommit,
  SyncGroup,
} from '../../../src/protocol/messages/index.ts'
import { coordinatorOf, joinRequest, topicFields, type Caller } from '../../broker/support.ts'

/** The brokers of a cluster. */
interface Connector {
  connect(brokerId?: number): Promise<Caller>
}

/** A consumer of a classic group that sends single requests. It retries nothing. */
export class GroupConsumer {
  readonly groupId: string
  readonly topics: readonly string[]
  readonly #coordinator: Caller
  memberId = ''
  generationId = -1
  isLeader = false
  /** The ids of all members, if it leads the group. */
  memberIds: readonly string[] = []

  private constructor(groupId: string, topics: readonly string[], coordinator: Caller) {
    this.groupId = groupId
    this.topics = topics
    this.#coordinator = coordinator
  }

  /** Connects to the coordinator of a group. */
  static async open(
    brokers: Connector,
    groupId: string,
    topics: readonly string[] = ['orders'],
  ): Promise<GroupConsumer> {
    const coordinatorId = await coordinatorOf(await brokers.connect(), groupId)
    return new GroupConsumer(groupId, topics, await brokers.connect(coordinatorId))
  }

  /** Joins, also the second time that a new member needs. Resolves with the generation. */
  async join(reason: string | null = null): Promise<number> {
    const metadata = encodeSubscription(1, { topics: [...this.topics], ownedPartitions: [] })
    const options = { protocols: [{ name: 'range', metadata }], reason }
    const send = () =>
      this.#coordinator.call(JoinGroup, 9, joinRequest(this.groupId, this.memberId, options))
    const isNew = this.memberId === ''
    let response = await send()
    this.memberId = response.memberId
    if (isNew) response = await send()
    this.generationId = response.generationId
    this.isLeader = response.leader === this.memberId
    this.memberIds = response.members.map(({ memberId }) => memberId)
    return response.generationId
  }

  /** As the leader it assigns these partitions of the first topic to the members. */
  async sync(partitions: Readonly<Record<string, readonly number[]>> = {}): Promise<void> {
    const assignments = Object.entries(partitions).map(([memberId, owned]) => ({
      memberId,
      assignment: encodeAssignment(1, {
        assignedPartitions: [{ topic: this.topics[0]!, partitions: [...owned] }],
      }),
    }))
    const { groupId, memberId, generationId } = this
    const request = { groupId, memberId, generationId, assignments }
    const protocol = { protocolType: 'consumer', protocolName: 'range' }
    await this.#coordinator.call(SyncGroup, 5, { ...request, ...protocol })
  }

  /** Returns the error code. */
  async commit(committedOffset: number, partitionIndex = 0): Promise<number> {
    const { topics } = await this.#coordinator.call(OffsetCommit, 9, {
      groupId: this.groupId,
      memberId: this.memberId,
      generationIdOrMemberEpoch: this.generationId,
      topics: [
        {
          ...topicFields(this.topics[0]!),
          partitions: [{ partitionIndex, committedOffset, committedMetadata: '' }],
        },
      ],
    })
    return topics[0]!.partitions[0]!.errorCode
  }

  async leave(reason: string | null = null): Promise<void> {
    const members = [{ memberId: this.memberId, groupInstanceId: null, reason }]
    await this.#coordinator.call(LeaveGroup, 5, { groupId: this.groupId, memberId: '', members })
  }
}

/** Forms a stable group of these consumers. The first owns partition 0, the second 1, and so on. */
export async function formGroup(consumers: readonly GroupConsumer[]): Promise<void> {
  await Promise.all(consumers.map((consumer) => consumer.join()))
  const owned = consumers.map(({ memberId }, index) => [memberId, [index]] as const)
  const leader = consumers.find(({ isLeader }) => isLeader)!
  const others = consumers.filter((consumer) => consumer !== leader)
  await Promise.all([leader.sync(Object.fromEntries(owned)), ...others.map((each) => each.sync())])
}
