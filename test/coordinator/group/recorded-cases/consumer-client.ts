import { ConsumerGroupHeartbeat } from '../../../../src/protocol/messages/index.ts'
import type { RequestInput, ResponseOf } from '../../../../src/protocol/schema/index.ts'
import type { Script } from './script.ts'

type Request = RequestInput<typeof ConsumerGroupHeartbeat>
type Response = ResponseOf<typeof ConsumerGroupHeartbeat>

const JOIN_EPOCH = 0
const LEAVE_EPOCH = -1
const STATIC_LEAVE_EPOCH = -2

/** A member of a consumer group. It reports what it owns when it joins and when that changes. */
export class ConsumerClient {
  readonly script: Script
  readonly name: string
  readonly groupId: string
  readonly instanceId: string | null
  readonly memberId: string
  memberEpoch = JOIN_EPOCH
  owned: NonNullable<Request['topicPartitions']> = []

  constructor(script: Script, name: string, groupId: string, instanceId: string | null = null) {
    this.script = script
    this.name = name
    this.memberId = `${name}-id`
    this.groupId = groupId
    this.instanceId = instanceId
  }

  /** Sends a full heartbeat with epoch 0. */
  join(changes: Partial<Request> = {}): Promise<Response> {
    this.memberEpoch = JOIN_EPOCH
    this.owned = []
    return this.heartbeat({ subscribedTopicNames: ['t'], serverAssignor: 'range', ...changes })
  }

  /** Sends a heartbeat that reports the owned partitions. */
  async heartbeat(changes: Partial<Request> = {}): Promise<Response> {
    const response = await this.script.ask(
      this.name,
      ConsumerGroupHeartbeat,
      1,
      this.#request(changes),
    )
    if (response.errorCode !== 0) return response
    this.memberEpoch = response.memberEpoch
    if (response.assignment !== null) this.owned = response.assignment.topicPartitions
    return response
  }

  leave(memberEpoch: typeof LEAVE_EPOCH | typeof STATIC_LEAVE_EPOCH = LEAVE_EPOCH) {
    return this.script.ask(this.name, ConsumerGroupHeartbeat, 1, this.#request({ memberEpoch }))
  }

  #request(changes: Partial<Request>): Request {
    return {
      groupId: this.groupId,
      memberId: this.memberId,
      memberEpoch: this.memberEpoch,
      instanceId: this.instanceId,
      rackId: null,
      rebalanceTimeoutMs: 300_000,
      subscribedTopicNames: null,
      subscribedTopicRegex: null,
      serverAssignor: null,
      topicPartitions: this.owned,
      ...changes,
    }
  }
}
