import type { ConsumerGroupHeartbeat } from '../../../../src/protocol/messages/index.ts'
import type { RequestOf, ResponseBody } from '../../../../src/protocol/schema/index.ts'
import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { immediate } from '../../memory-internal-topic.ts'
import { FakeConnection, GROUP, Harness, TOPIC_ID } from '../support.ts'

export const U_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAUU'
export const HEARTBEAT_MS = 5000
export const SESSION_MS = 45_000
export const REBALANCE_MS = 60_000

type Request = RequestOf<typeof ConsumerGroupHeartbeat>
type Response = ResponseBody<typeof ConsumerGroupHeartbeat>
export type Owned = Record<string, number[]>

/** A coordinator that assigns without a minimum interval, unless the test sets one. */
export function consumerHarness(
  configs: Record<string, number | string> = {},
  profile: 'test' | 'faithful' = 'faithful',
): Harness {
  return new Harness({
    profile,
    configs: {
      'group.consumer.assignment.interval.ms': 0,
      'group.consumer.min.assignment.interval.ms': 0,
      ...configs,
    },
    startMs: 1_000_000,
  })
}

/** A member of a consumer group, as its client sees it. */
export class ConsumerClient {
  readonly connection = new FakeConnection()
  readonly harness: Harness
  readonly memberId: string
  readonly instanceId: string | null
  memberEpoch = 0
  /** The last assignment in a response, which the client owns at once. */
  owned: Owned = {}

  constructor(harness: Harness, memberId: string, instanceId: string | null = null) {
    this.harness = harness
    this.memberId = memberId
    this.instanceId = instanceId
  }

  /** Sends a heartbeat; by default it says nothing new. */
  heartbeat(overrides: Partial<Request> & { apiVersion?: number } = {}): Response {
    const { apiVersion = 1, ...rest } = overrides
    const request: Request = {
      groupId: GROUP,
      memberId: this.memberId,
      memberEpoch: this.memberEpoch,
      instanceId: this.instanceId,
      rackId: null,
      rebalanceTimeoutMs: -1,
      subscribedTopicNames: null,
      subscribedTopicRegex: null,
      serverAssignor: null,
      topicPartitions: null,
      ...rest,
    }
    const context = { apiVersion, clientId: 'client', connection: this.connection }
    const response = immediate(this.harness.coordinator.consumer.heartbeat(request, context))
    if (response.errorCode === ErrorCode.None && request.memberEpoch >= 0) this.#remember(response)
    return response
  }

  join(overrides: Partial<Request> & { apiVersion?: number } = {}): Response {
    return this.heartbeat({
      memberEpoch: 0,
      rebalanceTimeoutMs: REBALANCE_MS,
      subscribedTopicNames: ['t'],
      topicPartitions: [],
      ...overrides,
    })
  }

  /** Sends a heartbeat with the partitions that the client owns. */
  acknowledge(owned: Owned = this.owned): Response {
    return this.heartbeat({
      topicPartitions: Object.entries(owned).map(([topicId, partitions]) => ({
        topicId,
        partitions,
      })),
    })
  }

  leave(memberEpoch = -1): Response {
    return this.heartbeat({ memberEpoch })
  }

  #remember(response: Response): void {
    this.memberEpoch = response.memberEpoch
    if (response.assignment === null || response.assignment === undefined) return
    this.owned = Object.fromEntries(
      response.assignment.topicPartitions.map(({ topicId, partitions }) => [
        topicId,
        [...partitions],
      ]),
    )
  }
}

/** Members that have joined and reached their target. */
export function stableGroup(harness: Harness, memberIds: readonly string[]): ConsumerClient[] {
  const clients = memberIds.map((memberId) => new ConsumerClient(harness, memberId))
  for (const client of clients) client.join()
  settleGroup(harness, clients)
  return clients
}

/** Lets all members send heartbeats until the group is stable. */
export function settleGroup(harness: Harness, clients: readonly ConsumerClient[]): void {
  for (let round = 0; describe(harness).groupState !== 'Stable'; round++) {
    if (round > 10) throw new Error(`the group stays in ${describe(harness).groupState}`)
    for (const client of clients) client.acknowledge()
  }
  for (const client of clients) client.acknowledge()
}

/** Describes the group. */
export function describe(harness: Harness, groupId = GROUP) {
  const request = { groupIds: [groupId], includeAuthorizedOperations: false }
  return immediate(harness.coordinator.consumer.describe(request)).groups[0]!
}

/** Returns the described member. */
export function describeMember(harness: Harness, memberId: string) {
  return describe(harness).members.find((member) => member.memberId === memberId)
}

/** Partitions of topic `t`. */
export function ofT(...partitions: number[]): Owned {
  return { [TOPIC_ID]: partitions }
}
