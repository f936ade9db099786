import type { Clock } from '../platform/clock.ts'
import { DelayQueue } from '../platform/delay-queue.ts'
import type { FrameAnswer, NO_ANSWER } from './frame-handler.ts'

/** The result for a request that has a response, or closes its connection. */
export type SentAnswer = Exclude<FrameAnswer, typeof NO_ANSWER>

/** The network between a broker and its clients, and whether the broker works. */
export interface LineCondition {
  /**
   * The time in milliseconds that a request takes to the broker. `Infinity`: requests arrive when
   * the line is restored, because TCP sends them again.
   */
  readonly toBrokerMs: number
  /** The time in milliseconds that a response takes to the client, as for requests. */
  readonly toClientMs: number
  /** Whether the broker is paused: it handles no request, also none that arrived before. */
  readonly isPaused: boolean
}

/** The condition of a network without faults. */
export const OPEN_LINE: LineCondition = { toBrokerMs: 0, toClientMs: 0, isPaused: false }

/** The requests and responses of one connection that are under way in a slow or cut network. */
export class ClientLine {
  readonly requests: DelayQueue<Buffer>
  readonly responses: DelayQueue<SentAnswer>
  #condition = OPEN_LINE

  /**
   * @param receive takes a request that arrives
   * @param send writes a response; returns false if the socket takes no further one now
   */
  constructor(
    clock: Clock,
    receive: (frame: Buffer) => void,
    send: (answer: SentAnswer) => boolean,
  ) {
    this.requests = new DelayQueue(clock, (frame) => {
      receive(frame)
      return true
    })
    this.responses = new DelayQueue(clock, send)
  }

  get isPaused(): boolean {
    return this.#condition.isPaused
  }

  /** Whether no request can arrive, so that the socket must not be read. */
  get isDeaf(): boolean {
    return this.requests.delayMs === Infinity
  }

  /** Whether nothing is under way, and nothing is held back from now on. */
  get isOpen(): boolean {
    const isFree = this.requests.delayMs === 0 && this.responses.delayMs === 0
    return isFree && !this.isPaused && this.isEmpty
  }

  /** Whether nothing is under way. */
  get isEmpty(): boolean {
    return this.requests.isEmpty && this.responses.isEmpty
  }

  change(condition: LineCondition): void {
    const { toBrokerMs, toClientMs, isPaused } = condition
    this.#condition = condition
    this.requests.delayMs = isPaused ? Infinity : toBrokerMs
    this.responses.delayMs = isPaused ? Infinity : toClientMs
  }

  close(): void {
    this.requests.close()
    this.responses.close()
  }
}
