import { constants, createInflateRaw, inflateRawSync } from 'node:zlib'
import { hasErrorCode } from './system-error.ts'
import { type GrowingBytes, NativeDecoder } from './native-decoder.ts'

const { Z_SYNC_FLUSH } = constants
const NOT_ENDED = -1

let decoder: NativeDecoder | undefined
let isNative = true

/**
 * Inflates a raw deflate stream. Returns the position in `input` after the stream, or -1 if it is
 * invalid or incomplete; `output` has the bytes inflated until then.
 *
 * @param maxBytes the limit of `output`, which throws in `makeRoom`
 */
export function inflateRaw(
  input: Uint8Array,
  start: number,
  output: GrowingBytes,
  maxBytes: number,
): number {
  if (decoder === undefined && isNative) {
    decoder = NativeDecoder.open(createInflateRaw(), Z_SYNC_FLUSH)
    isNative = decoder !== undefined
  }
  if (decoder === undefined) return inflateAtOnce(input, start, output, maxBytes)
  const rest = decoder.decode(input, start, input.length, output)
  if (decoder.isBroken) {
    decoder.close()
    decoder = undefined
  }
  return rest > 0 ? input.length - rest : NOT_ENDED
}

/** {@link inflateRaw} with Node's function for a whole buffer. */
export function inflateAtOnce(
  input: Uint8Array,
  start: number,
  output: GrowingBytes,
  maxBytes: number,
): number {
  let inflated: { buffer: Uint8Array; engine: { bytesWritten: number } }
  try {
    const options = { finishFlush: Z_SYNC_FLUSH, maxOutputLength: maxBytes + 1, info: true }
    const result: unknown = inflateRawSync(input.subarray(start), options)
    inflated = result as typeof inflated
  } catch (error) {
    if (hasErrorCode(error, 'ERR_BUFFER_TOO_LARGE')) {
      output.size = maxBytes + 1
      output.makeRoom()
    }
    return NOT_ENDED
  }
  append(inflated.buffer, output)
  const position = start + inflated.engine.bytesWritten
  return position < input.length ? position : NOT_ENDED
}

function append(content: Uint8Array, output: GrowingBytes): void {
  for (let copied = 0; copied < content.length;) {
    output.makeRoom()
    const { bytes, size } = output
    const count = Math.min(content.length - copied, bytes.length - size)
    bytes.set(content.subarray(copied, copied + count), size)
    output.size += count
    copied += count
  }
}
