import type { NetworkSocket } from '../platform/network.ts'
import { isUnread, type UnreadBytes } from '../platform/unread-bytes.ts'
import type { AnswerBuffer } from './answer-buffer.ts'

type Part = Uint8Array | UnreadBytes

/**
 * Sends the rest of a response that is not completely in memory. It reads the next piece when the
 * socket has accepted the previous one.
 */
export class UnreadSender {
  readonly #socket: NetworkSocket
  readonly #memory: AnswerBuffer
  readonly #onSent: () => void
  readonly #onFailure: (error: unknown) => void
  #parts: readonly Part[] = []
  #index = 0
  /** The size of the sent part of the unread bytes at the index. */
  #position = 0

  /**
   * @param memory the memory of the response's slices
   * @param onSent called when the socket has accepted the last piece
   * @param onFailure called if the bytes cannot be read; nothing more is sent
   */
  constructor(
    socket: NetworkSocket,
    memory: AnswerBuffer,
    onSent: () => void,
    onFailure: (error: unknown) => void,
  ) {
    this.#socket = socket
    this.#memory = memory
    this.#onSent = onSent
    this.#onFailure = onFailure
  }

  get isSending(): boolean {
    return this.#parts.length > 0
  }

  /** @param first the index of a slice before the first unread part */
  begin(parts: readonly Part[], first: number): void {
    this.#parts = parts
    this.#index = first + 1
    this.#position = 0
    this.#socket.write(parts[first], this.#onTaken)
  }

  readonly #onTaken = (error?: Error | null): void => {
    // The socket notifies its connection itself.
    if (error || this.#socket.destroyed) return
    if (this.#index === this.#parts.length) {
      this.#parts = []
      this.#onSent()
      return
    }
    try {
      this.#sendNext()
    } catch (failure) {
      this.#onFailure(failure)
    }
  }

  #sendNext(): void {
    this.#socket.cork()
    try {
      this.#writeNext()
    } finally {
      this.#socket.uncork()
    }
  }

  /** Encoded bytes are sent with the next piece. */
  #writeNext(): void {
    const socket = this.#socket
    const last = this.#parts.length - 1
    for (; this.#index < last; this.#index++) {
      const part = this.#parts[this.#index]!
      if (isUnread(part)) break
      socket.write(part)
    }
    const part = this.#parts[this.#index]!
    if (isUnread(part)) {
      socket.write(this.#readPiece(part), this.#onTaken)
    } else {
      this.#index++
      socket.write(part, this.#onTaken)
    }
  }

  #readPiece(part: UnreadBytes): Uint8Array {
    const piece = this.#memory.takePiece(part.length - this.#position)
    part.read(piece, this.#position)
    this.#position += piece.length
    if (this.#position === part.length) {
      this.#index++
      this.#position = 0
    }
    return piece
  }
}
