import type { Clock, Timer } from '../../platform/clock.ts'
import type { GroupConnection } from './group-request-context.ts'

/** What happens to a member that is no longer heard of. */
export interface MemberSessionEvents {
  /** The session timeout passed without a sign of life. */
  expired(): void
  /** The connection that carried the last sign of life closed. */
  disconnected(): void
}

/** What keeps one member in its group: a deadline that every sign of life moves, and its connection. */
export class MemberSession {
  readonly #clock: Clock
  readonly #events: MemberSessionEvents
  #timer: Timer | undefined
  #connection: GroupConnection | undefined
  #unsubscribe: (() => void) | undefined
  #hasEnded = false

  constructor(clock: Clock, events: MemberSessionEvents) {
    this.#clock = clock
    this.#events = events
  }

  /** Moves the deadline to `timeoutMs` from now. */
  renew(timeoutMs: number): void {
    this.#timer?.cancel()
    if (this.#hasEnded) return
    this.#timer = this.#clock.schedule(timeoutMs, () => this.#events.expired())
  }

  /** From now on the member lives and dies with this connection; with one that is closed already, it dies at once. */
  bind(connection: GroupConnection): void {
    if (connection === this.#connection || this.#hasEnded) return
    this.#unsubscribe?.()
    this.#connection = connection
    this.#unsubscribe = connection.onClose(() => this.#events.disconnected())
  }

  /** The member is gone: nothing happens any more. */
  end(): void {
    this.#hasEnded = true
    this.#timer?.cancel()
    this.#unsubscribe?.()
    this.#connection = undefined
  }
}
