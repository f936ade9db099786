import type { JoinGroup, SyncGroup } from '../../protocol/messages/index.ts'
import type { RequestOf, ResponseBody } from '../../protocol/schema/index.ts'
import type { MemberSession } from './member-session.ts'

export type JoinGroupRequest = RequestOf<typeof JoinGroup>
export type JoinGroupResponse = ResponseBody<typeof JoinGroup>
export type SyncGroupResponse = ResponseBody<typeof SyncGroup>

/** An assignor that a member can work with, and what the member tells it: its subscription. */
export interface MemberProtocol {
  readonly name: string
  readonly metadata: Uint8Array
}

/** What of a member is kept in `__consumer_offsets`, and more that JoinGroup tells of it. Timeouts in milliseconds. */
export interface ClassicMemberOptions {
  readonly memberId: string
  /** The name of a static member (KIP-345); `null` for a dynamic one. */
  readonly groupInstanceId: string | null
  readonly clientId: string
  /** As Java prints an address: `/127.0.0.1`. */
  readonly clientHost: string
  readonly rebalanceTimeoutMs: number
  readonly sessionTimeoutMs: number
  /** In the member's order of preference. */
  readonly protocols: readonly MemberProtocol[]
  readonly assignment: Uint8Array
  readonly session: MemberSession
}

export const EMPTY_ASSIGNMENT: Uint8Array = new Uint8Array(0)

/** One member of a classic group (Kafka's `ClassicGroupMember`). */
export class ClassicMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly session: MemberSession
  rebalanceTimeoutMs: number
  sessionTimeoutMs: number
  protocols: readonly MemberProtocol[]
  assignment: Uint8Array
  /** It joined and has not been told of a generation yet. */
  isNew = false
  /** Its client does not know its member id before the answer to its first JoinGroup. */
  isAnonymous = false
  /** Answers the JoinGroup that waits for the rebalance. */
  awaitingJoin: ((response: JoinGroupResponse) => void) | null = null
  /** Answers the SyncGroup that waits for the leader's assignment. */
  awaitingSync: ((response: SyncGroupResponse) => void) | null = null

  constructor(options: ClassicMemberOptions) {
    this.memberId = options.memberId
    this.groupInstanceId = options.groupInstanceId
    this.clientId = options.clientId
    this.clientHost = options.clientHost
    this.rebalanceTimeoutMs = options.rebalanceTimeoutMs
    this.sessionTimeoutMs = options.sessionTimeoutMs
    this.protocols = options.protocols
    this.assignment = options.assignment
    this.session = options.session
  }

  /** Somebody else with all that this member has, its assignment among it: the same static member under a new id. */
  withIdentity(memberId: string, session: MemberSession): ClassicMember {
    const { groupInstanceId, clientId, clientHost, rebalanceTimeoutMs, sessionTimeoutMs } = this
    const { protocols, assignment } = this
    return new ClassicMember({
      memberId,
      groupInstanceId,
      clientId,
      clientHost,
      rebalanceTimeoutMs,
      sessionTimeoutMs,
      protocols,
      assignment,
      session,
    })
  }

  get isStatic(): boolean {
    return this.groupInstanceId !== null
  }

  /**
   * Whether it need not send heartbeats now: one that waits for a rebalance lives, unless it is new, for its client may have
   * given up before it knew its id.
   */
  get hasSatisfiedHeartbeat(): boolean {
    return !this.isNew && (this.awaitingJoin !== null || this.awaitingSync !== null)
  }

  /** The metadata for a protocol; empty when the member does not know it. */
  metadata(protocolName: string): Uint8Array {
    return this.protocols.find(({ name }) => name === protocolName)?.metadata ?? EMPTY_ASSIGNMENT
  }

  /** The first of the member's protocols that is among the candidates. */
  vote(candidates: ReadonlySet<string>): string {
    const choice = this.protocols.find(({ name }) => candidates.has(name))
    if (choice === undefined) throw new Error(`member ${this.memberId} supports no candidate`)
    return choice.name
  }

  /** Whether it would join with exactly these protocols again. */
  matches(protocols: readonly MemberProtocol[]): boolean {
    return (
      protocols.length === this.protocols.length &&
      protocols.every(({ name, metadata }, index) => {
        const own = this.protocols[index]!
        return own.name === name && Buffer.compare(own.metadata, metadata) === 0
      })
    )
  }

  /** Answers a parked JoinGroup, if there is one; says whether there was. */
  completeJoin(response: JoinGroupResponse): boolean {
    const reply = this.awaitingJoin
    this.awaitingJoin = null
    this.isAnonymous = false
    reply?.(response)
    return reply !== null
  }

  /** Answers a parked SyncGroup, if there is one; says whether there was. */
  completeSync(response: SyncGroupResponse): boolean {
    const reply = this.awaitingSync
    this.awaitingSync = null
    reply?.(response)
    return reply !== null
  }
}
