import { randomUuid } from '../../../../src/platform/uuid.ts'
import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { ShareGroupHeartbeat } from '../../../../src/protocol/messages/76-share-group-heartbeat.ts'
import type { Acquirer } from '../model/shares-model.ts'
import { liveUntilClosed, orLost, type Client } from './client.ts'
import type { Ending, GroupMember } from './group-member.ts'
import { byTopicId, ShareSession } from './share-session.ts'

const LEAVE = -1

/** A member of a share group (KIP-932): it acquires records and acknowledges them. */
export class ShareMember implements GroupMember, Acquirer {
  readonly client: Client
  readonly group: string
  readonly topics: readonly string[]
  readonly sharesPartitions = true
  readonly isWorking = false
  ended: Promise<void> = Promise.resolve()
  readonly #memberId: string
  readonly #sessions = new Map<number, ShareSession>()
  #epoch = 0
  #sendsAll = true
  #partitions: readonly string[] | undefined
  #ending: Ending | undefined
  #nextHeartbeatMs = -Infinity

  constructor(client: Client, group: string, topics: readonly string[]) {
    this.client = client
    this.group = group
    this.topics = topics
    this.#memberId = randomUuid(client.dice)
  }

  get name(): string {
    return this.client.name
  }

  get hasEnded(): boolean {
    return this.#ending !== undefined
  }

  get generation(): number {
    return this.#epoch
  }

  get owned(): readonly string[] | undefined {
    const { topics } = this.client.world.model.topics
    return this.#partitions
      ?.flatMap((each) =>
        byTopicId([each]).map(
          ({ topicId, partitions }) => `${topics.get(topicId)?.name ?? topicId}-${partitions[0]}`,
        ),
      )
      .sort()
  }

  mayBeReleasedSince(sentAtMs: number): boolean {
    return this.hasEnded || this.client.hasLostConnectionSince(sentAtMs)
  }

  end(ending: Ending): void {
    this.#ending ??= ending
    if (ending === 'vanishes') this.client.close()
  }

  /** Joins the group, and stays in it until {@link end} is called. */
  run(): Promise<void> {
    return liveUntilClosed(this.client, () => this.#live())
  }

  async #live(): Promise<void> {
    while (this.#ending === undefined) await this.#turn()
    if (this.#ending === 'leaves') await this.#leave()
  }

  async #turn(): Promise<void> {
    const { dice, nowMs } = this.client
    if (nowMs >= this.#nextHeartbeatMs && !(await this.#beat())) return this.client.backOff()
    if (this.#ending !== undefined) return
    const session = await this.#session()
    if (session === undefined) return this.client.pass(200)
    const wanted = await this.#ledBy(session.port)
    let result = await session.fetch(wanted)
    if (result === 'fine' && dice.chance(0.6)) {
      await this.client.pass(dice.pick([0, 10, 300]))
      result = await session.acknowledge()
    }
    if (result === 'fine') return this.client.pass(dice.pick([10, 100, 300]))
    this.client.forgetLeaders()
    return this.client.backOff()
  }

  /** Returns the session with one of the brokers that lead partitions of this member. */
  async #session(): Promise<ShareSession | undefined> {
    const ports = new Set<number>()
    for (const { topicId, partitions } of byTopicId(this.#partitions ?? [])) {
      for (const partition of partitions) {
        const port = await this.client.leaderPort(topicId, partition)
        if (port !== undefined) ports.add(port)
      }
    }
    if (ports.size === 0) return undefined
    const port = this.client.dice.pick([...ports].sort())
    const known = this.#sessions.get(port)
    if (known !== undefined) return known
    const session = new ShareSession(this.client, this, this.group, this.#memberId, port)
    this.#sessions.set(port, session)
    return session
  }

  async #ledBy(port: number): Promise<string[]> {
    const led: string[] = []
    for (const each of this.#partitions ?? []) {
      const [{ topicId, partitions }] = byTopicId([each]) as [
        { topicId: string; partitions: number[] },
      ]
      if ((await this.client.leaderPort(topicId, partitions[0]!)) === port) led.push(each)
    }
    return led
  }

  async #beat(): Promise<boolean> {
    const port = await this.client.coordinatorPort(this.group)
    const response = await orLost(
      this.client.call(port, ShareGroupHeartbeat, 1, {
        groupId: this.group,
        memberId: this.#memberId,
        memberEpoch: this.#epoch,
        subscribedTopicNames: this.#epoch === 0 || this.#sendsAll ? [...this.topics] : null,
      }),
    )
    // After a lost response it asks for its assignment again, as Java's client.
    this.#sendsAll = response?.errorCode !== ErrorCode.None
    if (response === undefined) {
      this.client.forgetCoordinator(this.group)
      return false
    }
    if (response.errorCode !== ErrorCode.None) return this.#onError(response.errorCode)
    this.#epoch = response.memberEpoch
    this.#nextHeartbeatMs = this.client.nowMs + Math.min(response.heartbeatIntervalMs, 700)
    this.#partitions ??= []
    if (response.assignment !== null) {
      this.#partitions = response.assignment.topicPartitions.flatMap(({ topicId, partitions }) =>
        partitions.map((partition) => `${topicId}-${partition}`),
      )
      this.client.note(() => `shares ${this.owned!.join(' ')} in epoch ${this.#epoch}`)
    }
    return true
  }

  #onError(errorCode: number): false {
    const { world } = this.client
    switch (errorCode) {
      case ErrorCode.NotCoordinator:
      case ErrorCode.CoordinatorNotAvailable:
      case ErrorCode.CoordinatorLoadInProgress:
        this.client.forgetCoordinator(this.group)
        return false
      case ErrorCode.UnknownMemberId:
      case ErrorCode.GroupIdNotFound:
      case ErrorCode.FencedMemberEpoch:
        this.#epoch = 0
        this.#partitions = undefined
        return false
      case ErrorCode.UnsupportedVersion:
        // A power failure may lose the level of `share.version`.
        if (world.lostAtMs === -Infinity) world.disagree('share groups are not supported')
        this.end('vanishes')
        return false
      default:
        return world.disagree(`ShareGroupHeartbeat is answered with error ${errorCode}`)
    }
  }

  async #leave(): Promise<void> {
    for (const session of this.#sessions.values()) await session.close()
    if (this.#epoch === 0) return
    const request = { groupId: this.group, memberId: this.#memberId, memberEpoch: LEAVE }
    const port = () => this.client.coordinatorPort(this.group)
    for (;;) {
      const { response } = await this.client.ask(port, ShareGroupHeartbeat, 1, request)
      const { errorCode } = response
      const isGone = errorCode === ErrorCode.UnknownMemberId
      if (errorCode === ErrorCode.None || isGone || errorCode === ErrorCode.GroupIdNotFound) return
      this.#onError(errorCode)
      await this.client.backOff()
    }
  }
}
