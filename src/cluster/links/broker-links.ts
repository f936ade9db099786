import type { PeerBrokers } from '../../broker/peer-brokers.ts'
import type { Answer } from '../../controller/answer.ts'
import type { ControllerChannel } from '../../controller/controller-channel.ts'
import type { MetadataDelta } from '../../controller/metadata-image.ts'
import type { ControllerRequests } from '../../controller/operations.ts'
import type { LineCondition } from '../../network/client-line.ts'
import type { Clock } from '../../platform/clock.ts'
import { DelayQueue } from '../../platform/delay-queue.ts'
import type { Links } from './links.ts'
import { Travels } from './travels.ts'

/**
 * The time in milliseconds after which a broker notices that a message was lost, unless the link is
 * restored before: the default of Kafka's `replica.socket.timeout.ms`, `request.timeout.ms` and
 * `controller.socket.timeout.ms`.
 */
const SOCKET_TIMEOUT_MS = 30_000

/**
 * The network of one broker, from its start to its end: its channels to the others, through which
 * messages are delayed or lost while the links have faults.
 */
export class BrokerLinks {
  readonly #brokerId: number
  readonly #links: Links
  readonly #leaderId: () => number | undefined
  readonly #travels: Travels
  readonly #metadata: DelayQueue<() => void>
  /** The last active controller that this broker has learned of. */
  #knownControllerId: number | undefined

  /** @param leaderId returns the broker with the active controller */
  constructor(brokerId: number, links: Links, leaderId: () => number | undefined, clock: Clock) {
    this.#brokerId = brokerId
    this.#links = links
    this.#leaderId = leaderId
    this.#travels = new Travels(clock)
    this.#metadata = new DelayQueue(clock, (deliver) => {
      deliver()
      return true
    })
    this.#knownControllerId = leaderId()
  }

  /**
   * Returns the channel to all brokers, itself included. A lost message is answered with
   * `undefined` when the link is restored, so that the sender can repeat it, or after 30 s.
   */
  peers(direct: PeerBrokers): PeerBrokers {
    return {
      send: (to, ...request) => {
        if (to === this.#brokerId) return direct.send(to, ...request)
        if (this.#links.hasFaults) return this.#send(to, () => direct.send(to, ...request))
        const answer = direct.send(to, ...request)
        return answer instanceof Promise ? this.#returned(to, answer) : answer
      },
    }
  }

  /**
   * Returns the channel to the active controller. A request waits until it can reach the
   * controller, as Kafka's broker repeats it; after 30 s it has no answer.
   */
  controller(direct: ControllerChannel): ControllerChannel {
    const knownId = (): number | undefined => {
      const id = direct.controllerId
      const isKnown = id === undefined || this.#links.canReach(this.#brokerId, id)
      if (isKnown) this.#knownControllerId = id
      return this.#knownControllerId
    }
    return {
      get controllerId() {
        return knownId()
      },
      send: (request) =>
        this.#links.hasFaults ? this.#forward(direct, request) : direct.send(request),
    }
  }

  /** Returns the function that gets each committed batch of the metadata log, in order. */
  metadata(deliver: (delta: MetadataDelta) => void): (delta: MetadataDelta) => void {
    const deliverFrom = (controllerId: number | undefined, delta: MetadataDelta): void => {
      this.#knownControllerId = controllerId
      deliver(delta)
    }
    return (delta) => {
      const leaderId = this.#leaderId()
      if (!this.#links.hasFaults && this.#metadata.isEmpty) return deliverFrom(leaderId, delta)
      this.#metadata.delayMs = this.#metadataDelayMs()
      this.#metadata.push(() => deliverFrom(leaderId, delta))
    }
  }

  /** The network between the broker and its clients. */
  clientLine(isPaused: boolean): LineCondition {
    return {
      toBrokerMs: this.#links.delayMs('clients', this.#brokerId),
      toClientMs: this.#links.delayMs(this.#brokerId, 'clients'),
      isPaused,
    }
  }

  /** Called when the links or the active controller have changed. */
  onChange(): void {
    this.#metadata.delayMs = this.#metadataDelayMs()
    this.#travels.onChange()
  }

  /** Drops all messages that are under way. */
  close(): void {
    this.#metadata.close()
    this.#travels.close()
  }

  #metadataDelayMs(): number {
    const leaderId = this.#leaderId()
    return leaderId === undefined ? 0 : this.#links.controllerDelayMs(leaderId, this.#brokerId)
  }

  async #send<R>(to: number, send: () => Answer<R>): Promise<R | undefined> {
    if (!(await this.#travel(this.#brokerId, to))) return undefined
    return this.#returned(to, send())
  }

  /** Returns the response when it has arrived, or `undefined` if it is lost. */
  async #returned<R>(from: number, answer: Answer<R>): Promise<R | undefined> {
    const response = await answer
    return (await this.#travel(from, this.#brokerId)) ? response : undefined
  }

  /** Resolves with true when a message has arrived; with false when its sender notices its loss. */
  async #travel(from: number, to: number): Promise<boolean> {
    if (!this.#links.hasFaults) return true
    const delayMs = this.#links.delayMs(from, to)
    if (delayMs < Infinity && !(await this.#travels.pass(delayMs))) return false
    if (this.#links.delayMs(from, to) < Infinity) return true
    const isRestored = () =>
      this.#links.delayMs(from, to) + this.#links.delayMs(to, from) < Infinity
    await this.#travels.until(isRestored, SOCKET_TIMEOUT_MS)
    return false
  }

  async #forward<T>(
    direct: ControllerChannel,
    request: (controller: ControllerRequests) => Answer<T>,
  ): Promise<T | undefined> {
    const controllerId = () => direct.controllerId ?? this.#brokerId
    const isOpen = () => this.#links.canReach(this.#brokerId, controllerId())
    for (;;) {
      if (!(await this.#travels.until(isOpen, SOCKET_TIMEOUT_MS))) return undefined
      const to = controllerId()
      if (!(await this.#travels.pass(this.#links.controllerDelayMs(this.#brokerId, to))))
        return undefined
      if (!isOpen()) continue
      const answer = await direct.send(request)
      const backMs = this.#links.controllerDelayMs(to, this.#brokerId)
      if (backMs < Infinity && !(await this.#travels.pass(backMs))) return undefined
      if (this.#links.canReach(this.#brokerId, to)) return answer
      await this.#travels.until(isOpen, SOCKET_TIMEOUT_MS)
      return undefined
    }
  }
}
