import type { ConnectionInfo } from '../../network/request-connection.ts'
import { ShareSession, type RequestedPartition } from './share-session.ts'

/** A member of a share group. */
export interface ShareMember {
  readonly groupId: string
  readonly memberId: string
}

export interface ShareSessionListener {
  /** Called when the connection of a session has closed. */
  onMemberLeave(member: ShareMember): void
  /** Called when a connection has closed and its group has no session any more. */
  onGroupEmpty(groupId: string): void
}

/** The connection of a session that was created last on it. */
interface ConnectionOwner {
  member: ShareMember
  session: ShareSession
}

/**
 * The share sessions of one broker (Kafka's `ShareSessionCache`). A session ends with its
 * connection.
 */
export class ShareSessionCache {
  readonly #maxSessions: number
  readonly #listener: ShareSessionListener
  readonly #sessions = new Map<string, ShareSession>()
  /** The number of sessions of each group. */
  readonly #counts = new Map<string, number>()
  /** The last session of each connection, by the id of the connection. */
  readonly #owners = new Map<string, ConnectionOwner>()

  /** @param maxSessions `group.share.max.share.sessions` */
  constructor(maxSessions: number, listener: ShareSessionListener) {
    this.#maxSessions = maxSessions
    this.#listener = listener
  }

  get size(): number {
    return this.#sessions.size
  }

  get(member: ShareMember): ShareSession | undefined {
    return this.#sessions.get(sessionKey(member))
  }

  /** Creates a session; returns `undefined` if there are too many. */
  create(
    member: ShareMember,
    partitions: readonly RequestedPartition[],
    connection: ConnectionInfo,
  ): ShareSession | undefined {
    if (this.#sessions.size >= this.#maxSessions) return undefined
    const { groupId, memberId } = member
    const session = new ShareSession({ groupId, memberId, connectionId: connection.id }, partitions)
    this.#sessions.set(sessionKey(member), session)
    this.#counts.set(groupId, (this.#counts.get(groupId) ?? 0) + 1)
    const isKnown = this.#owners.has(connection.id)
    this.#owners.set(connection.id, { member: { groupId, memberId }, session })
    if (!isKnown) connection.onClose(() => this.#onClose(connection.id))
    return session
  }

  /** Returns whether there was a session. */
  remove(member: ShareMember): boolean {
    const { groupId } = member
    const wasThere = this.#sessions.delete(sessionKey(member))
    if (wasThere) this.#counts.set(groupId, this.#counts.get(groupId)! - 1)
    return wasThere
  }

  clear(): void {
    this.#sessions.clear()
    this.#counts.clear()
  }

  #onClose(connectionId: string): void {
    const { member, session } = this.#owners.get(connectionId)!
    this.#owners.delete(connectionId)
    if (this.get(member) === session) {
      this.#listener.onMemberLeave(member)
      this.remove(member)
    }
    if ((this.#counts.get(member.groupId) ?? 0) > 0) return
    this.#counts.delete(member.groupId)
    this.#listener.onGroupEmpty(member.groupId)
  }
}

/** Returns a text that is unique for a member of a group. */
function sessionKey({ groupId, memberId }: ShareMember): string {
  return `${memberId.length}:${memberId}${groupId}`
}
