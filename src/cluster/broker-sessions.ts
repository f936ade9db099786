import type { Clock, Timer } from '../platform/clock.ts'

/** The parts of a cluster that {@link BrokerSessions} uses. */
export interface SessionsOptions {
  readonly clock: Clock
  /** Whether a broker exchanges heartbeats with the active controller. */
  readonly isInContact: (brokerId: number) => boolean
  /** Fences a broker and gives its partitions other leaders. */
  readonly fence: (brokerId: number) => void
}

/**
 * The sessions of the brokers at the active controller (Kafka's `BrokerHeartbeatTracker`). In one
 * process there are no heartbeats: the session of a broker only runs down while the controller
 * cannot reach it. When it is over, the broker is fenced.
 */
export class BrokerSessions {
  readonly #options: SessionsOptions
  /** Sessions that run down, by broker id. */
  readonly #timers = new Map<number, Timer>()

  constructor(options: SessionsOptions) {
    this.#options = options
  }

  /** Called when a broker may have lost its contact, or has it again. */
  update(brokerId: number, timeoutMs: number): void {
    if (this.#options.isInContact(brokerId)) this.end(brokerId)
    else this.runDown(brokerId, timeoutMs)
  }

  /** The session of a broker runs down from now on, unless it does already. */
  runDown(brokerId: number, timeoutMs: number): void {
    if (this.#timers.has(brokerId)) return
    const { clock, fence } = this.#options
    const timer = clock.schedule(timeoutMs, () => fence(brokerId))
    this.#timers.set(brokerId, timer)
  }

  /** Ends the countdown of a broker. */
  end(brokerId: number): void {
    this.#timers.get(brokerId)?.cancel()
    this.#timers.delete(brokerId)
  }

  close(): void {
    for (const brokerId of this.#timers.keys()) this.end(brokerId)
  }
}
