/** Memory that grows as it is written to. */
export interface GrowingBytes {
  readonly bytes: Uint8Array
  /** The bytes written; what follows them is free. */
  size: number
  /** Makes sure that at least one byte is free, and throws when there may be no more. */
  makeRoom(): void
}

/** The part of a `node:zlib` stream that decodes from one piece of memory into another. */
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
 * The native decoder of a `node:zlib` stream, kept and used again.
 *
 * The functions of `node:zlib` that take a buffer set up a new stream for every call and allocate
 * their output in pieces: of a small batch that costs several times the decoding. What they do
 * inside is done here with one stream and memory that the caller keeps. The inner names are no
 * promise of Node's: {@link open} finds out whether they are there.
 */
export class NativeDecoder {
  readonly #stream: NativeStream
  readonly #handle: NativeHandle
  /** What the last write left: free bytes of the output, and bytes of the input. */
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
    // Node's own would destroy the stream.
    Reflect.set(handle, 'onerror', () => {
      this.#isBroken = true
    })
  }

  /**
   * The decoder of a stream; `undefined` where this Node does it another way.
   *
   * @param flush the flush mode in which the codec takes input that may go on
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

  /** Whether it met broken input: then it decodes nothing more. */
  get isBroken(): boolean {
    return this.#isBroken
  }

  /**
   * Decodes a stream that begins at `start`. Returns how many bytes of the input are left behind
   * its end; 0 when it ends with the input or goes on beyond. `output` has what was decoded, also
   * when the stream is broken, but for the last piece.
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
      // Room is left only when there is nothing more to decode.
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

/** Not by `instanceof`: test runners have arrays of their own, which Node's are none of. */
function isPairOfNumbers(value: unknown): value is Uint32Array {
  return ArrayBuffer.isView(value) && Reflect.get(value, 'length') === 2
}
