import { AnswerBuffer } from '../../network/answer-buffer.ts'
import type { RequestConnection } from '../../network/request-connection.ts'

/**
 * The connection of requests from one broker to another. It is never closed. A sender that fetches
 * has its own, because the memory of a response is used again for the next one.
 */
export class PeerConnection implements RequestConnection {
  readonly id = 'peer'
  readonly clientHost = '127.0.0.1'
  readonly clientPort = 0
  readonly localHost = '127.0.0.1'
  readonly localPort = 0
  readonly listenerName = 'PLAINTEXT'
  readonly principal = 'User:ANONYMOUS'
  readonly clientSoftwareName = 'unknown'
  readonly clientSoftwareVersion = 'unknown'
  readonly isClosed = false
  readonly isEndedByClient = false
  readonly #buffer = new AnswerBuffer()
  #mayWait = true
  #answerNow: (() => void) | undefined

  /** Whether the current request may wait: its sender has not called {@link wake} since. */
  get mayWait(): boolean {
    return this.#mayWait
  }

  /** Called before each request. */
  begin(): void {
    this.#mayWait = true
  }

  /** Makes the current request answer now, because its sender has more to ask. */
  wake(): void {
    this.#mayWait = false
    this.#answerNow?.()
  }

  /** Sets the function that answers a request that waits; `undefined` when it is answered. */
  onWake(answerNow: (() => void) | undefined): void {
    this.#answerNow = answerNow
  }

  onClose(): () => void {
    return () => {}
  }

  beginAnswer(): (sizeInBytes: number) => Uint8Array {
    this.#buffer.reset()
    // A receiver in the same process reads everything from memory.
    return (sizeInBytes) => this.#buffer.take(sizeInBytes) ?? Buffer.allocUnsafeSlow(sizeInBytes)
  }

  recycle(): void {}
}
