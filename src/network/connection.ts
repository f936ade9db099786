import type { Clock } from '../platform/clock.ts'
import type { NetworkSocket } from '../platform/network.ts'
import { isUnread } from '../platform/unread-bytes.ts'
import { AnswerBuffer } from './answer-buffer.ts'
import { ClientLine, type LineCondition, type SentAnswer } from './client-line.ts'
import { FrameDecoder, InvalidFrameError } from './frame-decoder.ts'
import { FrameQueue } from './frame-queue.ts'
import { CLOSE_CONNECTION, NO_ANSWER } from './frame-handler.ts'
import type { FrameAnswer, FrameHandler } from './frame-handler.ts'
import { IdleDeadline } from './idle-deadline.ts'
import type { NetworkLogger } from './network-logger.ts'
import type { RequestConnection } from './request-connection.ts'
import { UnreadSender } from './unread-sender.ts'

/**
 * The maximum size of pipelined requests that wait for the previous one. Beyond it the socket is
 * not read.
 */
const MAX_WAITING_BYTES = 256 * 1024

export interface ConnectionOptions {
  readonly id: string
  readonly listenerName: string
  readonly handler: FrameHandler
  readonly clock: Clock
  /** The maximum size of a request, in bytes (`socket.request.max.bytes`). */
  readonly maxRequestBytes: number
  /**
   * The idle time in milliseconds after which it is closed (`connections.max.idle.ms`); negative
   * means never.
   */
  readonly idleMs: number
  readonly logger: NetworkLogger
}

/**
 * One client's connection, over any transport (Kafka's `KafkaChannel`). Requests are passed on one
 * at a time and answered in order. The socket is not read while the client does not read its
 * responses, nor while too many requests wait.
 */
export class Connection implements RequestConnection {
  readonly id: string
  readonly clientHost: string
  readonly clientPort: number
  readonly localHost: string
  readonly localPort: number
  readonly listenerName: string
  principal = 'User:ANONYMOUS'
  clientSoftwareName = 'unknown'
  clientSoftwareVersion = 'unknown'

  readonly #socket: NetworkSocket
  readonly #handler: FrameHandler
  readonly #clock: Clock
  readonly #logger: NetworkLogger
  readonly #decoder: FrameDecoder
  readonly #idle: IdleDeadline
  readonly #waiting = new FrameQueue()
  readonly #answerBuffer = new AnswerBuffer()
  readonly #unread: UnreadSender
  readonly #closeCallbacks = new Set<() => void>()
  /** Only while the network of the connection is slow or cut, or the broker is paused. */
  #line: ClientLine | undefined
  #isProcessing = false
  #isDraining = false
  #isPaused = false
  #isCorked = false
  #hasEnded = false
  #isClosed = false

  constructor(socket: NetworkSocket, options: ConnectionOptions) {
    this.id = options.id
    this.clientHost = plainAddress(socket.remoteAddress)
    this.clientPort = socket.remotePort ?? 0
    this.localHost = plainAddress(socket.localAddress)
    this.localPort = socket.localPort ?? 0
    this.listenerName = options.listenerName
    this.#socket = socket
    this.#handler = options.handler
    this.#clock = options.clock
    this.#logger = options.logger
    this.#decoder = new FrameDecoder(options.maxRequestBytes, this.#onFrame)
    this.#unread = new UnreadSender(socket, this.#answerBuffer, this.#onSent, this.#onUnreadable)
    this.#idle = new IdleDeadline(options.clock, options.idleMs, this.#onIdle)
    socket.on('data', this.#onData)
    socket.on('drain', this.#onDrain)
    socket.on('end', this.#onEnd)
    socket.on('error', this.#onError)
    socket.on('close', this.#onClosed)
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  get isEndedByClient(): boolean {
    return this.#hasEnded
  }

  onClose(callback: () => void): () => void {
    if (this.#isClosed) {
      callback()
      return () => {}
    }
    this.#closeCallbacks.add(callback)
    return () => this.#closeCallbacks.delete(callback)
  }

  /** Makes the network of the connection slow, cuts it, or restores it. */
  setLine(condition: LineCondition): void {
    if (this.#isClosed) return
    this.#line ??= new ClientLine(this.#clock, this.#onArrived, this.#onLeft)
    this.#line.change(condition)
    if (this.#line.isOpen) this.#line = undefined
    this.#proceed()
  }

  /** Closes the connection and drops everything that waits on it. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#idle.cancel()
    this.#waiting.clear()
    this.#line?.close()
    this.#socket.destroy()
    for (const callback of this.#closeCallbacks) callback()
    this.#closeCallbacks.clear()
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#isClosed) return
    this.#idle.touch()
    try {
      this.#decoder.push(chunk)
    } catch (error) {
      if (!(error instanceof InvalidFrameError)) throw error
      this.#logger.errorOnce(
        `invalid frame ${error.kind} ${this.clientHost}`,
        { connection: this.id, size: error.size },
        `Closing a connection from ${this.clientHost}: ${error.message}`,
      )
      this.#flush()
      this.close()
      return
    }
    this.#flush()
  }

  /**
   * Starts the response to the current request, or a new attempt at it. Returns the function that
   * allocates memory for large parts of the response, as long as there is some. The memory is
   * reused for the next response.
   */
  beginAnswer(): (sizeInBytes: number) => Uint8Array | undefined {
    const isSent = this.#socket.writableLength === 0 && this.#line?.responses.isEmpty !== false
    if (isSent) this.#answerBuffer.reset()
    else this.#answerBuffer.abandon()
    return this.#allocate
  }

  readonly #allocate = (sizeInBytes: number): Uint8Array | undefined =>
    this.#answerBuffer.take(sizeInBytes)

  /** Takes back the frame of a completed request that nothing refers to any more. */
  recycle(frame: Uint8Array): void {
    this.#decoder.recycle(frame as Buffer)
  }

  readonly #onFrame = (frame: Buffer): void => {
    if (this.#isClosed) return
    if (this.#line === undefined) this.#receive(frame)
    else this.#line.requests.push(frame)
  }

  #receive(frame: Buffer): void {
    if (this.#isBusy) this.#waiting.push(frame)
    else this.#process(frame)
  }

  /** Whether the next request has to wait. */
  get #isBusy(): boolean {
    return this.#isProcessing || this.#isDraining || this.#line?.isPaused === true
  }

  /** A request has arrived over a slow line. */
  readonly #onArrived = (frame: Buffer): void => {
    if (this.#isClosed) return
    this.#receive(frame)
    this.#flush()
  }

  /** A response has left a slow line. */
  readonly #onLeft = (answer: SentAnswer): boolean => {
    this.#send(answer)
    this.#flush()
    return !this.#isDraining
  }

  #process(frame: Buffer): void {
    let answer: FrameAnswer | Promise<FrameAnswer>
    try {
      answer = this.#handler(frame, this)
    } catch (error) {
      this.#onFailure(error)
      return
    }
    if (typeof answer === 'object' && 'then' in answer) {
      this.#isProcessing = true
      answer.then(this.#onAnswer, this.#onFailure)
    } else {
      this.#write(answer)
    }
  }

  readonly #onAnswer = (answer: FrameAnswer): void => {
    this.#isProcessing = false
    if (this.#isClosed) return
    this.#idle.touch()
    this.#write(answer)
    this.#proceed()
  }

  readonly #onFailure = (error: unknown): void => {
    if (this.#isClosed) return
    this.#logger.error(
      { connection: this.id, err: error },
      'A request failed unexpectedly: closing connection',
    )
    this.#flush()
    this.close()
  }

  #write(answer: FrameAnswer): void {
    if (answer === NO_ANSWER) return
    if (this.#line === undefined) this.#send(answer)
    else this.#line.responses.push(answer)
  }

  /**
   * Corks the socket, so that all slices of all responses of this turn are sent with one `writev`.
   */
  #send(answer: SentAnswer): void {
    if (answer === CLOSE_CONNECTION) {
      this.#flush()
      this.close()
      return
    }
    const socket = this.#socket
    if (!this.#isCorked) {
      this.#isCorked = true
      socket.cork()
    }
    let i = 0
    while (i < answer.length && !isUnread(answer[i + 1])) socket.write(answer[i++])
    if (i < answer.length) {
      this.#unread.begin(answer, i)
      this.#uncork()
    } else if (socket.writableLength >= socket.writableHighWaterMark) {
      this.#uncork()
    }
  }

  /** Continues with waiting requests until one is not answered immediately. */
  #proceed(): void {
    while (!this.#isBusy && !this.#isClosed) {
      const frame = this.#waiting.shift()
      if (frame === undefined) break
      this.#process(frame)
    }
    this.#flush()
  }

  #flush(): void {
    if (this.#isClosed) return
    if (this.#isCorked) this.#uncork()
    if (this.#hasEnded && !this.#isDraining) this.#finish()
    else this.#regulate()
  }

  #uncork(): void {
    this.#isCorked = false
    this.#socket.uncork()
    const { writableLength, writableHighWaterMark } = this.#socket
    this.#isDraining = this.#unread.isSending || writableLength >= writableHighWaterMark
  }

  /** Reads the socket only while the client reads its responses and not too many requests wait. */
  #regulate(): void {
    const isFull = this.#waiting.sizeInBytes >= MAX_WAITING_BYTES
    const isPaused = this.#isDraining || isFull || this.#line?.isDeaf === true
    if (isPaused === this.#isPaused) return
    this.#isPaused = isPaused
    if (isPaused) this.#socket.pause()
    else this.#socket.resume()
  }

  readonly #onDrain = (): void => {
    if (!this.#isDraining) return
    this.#idle.touch()
    if (!this.#unread.isSending) this.#onSent()
  }

  readonly #onSent = (): void => {
    this.#isDraining = false
    this.#line?.responses.proceed()
    this.#proceed()
  }

  readonly #onUnreadable = (error: unknown): void => {
    this.#logger.warn(
      { connection: this.id, err: error },
      'The rest of an answer cannot be read: closing connection',
    )
    this.close()
  }

  /**
   * The client has ended its side. Completed responses are still sent. A waiting request is
   * dropped, because a client that has disconnected cannot be distinguished from one that still
   * reads.
   */
  readonly #onEnd = (): void => {
    this.#hasEnded = true
    if (!this.#isDraining) this.#finish()
  }

  #finish(): void {
    if (this.#line?.isEmpty === false) return
    if (this.#isProcessing) this.close()
    else this.#socket.end()
  }

  readonly #onIdle = (): void => {
    this.#logger.debug({ connection: this.id }, 'Closing an idle connection')
    this.close()
  }

  /** The system resets the connection of a client that has not read everything. */
  readonly #onError = (error: Error): void => {
    this.#hasEnded = true
    this.#logger.debug({ connection: this.id, reason: error.message }, 'Connection broken')
    this.close()
  }

  readonly #onClosed = (): void => {
    this.close()
  }
}

/** Returns an address without the prefix of IPv4 addresses on a dual-stack listener. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return 'unknown'
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address
}
