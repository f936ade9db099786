import { backoffMs } from '../backoff.ts'
import { abortable, sleep, type Signals } from '../cancellation.ts'
import { ClientError } from '../client-error.ts'
import type { ClientSettings } from '../client-options.ts'
import { nameOfAddress, type BrokerAddress } from './broker-address.ts'
import { BrokerConnection } from './broker-connection.ts'
import { FinalizedFeatures } from './finalized-features.ts'

/** The channel of requests that are answered immediately. */
export const SHARED_CHANNEL = 'shared'

interface Failures {
  readonly count: number
  /** The time from which a new connection may be attempted. */
  readonly untilMs: number
}

/**
 * The open connections of a client: one per broker and channel. Long requests (Fetch, JoinGroup)
 * have their own channels, because a broker answers the requests of a connection one after the
 * other.
 */
export class Connections {
  readonly features = new FinalizedFeatures()
  readonly #settings: ClientSettings
  readonly #closing: AbortSignal
  readonly #opening = new Map<string, Promise<BrokerConnection>>()
  readonly #open = new Map<string, BrokerConnection>()
  readonly #failures = new Map<string, Failures>()

  /** @param closing aborted when the client closes */
  constructor(settings: ClientSettings, closing: AbortSignal) {
    this.#settings = settings
    this.#closing = closing
  }

  /** Whether a connection to the address is open in the channel. */
  isOpen(address: BrokerAddress, channel = SHARED_CHANNEL): boolean {
    return this.#open.get(keyOf(address, channel))?.isClosed === false
  }

  /**
   * Returns the connection to a broker, and opens one if needed. After a failure the next attempt
   * waits for `reconnectBackoffMs`, and longer each time.
   */
  async get(
    address: BrokerAddress,
    channel = SHARED_CHANNEL,
    signals: Signals = [],
  ): Promise<BrokerConnection> {
    const key = keyOf(address, channel)
    const open = this.#open.get(key)
    if (open !== undefined && !open.isClosed) return open
    let opening = this.#opening.get(key)
    if (opening === undefined) {
      opening = this.#connect(address, key).finally(() => this.#opening.delete(key))
      this.#opening.set(key, opening)
    }
    return abortable(opening, [this.#closing, ...signals])
  }

  /** Closes the connections of a channel. */
  closeChannel(channel: string): void {
    for (const [key, connection] of this.#open) {
      if (key.endsWith(`/${channel}`)) this.#remove(key, connection)
    }
  }

  /** Closes all connections, including those that are being opened. */
  close(): void {
    for (const [key, connection] of this.#open) this.#remove(key, connection)
  }

  async #connect(address: BrokerAddress, key: string): Promise<BrokerConnection> {
    const { clock } = this.#settings
    const name = nameOfAddress(address)
    const waitMs = (this.#failures.get(name)?.untilMs ?? 0) - clock.now()
    if (waitMs > 0) await sleep(clock, waitMs, [this.#closing])
    try {
      const connection = await BrokerConnection.open(address, this.#settings, this.#closing)
      this.#failures.delete(name)
      if (this.#closing.aborted) {
        connection.close()
        throw new ClientError('CLOSED', 'the client was closed')
      }
      this.features.note(connection.features)
      this.#open.set(key, connection)
      return connection
    } catch (error) {
      this.#noteFailure(name)
      throw error
    }
  }

  #noteFailure(name: string): void {
    const { clock, random, reconnectBackoffMs, reconnectBackoffMaxMs } = this.#settings
    const count = this.#failures.get(name)?.count ?? 0
    const pauseMs = backoffMs(reconnectBackoffMs, reconnectBackoffMaxMs, count, random)
    this.#failures.set(name, { count: count + 1, untilMs: clock.now() + pauseMs })
  }

  #remove(key: string, connection: BrokerConnection): void {
    this.#open.delete(key)
    connection.close()
  }
}

function keyOf(address: BrokerAddress, channel: string): string {
  return `${nameOfAddress(address)}/${channel}`
}
