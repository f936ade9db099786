/** Memory that grows when it is written. */
export interface GrowingBytes {
  readonly bytes: Uint8Array
  /** The number of written bytes; the rest is free. */
  size: number
  /** Ensures that at least one byte is free. Throws at the limit. */
  makeRoom(): void
}

/** The part of a `node:zlib` stream that decodes from one buffer into another. */
interface NativeHandle {
  reset(): void
  writeSync(
    flush: number,
    input: Uint8Array,
    inputStart: number,
    inputSize: number,
    output: Uint8Array,
    outputStart: number,
    outputSize: number,
  ): void
}

/** A stream of `node:zlib`. */
export interface NativeStream {
  destroy(): unknown
}

/**
 * The native decoder of a `node:zlib` stream, which is kept and reused.
 *
 * The functions of `node:zlib` for whole buffers create a new stream for every call and allocate
 * their output in pieces. For a small batch that costs several times the decoding. This class does
 * the same work with one stream and the caller's memory. It uses internal names of Node, and {@link
 * open} checks that they exist.
 */
export class NativeDecoder {
  readonly #stream: NativeStream
  readonly #handle: NativeHandle
  /** The result of the last write: free bytes of the output, and remaining bytes of the input. */
  readonly #left: Uint32Array
  readonly #flush: number
  #isBroken = false

  private constructor(
    stream: NativeStream,
    handle: NativeHandle,
    left: Uint32Array,
    flush: number,
  ) {
    this.#stream = stream
    this.#handle = handle
    this.#left = left
    this.#flush = flush
    // Node's own handler would destroy the stream.
    Reflect.set(handle, 'onerror', () => {
      this.#isBroken = true
    })
  }

  /**
   * Returns the decoder of a stream; `undefined` if this version of Node has other internals.
   *
   * @param flush the flush mode in which the codec accepts incomplete input
   */
  static open(stream: NativeStream, flush: number): NativeDecoder | undefined {
    const handle: unknown = Reflect.get(stream, '_handle')
    const left: unknown = Reflect.get(stream, '_writeState')
    if (!isNativeHandle(handle) || !isPairOfNumbers(left)) {
      stream.destroy()
      return undefined
    }
    return new NativeDecoder(stream, handle, left, flush)
  }

  /** Whether it met invalid input. Then it decodes nothing more. */
  get isBroken(): boolean {
    return this.#isBroken
  }

  /**
   * Decodes a stream that starts at `start`. Returns the number of input bytes after its end; 0 if
   * it ends with the input or is incomplete. `output` has the decoded bytes, also of an invalid
   * stream, except for its last piece.
   */
  decode(input: Uint8Array, start: number, end: number, output: GrowingBytes): number {
    const handle = this.#handle
    const left = this.#left
    handle.reset()
    let position = start
    for (;;) {
      output.makeRoom()
      const { bytes, size } = output
      const room = bytes.length - size
      handle.writeSync(this.#flush, input, position, end - position, bytes, size, room)
      if (this.#isBroken) return 0
      const free = left[0]!
      const rest = left[1]!
      output.size = bytes.length - free
      position = end - rest
      // Free output means that there is nothing more to decode.
      if (free > 0) return rest
    }
  }

  close(): void {
    this.#stream.destroy()
  }
}

function isNativeHandle(handle: unknown): handle is NativeHandle {
  return (
    typeof handle === 'object' &&
    handle !== null &&
    typeof Reflect.get(handle, 'writeSync') === 'function' &&
    typeof Reflect.get(handle, 'reset') === 'function' &&
    typeof Reflect.get(handle, 'onerror') === 'function'
  )
}

/**
 * Not with `instanceof`: test runners have their own arrays, and Node's are not instances of them.
 */
function isPairOfNumbers(value: unknown): value is Uint32Array {
  return ArrayBuffer.isView(value) && Reflect.get(value, 'length') === 2
}
