import type { GroupConnection } from '../group-request-context.ts'

/**
 * Notified of the members of a group, for their sessions and other timers. Changes have been
 * replayed.
 */
export interface MemberObserver<M> {
  /** The partition is loaded: timers may start. */
  started(members: Iterable<M>): void
  memberChanged(member: M): void
  memberRemoved(memberId: string): void
  /** The member has sent a heartbeat. */
  renew(memberId: string): void
  /** The member has sent a request over this connection. */
  bind(memberId: string, connection: GroupConnection): void
  /** The group was deleted, or this broker no longer coordinates it. */
  stopped(): void
}
