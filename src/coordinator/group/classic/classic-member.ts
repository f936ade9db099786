import type { JoinGroup, SyncGroup } from '../../../protocol/messages/index.ts'
import type { RequestOf, ResponseBody } from '../../../protocol/schema/index.ts'
import type { Outcome } from '../../runtime/outcome.ts'
import type { MemberSession } from '../member-session.ts'
import type { StoredMember } from './stored-group.ts'

export type JoinGroupRequest = RequestOf<typeof JoinGroup>
export type JoinGroupResponse = ResponseBody<typeof JoinGroup>
export type SyncGroupResponse = ResponseBody<typeof SyncGroup>

/** An assignor that a member supports, with its subscription. */
export interface MemberProtocol {
  readonly name: string
  readonly metadata: Uint8Array
}

/** The data of a member from its JoinGroup. Timeouts in milliseconds. */
export interface ClassicMemberOptions {
  readonly memberId: string
  /** The name of a static member (KIP-345); `null` for a dynamic one. */
  readonly groupInstanceId: string | null
  readonly clientId: string
  /** In Java's notation: `/127.0.0.1`. */
  readonly clientHost: string
  readonly rebalanceTimeoutMs: number
  readonly sessionTimeoutMs: number
  /** In the member's order of preference. */
  readonly protocols: readonly MemberProtocol[]
  readonly assignment: Uint8Array
  readonly session: MemberSession
}

export const EMPTY_ASSIGNMENT: Uint8Array = new Uint8Array(0)

/** A member of a classic group (Kafka's `ClassicGroupMember`). */
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
  /** Whether it has joined and has not been in a generation yet. */
  isNew = false
  /** Whether its client does not know its member id before the response to its first JoinGroup. */
  isAnonymous = false
  /** Whether it was asked to join again and has not been answered since. */
  isAskedToJoin = false
  /** Answers the JoinGroup that waits for the rebalance. */
  awaitingJoin: ((response: Outcome<JoinGroupResponse>) => void) | null = null
  /** Answers the SyncGroup that waits for the leader's assignment. */
  awaitingSync: ((response: Outcome<SyncGroupResponse>) => void) | null = null

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

  get isStatic(): boolean {
    return this.groupInstanceId !== null
  }

  /**
   * Whether it need not send heartbeats now. A member that waits for a rebalance is alive, unless
   * it is new: its client may have disconnected before it knew its id.
   */
  get hasSatisfiedHeartbeat(): boolean {
    return !this.isNew && (this.awaitingJoin !== null || this.awaitingSync !== null)
  }

  supports(protocolName: string): boolean {
    return this.protocols.some(({ name }) => name === protocolName)
  }

  /** Returns the metadata for a protocol; empty if the member does not support it. */
  metadata(protocolName: string): Uint8Array {
    return this.protocols.find(({ name }) => name === protocolName)?.metadata ?? EMPTY_ASSIGNMENT
  }

  /** Whether it was asked to join again and has not sent JoinGroup yet. */
  get mustJoinAgain(): boolean {
    return this.isAskedToJoin && this.awaitingJoin === null
  }

  /** Whether it would join again with exactly these protocols. */
  matches(protocols: readonly MemberProtocol[]): boolean {
    return (
      protocols.length === this.protocols.length &&
      protocols.every(({ name, metadata }, index) => {
        const own = this.protocols[index]!
        return own.name === name && Buffer.compare(own.metadata, metadata) === 0
      })
    )
  }

  /** Returns the stored form of the member, with its next assignment. */
  toStored(protocolName: string | null, assignment: Uint8Array): StoredMember {
    return {
      memberId: this.memberId,
      groupInstanceId: this.groupInstanceId,
      clientId: this.clientId,
      clientHost: this.clientHost,
      rebalanceTimeoutMs: this.rebalanceTimeoutMs,
      sessionTimeoutMs: this.sessionTimeoutMs,
      subscription: this.metadata(protocolName ?? ''),
      assignment,
    }
  }

  /** Applies the member's part of a record, which contains only the chosen protocol. */
  replay(stored: StoredMember, protocolName: string | null): void {
    this.rebalanceTimeoutMs = stored.rebalanceTimeoutMs
    this.sessionTimeoutMs = stored.sessionTimeoutMs
    this.assignment = stored.assignment
    const name = protocolName ?? ''
    if (Buffer.compare(this.metadata(name), stored.subscription) === 0) return
    this.protocols = [{ name, metadata: stored.subscription }]
  }

  /** Answers a parked JoinGroup, if there is one. */
  completeJoin(response: JoinGroupResponse): void {
    const reply = this.awaitingJoin
    this.awaitingJoin = null
    this.isAnonymous = false
    this.isAskedToJoin = false
    reply?.(response)
  }

  /** Answers a parked SyncGroup, if there is one. Returns whether there was one. */
  completeSync(response: Outcome<SyncGroupResponse>): boolean {
    const reply = this.awaitingSync
    this.awaitingSync = null
    reply?.(response)
    return reply !== null
  }
}
