import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import type { Owner } from '../model/ownership-model.ts'
import { SESSION_TIMEOUT_MS } from '../settings.ts'
import { liveUntilClosed, type Client } from './client.ts'
import type { Ending, GroupMember } from './group-member.ts'
import { commitOffsets, fetchOffsets } from './offsets.ts'

const LEAVE = -1
const LEAVE_FOR_A_WHILE = -2
/** A member waits at most this long for its next heartbeat, in milliseconds. */
const MAX_INTERVAL_MS = 900

/** The error in a response to a heartbeat. */
export interface Refusal {
  readonly errorCode: number
  readonly errorMessage: string | null
}

/**
 * A member of a group whose coordinator assigns the partitions (KIP-848, KIP-1071), from its first
 * heartbeat until its end.
 */
export abstract class HeartbeatMember implements GroupMember, Owner {
  readonly client: Client
  readonly group: string
  readonly instanceId: string | null
  ended: Promise<void> = Promise.resolve()
  isWorking = false
  protected memberId = ''
  protected epoch = 0
  /** When the last accepted heartbeat was sent. */
  protected lastContactMs = -Infinity
  #ending: Ending | undefined
  readonly #positions = new Map<string, number>()

  constructor(client: Client, group: string, instanceId: string | null) {
    this.client = client
    this.group = group
    this.instanceId = instanceId
  }

  abstract get topics(): readonly string[]
  abstract get owned(): readonly string[] | undefined
  /** The partitions whose offsets it commits. */
  protected abstract get consumed(): readonly string[]

  /** Sends a heartbeat. Returns the time until the next one, or undefined to try again soon. */
  protected abstract beat(): Promise<number | undefined>
  /** Sends the last heartbeat, which has a negative epoch, until there is a response. */
  protected abstract sendLeave(memberEpoch: number): Promise<Refusal>
  /** Gives up everything that it owns. */
  protected abstract giveUpAll(): void
  /** Called when the coordinator may not know what the last request said. */
  protected abstract onResponseLost(): void
  /** Called when it must join again. */
  protected abstract onFenced(): void
  /** Handles an error that not every kind of group has. Returns whether it is one. */
  protected abstract onOwnError(refusal: Refusal, sentAtMs: number): boolean

  get name(): string {
    return this.client.name
  }

  get hasEnded(): boolean {
    return this.#ending !== undefined
  }

  get generation(): number {
    return this.epoch
  }

  heldUntilMs(): number {
    const isLost =
      this.lastContactMs <= this.client.world.lostAtMs ||
      this.client.mayBeRemovedSince(this.lastContactMs)
    return isLost ? -Infinity : this.lastContactMs + SESSION_TIMEOUT_MS
  }

  end(ending: Ending): void {
    this.#ending ??= ending
    if (ending === 'leaves') return
    this.giveUpAll()
    this.client.close()
  }

  /** Joins the group, and stays in it until {@link end} is called. */
  run(): Promise<void> {
    return liveUntilClosed(this.client, () => this.#live())
  }

  async #live(): Promise<void> {
    const { dice } = this.client
    while (this.#ending === undefined) {
      const intervalMs = await this.beat()
      if (intervalMs === undefined) await this.client.backOff()
      else await this.client.pass(Math.min(intervalMs, dice.between(300, MAX_INTERVAL_MS)))
      if (this.#ending !== undefined) break
      if (this.epoch > 0 && dice.chance(0.3)) await this.#commit()
      if (dice.chance(0.1)) await fetchOffsets(this.client, this.group, false)
    }
    if (this.#ending === 'leaves') await this.#leave()
  }

  async #commit(): Promise<void> {
    const partitions = this.consumed
    if (partitions.length === 0) return
    const offsets = new Map(
      partitions.map((partition) => {
        const position = (this.#positions.get(partition) ?? 0) + this.client.dice.between(1, 5)
        this.#positions.set(partition, position)
        return [partition, position]
      }),
    )
    const { memberId, instanceId } = this
    const committer = { generation: this.epoch, memberId, instanceId, leastVersion: 9 }
    this.isWorking = true
    try {
      await commitOffsets(this.client, this.group, offsets, committer)
    } finally {
      this.isWorking = false
    }
  }

  async #leave(): Promise<void> {
    this.giveUpAll()
    if (this.epoch === 0) return
    const isStatic = this.instanceId !== null && this.client.dice.chance(0.5)
    for (;;) {
      const refusal = await this.sendLeave(isStatic ? LEAVE_FOR_A_WHILE : LEAVE)
      switch (refusal.errorCode) {
        case ErrorCode.None:
        case ErrorCode.UnknownMemberId:
        case ErrorCode.GroupIdNotFound:
        case ErrorCode.FencedInstanceId:
          return
        default:
          this.onError(refusal, -Infinity)
          await this.client.backOff()
      }
    }
  }

  protected onLost(): undefined {
    this.onResponseLost()
    this.client.forgetCoordinator(this.group)
    return undefined
  }

  protected onError(refusal: Refusal, sentAtMs: number): undefined {
    const { world } = this.client
    const { errorCode, errorMessage } = refusal
    switch (errorCode) {
      case ErrorCode.NotCoordinator:
      case ErrorCode.CoordinatorNotAvailable:
      case ErrorCode.CoordinatorLoadInProgress:
        return this.onLost()
      case ErrorCode.UnknownMemberId:
      case ErrorCode.GroupIdNotFound:
        if (this.instanceId === null && this.heldUntilMs() > this.client.nowMs) {
          const ms = Math.round(sentAtMs - this.lastContactMs)
          world.disagree(`${this.name} is no member of ${this.group}, ${ms} ms after it was`)
        }
        // Java's clients end when the group is deleted, or is of another kind now.
        if (errorCode === ErrorCode.GroupIdNotFound) this.end('vanishes')
        return this.rejoin()
      case ErrorCode.FencedMemberEpoch:
        return this.rejoin()
      case ErrorCode.UnreleasedInstanceId:
        // Another member with this instance id is there, perhaps not for long.
        if (world.isSettling || this.client.dice.chance(0.1)) this.end('vanishes')
        return undefined
      case ErrorCode.UnsupportedVersion:
        // A power failure may lose the level of the feature.
        if (world.lostAtMs === -Infinity) world.disagree('groups of this kind are not supported')
        this.end('vanishes')
        return undefined
      case ErrorCode.FencedInstanceId:
        if (this.instanceId === null) world.disagree('a heartbeat fences a dynamic member')
        this.end('vanishes')
        return undefined
      default:
        if (this.onOwnError(refusal, sentAtMs)) return undefined
        return world.disagree(
          `a heartbeat of ${this.group} is answered with error ${errorCode}: ${errorMessage}`,
        )
    }
  }

  protected rejoin(): undefined {
    this.giveUpAll()
    this.onFenced()
    this.epoch = 0
    this.lastContactMs = -Infinity
    return undefined
  }
}
