import { randomUuid } from '../../../../src/platform/uuid.ts'
import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { ConsumerGroupHeartbeat } from '../../../../src/protocol/messages/68-consumer-group-heartbeat.ts'
import type { RequestInput, ResponseOf } from '../../../../src/protocol/schema/index.ts'
import { REBALANCE_TIMEOUT_MS } from '../settings.ts'
import { orLost, type Client } from './client.ts'
import { HeartbeatMember, type Refusal } from './heartbeat-member.ts'

type Request = RequestInput<typeof ConsumerGroupHeartbeat>
type Response = ResponseOf<typeof ConsumerGroupHeartbeat>

/** The group of a member, and its first subscription. */
export interface ConsumerOptions {
  readonly group: string
  readonly topics: readonly string[]
  readonly instanceId: string | null
  /** Whether it subscribes with a regular expression. */
  readonly usesRegex: boolean
  readonly assignor: string | null
  /** Whether the group changes its protocol while it has members. Default: it does not. */
  readonly migrates?: boolean
}

/** A member of a consumer group (KIP-848). */
export class ConsumerMember extends HeartbeatMember {
  readonly #options: ConsumerOptions
  readonly #version: number
  #topics: readonly string[]
  /** Topic ids and partitions, such as `<id>-0`. Undefined while it is not in the group. */
  #partitions: readonly string[] | undefined
  /** Whether the next heartbeat must have all fields, because the coordinator may not know them. */
  #sendsAll = true
  /** Whether it has subscribed with another regular expression than at first. */
  hasReplacedRegex = false
  /** The partitions that the coordinator knows this member to own. */
  #reported: string | undefined

  constructor(client: Client, options: ConsumerOptions) {
    super(client, options.group, options.instanceId)
    this.#options = options
    this.#topics = options.topics
    this.#version = options.usesRegex ? 1 : client.version(0, 1)
    this.memberId = this.#version === 0 ? '' : randomUuid(client.dice)
  }

  get topics(): readonly string[] {
    return this.#topics
  }

  get owned(): readonly string[] | undefined {
    const { topics } = this.client.world.model.topics
    return this.#partitions
      ?.map((each) => {
        const { topicId, partition } = parsed(each)
        return `${topics.get(topicId)?.name ?? topicId}-${partition}`
      })
      .sort()
  }

  protected get consumed(): readonly string[] {
    return this.owned!
  }

  get usesRegex(): boolean {
    return this.#options.usesRegex
  }

  /** Subscribes to other topics. The next heartbeat tells it to the coordinator. */
  subscribe(topics: readonly string[]): void {
    this.#topics = topics
    this.#sendsAll = true
    this.hasReplacedRegex = this.#options.usesRegex
  }

  protected async beat(): Promise<number | undefined> {
    const port = await this.client.coordinatorPort(this.group)
    const sentAtMs = this.client.nowMs
    const request = this.#request()
    this.#sendsAll = false
    const reported = this.#partitions?.join()
    this.#noteJoin()
    const response = await orLost(
      this.client.call(port, ConsumerGroupHeartbeat, this.#version, request),
    )
    this.#noteJoin()
    if (response === undefined) return this.onLost()
    if (response.errorCode !== ErrorCode.None) return this.onError(response, sentAtMs)
    this.lastContactMs = sentAtMs
    this.#reported = reported
    this.memberId = response.memberId ?? this.memberId
    this.epoch = response.memberEpoch
    if (response.assignment === null) {
      this.#partitions ??= []
      return response.heartbeatIntervalMs
    }
    const hasRevoked = this.#adopt(response.assignment)
    // As Java's client, it acknowledges a revocation at once.
    return hasRevoked ? 0 : response.heartbeatIntervalMs
  }

  #noteJoin(): void {
    if (this.instanceId === null || this.epoch > 0) return
    this.client.world.model.ownership.join(this.group, this.instanceId, this)
  }

  #request(): Request {
    const { instanceId, usesRegex, assignor } = this.#options
    const isComplete = this.#sendsAll || this.epoch === 0
    const partitions = this.epoch === 0 ? [] : (this.#partitions ?? [])
    const saysPartitions =
      isComplete || partitions.join() !== this.#reported || this.client.dice.chance(0.3)
    return {
      groupId: this.group,
      memberId: this.memberId,
      memberEpoch: this.epoch,
      instanceId,
      rebalanceTimeoutMs: isComplete ? REBALANCE_TIMEOUT_MS : -1,
      subscribedTopicNames: !isComplete ? null : usesRegex ? [] : [...this.#topics],
      ...(this.#version > 0 && {
        subscribedTopicRegex: isComplete && usesRegex ? this.#topics.join('|') : null,
      }),
      serverAssignor: isComplete ? assignor : null,
      topicPartitions: saysPartitions ? byTopicId(partitions) : null,
    }
  }

  /** Gives up what is not assigned any more, and takes the rest. Returns whether it gave any up. */
  #adopt({ topicPartitions }: NonNullable<Response['assignment']>): boolean {
    const assigned = topicPartitions.flatMap(({ topicId, partitions }) =>
      partitions.map((partition) => `${topicId}-${partition}`),
    )
    if (new Set(assigned).size < assigned.length) {
      this.client.world.disagree(`${this.name} gets a partition twice: ${assigned.join(' ')}`)
    }
    const before = this.#partitions ?? []
    const revoked = before.filter((partition) => !assigned.includes(partition))
    this.#giveUp(revoked)
    const { ownership } = this.client.world.model
    for (const each of assigned) ownership.take(this.group, each, this, this.client.nowMs)
    this.#partitions = assigned
    this.client.note(() => `owns ${this.owned!.join(' ')} in epoch ${this.epoch}`)
    return revoked.length > 0
  }

  #giveUp(partitions: readonly string[]): void {
    const { ownership } = this.client.world.model
    for (const each of partitions) ownership.giveUp(this.group, each, this)
  }

  protected giveUpAll(): void {
    this.#giveUp(this.#partitions ?? [])
  }

  protected async sendLeave(memberEpoch: number): Promise<Refusal> {
    const { group: groupId, memberId, instanceId } = this
    const request = { groupId, memberId, memberEpoch, instanceId }
    const port = () => this.client.coordinatorPort(this.group)
    const { client } = this
    const { response } = await client.ask(port, ConsumerGroupHeartbeat, this.#version, request)
    return response
  }

  protected onResponseLost(): void {
    this.#sendsAll = true
  }

  protected onFenced(): void {
    this.#partitions = undefined
  }

  protected onOwnError({ errorCode }: Refusal): boolean {
    // As in Kafka, a classic group is not upgraded before its first generation.
    if (errorCode !== ErrorCode.UnknownServerError || this.#options.migrates !== true) return false
    this.end('vanishes')
    return true
  }
}

function parsed(each: string): { topicId: string; partition: number } {
  const dash = each.lastIndexOf('-')
  return { topicId: each.slice(0, dash), partition: Number(each.slice(dash + 1)) }
}

function byTopicId(owned: readonly string[]): { topicId: string; partitions: number[] }[] {
  const topics = new Map<string, number[]>()
  for (const each of owned) {
    const { topicId, partition } = parsed(each)
    topics.set(topicId, [...(topics.get(topicId) ?? []), partition])
  }
  return [...topics].map(([topicId, partitions]) => ({ topicId, partitions }))
}
