import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { JoinGroup } from '../../../../src/protocol/messages/11-join-group.ts'
import { Heartbeat } from '../../../../src/protocol/messages/12-heartbeat.ts'
import { LeaveGroup } from '../../../../src/protocol/messages/13-leave-group.ts'
import { SyncGroup } from '../../../../src/protocol/messages/14-sync-group.ts'
import type { ResponseOf } from '../../../../src/protocol/schema/index.ts'
import type { Owner } from '../model/ownership-model.ts'
import { REBALANCE_TIMEOUT_MS, SESSION_TIMEOUT_MS } from '../settings.ts'
import {
  assignedNames,
  assignmentBytes,
  sharesOf,
  subscriptionBytes,
  type ClassicAssignor,
} from './classic-assignment.ts'
import { liveUntilClosed, orLost, type Client } from './client.ts'
import type { Ending, GroupMember } from './group-member.ts'
import { commitOffsets, fetchOffsets } from './offsets.ts'

/**
 * The last request that the coordinator accepted from the member: when it was sent, and which start
 * of the cluster answered it.
 */
interface Contact {
  readonly atMs: number
  readonly start: number
}

const NO_CONTACT: Contact = { atMs: -Infinity, start: -1 }

/** The time without a request after which the coordinator may remove a member, in milliseconds. */
const LEAST_TIMEOUT_MS = Math.min(SESSION_TIMEOUT_MS, REBALANCE_TIMEOUT_MS)

type Joined = ResponseOf<typeof JoinGroup>

/** The group of a member, and its subscription. */
export interface MemberOptions {
  readonly group: string
  readonly topics: readonly string[]
  readonly instanceId: string | null
  /** Default `range`. */
  readonly assignor?: ClassicAssignor
  /** Whether the group changes its protocol while it has members. Default: it does not. */
  readonly migrates?: boolean
}

/** A member of a classic group, from its first JoinGroup until it leaves or disappears. */
export class Member implements GroupMember, Owner {
  readonly client: Client
  readonly group: string
  readonly instanceId: string | null
  readonly topics: readonly string[]
  readonly #assignor: ClassicAssignor
  readonly #migrates: boolean
  readonly #work: (member: Member) => Promise<void>
  readonly #heartbeatMs: number
  memberId = ''
  generation = -1
  /** Its first generation, which it still has if the group has not rebalanced since it joined. */
  firstGeneration: number | undefined
  /** The start of the cluster in which it asked for this generation. */
  generationStart = -1
  /** Resolves when the member has left, or has disappeared. */
  ended: Promise<void> = Promise.resolve()
  /**
   * The assigned partitions, such as `topic-0`, sorted. Undefined while the member is in no
   * generation.
   */
  owned: readonly string[] | undefined
  isWorking = false
  #ending: Ending | undefined
  /** The partitions that it uses. A cooperative member keeps them while it joins again. */
  #held: readonly string[] = []
  #heldIds: readonly string[] = []
  /** Whether it must join again, because it has given up partitions that others wait for. */
  #hasRevoked = false
  /** The last request that shows that the coordinator knows the member. */
  #lastContact: Contact = NO_CONTACT
  /** The partitions that the member assigned as the leader. Undefined when it is not the leader. */
  #sharedOut: string | undefined
  readonly #positions = new Map<string, number>()

  /** @param work what the member does from time to time; default: it commits offsets */
  constructor(
    client: Client,
    { group, topics, instanceId, assignor = 'range', migrates = false }: MemberOptions,
    work: (member: Member) => Promise<void> = () => this.#commit(),
  ) {
    this.#work = work
    this.client = client
    this.group = group
    this.instanceId = instanceId
    this.topics = topics
    this.#assignor = assignor
    this.#migrates = migrates
    this.#heartbeatMs = client.dice.between(300, 900)
  }

  get name(): string {
    return this.client.name
  }

  get hasEnded(): boolean {
    return this.#ending !== undefined
  }

  heldUntilMs(): number {
    const { atMs } = this.#lastContact
    const isLost = atMs <= this.client.world.lostAtMs || this.client.mayBeRemovedSince(atMs)
    return isLost ? -Infinity : atMs + LEAST_TIMEOUT_MS
  }

  end(ending: Ending): void {
    this.#ending ??= ending
    if (ending === 'leaves') return
    this.#hold([])
    this.client.close()
  }

  /** Joins the group, and stays in it until {@link end} is called. */
  run(): Promise<void> {
    return liveUntilClosed(this.client, () => this.#live())
  }

  async #live(): Promise<void> {
    while (this.#ending === undefined) {
      if (!(await this.#join())) {
        await this.client.backOff()
        continue
      }
      if (!this.#hasRevoked) await this.#stay()
      this.owned = undefined
      if (this.#assignor === 'range') this.#hold([])
    }
    this.#hold([])
    if (this.#ending === 'leaves') await this.#leave()
  }

  /** Tries to join once. Returns false when the member has to try again. */
  async #join(): Promise<boolean> {
    const port = await this.client.coordinatorPort(this.group)
    const { world } = this.client
    const contact = this.#contact()
    this.#noteJoin()
    const joined = await orLost(
      this.client.call(port, JoinGroup, this.#joinVersion(), this.#joinRequest(), {
        parkedMs: REBALANCE_TIMEOUT_MS + SESSION_TIMEOUT_MS,
      }),
    )
    this.#noteJoin()
    if (joined === undefined) return this.#onLost()
    if (joined.errorCode === ErrorCode.MemberIdRequired) {
      this.memberId = joined.memberId
      return false
    }
    if (joined.errorCode !== ErrorCode.None) {
      return this.#onError(joined.errorCode, 'JoinGroup', contact)
    }
    this.memberId = joined.memberId
    this.generation = joined.generationId
    this.firstGeneration ??= joined.generationId
    this.generationStart = contact.start
    this.#lastContact = contact
    world.model.groups.joined(this.group, contact.start, joined.generationId, joined.leader)
    return this.#sync(port, joined, contact.start)
  }

  #noteJoin(): void {
    if (this.instanceId === null || this.memberId !== '') return
    this.client.world.model.ownership.join(this.group, this.instanceId, this)
  }

  /** Returns a version. Only version 9 tells a static leader that rejoins that it is the leader. */
  #joinVersion(): number {
    return this.instanceId === null ? this.client.version(5, 9) : 9
  }

  #joinRequest() {
    const metadata = subscriptionBytes(this.topics, this.#held, this.generation)
    return {
      groupId: this.group,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS,
      memberId: this.memberId,
      groupInstanceId: this.instanceId,
      protocolType: 'consumer',
      protocols: [{ name: this.#assignor, metadata }],
    }
  }

  async #sync(port: number, joined: Joined, starts: number): Promise<boolean> {
    const isLeader = joined.leader === joined.memberId
    // The assignment of the previous leader is not known, so it is computed again.
    this.#sharedOut = isLeader ? 'unknown' : undefined
    const sharesOut = isLeader && !joined.skipAssignment
    const assignments = sharesOut ? await this.#shareOut(joined, starts) : []
    const contact = this.#contact()
    const synced = await orLost(
      this.client.call(
        port,
        SyncGroup,
        this.client.version(3, 5),
        {
          groupId: this.group,
          generationId: this.generation,
          memberId: this.memberId,
          groupInstanceId: this.instanceId,
          protocolType: 'consumer',
          protocolName: this.#assignor,
          assignments,
        },
        { parkedMs: REBALANCE_TIMEOUT_MS },
      ),
    )
    if (synced === undefined) return this.#onLost()
    if (synced.errorCode !== ErrorCode.None) {
      return this.#onError(synced.errorCode, 'SyncGroup', contact)
    }
    this.#lastContact = contact
    const owned = assignedNames(synced.assignment)
    const { groups } = this.client.world.model
    groups.synced(this.group, starts, this.generation, this.memberId, owned.join(' '))
    this.client.note(() => `owns ${owned.join(' ')} in generation ${this.generation}`)
    if (this.#ending !== undefined) return true
    this.#hasRevoked = this.#held.some((partition) => !owned.includes(partition))
    this.#hold(owned)
    this.owned = owned
    return true
  }

  /** Gives up the partitions that are not among these, and takes the others. */
  #hold(partitions: readonly string[]): void {
    const { ownership, topics } = this.client.world.model
    const ids = topics.idsOf(partitions)
    for (const each of this.#heldIds) {
      if (!ids.includes(each)) ownership.giveUp(this.group, each, this)
    }
    for (const each of ids) ownership.take(this.group, each, this, this.client.nowMs)
    this.#heldIds = ids
    this.#held = partitions
  }

  /** Assigns the partitions of the topics that the leader knows. */
  async #shareOut(joined: Joined, starts: number) {
    await this.client.refresh()
    const partitions = await this.#knownPartitions()
    this.#sharedOut = partitions.join(' ')
    const shares = sharesOf(partitions, joined.members)
    const shared = new Map([...shares].map(([memberId, share]) => [memberId, share.join(' ')]))
    this.client.world.model.groups.assigned(this.group, starts, this.generation, shared)
    return [...shares].map(([memberId, share]) => ({
      memberId,
      assignment: assignmentBytes(share),
    }))
  }

  async #knownPartitions(): Promise<string[]> {
    const known: string[] = []
    for (const name of this.topics) {
      const topic = await this.client.topic(name)
      for (let i = 0; i < (topic?.listedCount ?? 0); i++) known.push(`${name}-${i}`)
    }
    return known.sort()
  }

  /** Sends heartbeats and commits, until the group rebalances or the member ends. */
  async #stay(): Promise<void> {
    const { dice } = this.client
    while (this.#ending === undefined) {
      await this.client.pass(this.#heartbeatMs)
      if (this.#ending !== undefined) return
      if (dice.chance(0.3)) await this.#doWork()
      if (dice.chance(0.1)) await fetchOffsets(this.client, this.group, dice.chance(0.3))
      if (this.#sharedOut !== undefined && dice.chance(0.3)) {
        await this.client.refresh()
        if ((await this.#knownPartitions()).join(' ') !== this.#sharedOut) return
      }
      if (!(await this.#heartbeat())) return
    }
  }

  async #doWork(): Promise<void> {
    this.isWorking = true
    try {
      await this.#work(this)
    } finally {
      this.isWorking = false
    }
  }

  async #heartbeat(): Promise<boolean> {
    const port = await this.client.coordinatorPort(this.group)
    const contact = this.#contact()
    const response = await orLost(
      this.client.call(port, Heartbeat, this.client.version(3, 4), {
        groupId: this.group,
        generationId: this.generation,
        memberId: this.memberId,
        groupInstanceId: this.instanceId,
      }),
    )
    if (response === undefined) {
      this.#onLost()
      return true
    }
    if (response.errorCode === ErrorCode.None) {
      this.#lastContact = contact
      return true
    }
    return this.#onError(response.errorCode, 'Heartbeat', contact)
  }

  async #commit(): Promise<void> {
    if (this.owned === undefined || this.owned.length === 0) return
    const offsets = new Map(
      this.owned.map((partition) => {
        const position = (this.#positions.get(partition) ?? 0) + this.client.dice.between(1, 5)
        this.#positions.set(partition, position)
        return [partition, position]
      }),
    )
    const { generation, memberId, instanceId } = this
    await commitOffsets(this.client, this.group, offsets, { generation, memberId, instanceId })
  }

  async #leave(): Promise<void> {
    if (this.memberId === '') return
    const members = [{ memberId: this.memberId, groupInstanceId: this.instanceId }]
    const request = { groupId: this.group, memberId: this.memberId, members }
    const port = () => this.client.coordinatorPort(this.group)
    for (;;) {
      const { response } = await this.client.ask(
        port,
        LeaveGroup,
        this.client.version(3, 5),
        request,
      )
      const errorCode = response.errorCode || (response.members[0]?.errorCode ?? ErrorCode.None)
      switch (errorCode) {
        case ErrorCode.None:
        case ErrorCode.UnknownMemberId:
        case ErrorCode.FencedInstanceId:
          return
        default:
          this.#onError(errorCode, 'LeaveGroup', NO_CONTACT)
          await this.client.backOff()
      }
    }
  }

  /** Returns the contact that a request sent now will prove, when it is answered. */
  #contact(): Contact {
    return { atMs: this.client.nowMs, start: this.client.world.cluster.starts }
  }

  #onLost(): false {
    this.client.forgetCoordinator(this.group)
    return false
  }

  /** Handles an error. Returns false, because the member has to join again. */
  #onError(errorCode: number, name: string, contact: Contact): false {
    switch (errorCode) {
      case ErrorCode.NotCoordinator:
      case ErrorCode.CoordinatorNotAvailable:
      case ErrorCode.CoordinatorLoadInProgress:
        return this.#onLost()
      case ErrorCode.RebalanceInProgress:
        // A JoinGroup gets this answer when a new consumer joins. As in Kafka, it gets it even if
        // that fails. Then the member is removed if the rebalance ends before it joins again.
        if (name !== 'JoinGroup') this.#lastContact = contact
        return false
      case ErrorCode.IllegalGeneration:
        this.#hold([])
        this.generation = -1
        return false
      case ErrorCode.UnknownMemberId:
        this.#checkRemoval(name)
        this.#hold([])
        this.memberId = ''
        this.generation = -1
        this.#lastContact = NO_CONTACT
        return false
      case ErrorCode.InconsistentGroupProtocol:
        if (!this.#migrates) return this.client.world.disagree(`${name}: another protocol`)
        this.end('vanishes')
        return false
      case ErrorCode.FencedInstanceId:
        if (this.instanceId === null) this.client.world.disagree(`${name} fences a dynamic member`)
        this.end('vanishes')
        return false
      default:
        return this.client.world.disagree(`${name} is answered with error ${errorCode}`)
    }
  }

  /** Checks that the coordinator did not remove a member that sent its heartbeats in time. */
  #checkRemoval(name: string): void {
    const { world, nowMs } = this.client
    const { atMs, start } = this.#lastContact
    if (start !== world.cluster.starts || nowMs - atMs >= LEAST_TIMEOUT_MS) return
    if (this.client.mayBeRemovedSince(atMs)) return
    // Its successor with the same instance id may already have left.
    if (this.instanceId !== null) return
    world.disagree(
      `${name}: ${this.memberId} is no member, ${Math.round(nowMs - atMs)} ms after it was`,
    )
  }
}
