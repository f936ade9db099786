import type { Clock, Timer } from '../../platform/clock.ts'
import type { GroupConnection } from './group-request-context.ts'

/**
 * How long a dynamic member stays without an open connection, in milliseconds, if its client has
 * not closed the last one itself. Some clients notice a lost connection with their next heartbeat,
 * after 3 seconds by default. ARCHITECTURE.md has the measurements.
 */
export const RECONNECT_GRACE_MS = 5000

/**
 * The same for a connection that the client has closed, because it ends or continues on another
 * one. Not for a member that was asked to join again: it gets {@link RECONNECT_GRACE_MS}.
 */
export const ENDED_GRACE_MS = 100

/**
 * The same for a member of a consumer or share group. librdkafka closes its connection when a
 * heartbeat is not answered within the heartbeat interval, and opens the next one after 75 to 150
 * ms.
 */
export const UNANSWERED_GRACE_MS = 1000

/** Called when the session of a member ends. */
export interface MemberSessionEvents {
  /** The session timeout passed without a request that renews the session. */
  expired(): void
  /**
   * The member's last connection closed, and the member sent no request over another one in time.
   */
  disconnected(): void
  /**
   * Returns how long the member may be without a connection from now on, in milliseconds; 0 means
   * not at all.
   *
   * @param isEndedByClient whether its client has closed the last connection
   */
  graceMs(isEndedByClient: boolean): number
}

/**
 * The session of one member: a deadline that its requests renew, and the connections that carried
 * them.
 */
export class MemberSession {
  readonly #clock: Clock
  readonly #events: MemberSessionEvents
  #timer: Timer | undefined
  #timeoutMs = Infinity
  #graceTimer: Timer | undefined
  /**
   * The open connections that carried the member's requests, with the function that ends the
   * subscription to their close.
   */
  readonly #connections = new Map<GroupConnection, () => void>()
  #hasEnded = false

  constructor(clock: Clock, events: MemberSessionEvents) {
    this.#clock = clock
    this.#events = events
  }

  /** Moves the deadline to `timeoutMs` from now. */
  renew(timeoutMs: number): void {
    this.#timer?.cancel()
    if (this.#hasEnded) return
    this.#timeoutMs = timeoutMs
    this.#timer = this.#clock.schedule(timeoutMs, () => this.#events.expired())
  }

  /**
   * Called when the member has sent a request over this connection, which ends a grace period. A
   * new one starts when no such connection is open any more. A client may have several: franz-go
   * joins over one and sends heartbeats over another.
   */
  bind(connection: GroupConnection): void {
    if (this.#hasEnded) return
    this.#graceTimer?.cancel()
    if (this.#connections.has(connection)) return
    // A closed connection calls back immediately, so it must already be in the map.
    this.#connections.set(connection, () => {})
    const unsubscribe = connection.onClose(() => this.#onClosed(connection))
    if (this.#connections.has(connection)) this.#connections.set(connection, unsubscribe)
  }

  /** Called when the member is removed. No event follows. */
  end(): void {
    this.#hasEnded = true
    this.#timer?.cancel()
    this.#graceTimer?.cancel()
    for (const unsubscribe of this.#connections.values()) unsubscribe()
    this.#connections.clear()
  }

  #onClosed(connection: GroupConnection): void {
    this.#connections.delete(connection)
    if (this.#connections.size > 0) return
    const graceMs = this.#events.graceMs(connection.isEndedByClient)
    const delayMs = Math.min(graceMs, this.#timeoutMs)
    if (delayMs === 0) return this.#events.disconnected()
    this.#graceTimer = this.#clock.schedule(delayMs, () => this.#events.disconnected())
  }
}
