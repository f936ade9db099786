import { describeInvalidSize } from './invalid-size.ts'

const SIZE_BYTES = 4

/**
 * Thrown for a frame whose size Kafka does not accept. The connection cannot continue, because the
 * start of the next frame is unknown.
 */
export class InvalidFrameError extends Error {
  readonly size: number
  /** The kind of error, independent of the bytes that the client sent. */
  readonly kind: string

  constructor(size: number, maxBytes: number) {
    const { kind, message } = describeInvalidSize(size, maxBytes)
    super(message)
    this.kind = kind
    this.name = 'InvalidFrameError'
    this.size = size
  }
}

/** Frames of at least this size get their own buffer, which can be reused. */
const LARGE_FRAME_BYTES = 4096

/** A buffer larger than this is not kept for the next frame. */
const MAX_SPARE_BYTES = 4 * 1024 * 1024

/**
 * Divides a stream of chunks into frames (Kafka's `NetworkReceive`). A frame is passed on without
 * its size. Its receiver owns it and may {@link recycle} it: reusing a large buffer saves the
 * kernel from clearing its pages and the garbage collector from counting them. Chunks are copied,
 * never kept.
 */
export class FrameDecoder {
  readonly #maxBytes: number
  readonly #onFrame: (frame: Buffer) => void
  #size = 0
  #sizeBytesRead = 0
  #frame: Buffer | undefined
  /** A buffer for the next frame that fits. */
  #spare: Buffer | undefined
  #frameBytesRead = 0

  /**
   * @param maxBytes the maximum size of a frame, without its size field (Kafka's
   * `socket.request.max.bytes`)
   */
  constructor(maxBytes: number, onFrame: (frame: Buffer) => void) {
    this.#maxBytes = maxBytes
    this.#onFrame = onFrame
  }

  /** Whether the stream is between two frames. */
  get isAtBoundary(): boolean {
    return this.#sizeBytesRead === 0
  }

  /** Takes back a frame that nothing refers to any more. */
  recycle(frame: Buffer): void {
    if (frame.length < LARGE_FRAME_BYTES) return
    const whole = frame.length === frame.buffer.byteLength ? frame : Buffer.from(frame.buffer)
    if (whole.length > MAX_SPARE_BYTES) return
    if (this.#spare === undefined || this.#spare.length < whole.length) this.#spare = whole
  }

  /**
   * Passes on every frame that `chunk` completes.
   *
   * @throws InvalidFrameError
   */
  push(chunk: Buffer): void {
    let position = 0
    while (position < chunk.length) {
      if (this.#frame === undefined) {
        position = this.#readSize(chunk, position)
        if (this.#sizeBytesRead < SIZE_BYTES) return
        this.#frame = this.#allocate()
      }
      position = this.#readFrame(this.#frame, chunk, position)
    }
  }

  #readSize(chunk: Buffer, position: number): number {
    if (this.#sizeBytesRead === 0 && chunk.length - position >= SIZE_BYTES) {
      this.#size = chunk.readInt32BE(position)
      this.#sizeBytesRead = SIZE_BYTES
      return position + SIZE_BYTES
    }
    while (this.#sizeBytesRead < SIZE_BYTES && position < chunk.length) {
      this.#size = (this.#size << 8) | chunk[position++]!
      this.#sizeBytesRead++
    }
    return position
  }

  #allocate(): Buffer {
    if (this.#size <= 0 || this.#size > this.#maxBytes)
      throw new InvalidFrameError(this.#size, this.#maxBytes)
    if (this.#size < LARGE_FRAME_BYTES) return Buffer.allocUnsafe(this.#size)
    const spare = this.#spare
    if (spare === undefined || spare.length < this.#size) return Buffer.allocUnsafeSlow(this.#size)
    this.#spare = undefined
    return spare.length === this.#size ? spare : spare.subarray(0, this.#size)
  }

  #readFrame(frame: Buffer, chunk: Buffer, position: number): number {
    const end = position + Math.min(chunk.length - position, frame.length - this.#frameBytesRead)
    this.#frameBytesRead += chunk.copy(frame, this.#frameBytesRead, position, end)
    if (this.#frameBytesRead === frame.length) {
      this.#frame = undefined
      this.#frameBytesRead = 0
      this.#size = 0
      this.#sizeBytesRead = 0
      this.#onFrame(frame)
    }
    return end
  }
}
