import { RequestHeader, ResponseHeader } from './headers.ts'
import type { FramePart } from './schema/field.ts'
import { DecodeError, Reader, Writer } from './schema/index.ts'
import type { Api, RequestInput, ResponseInput, ResponseOf } from './schema/index.ts'

/** The size field before every frame, in bytes. */
const SIZE_BYTES = 4
/** Enough for most responses without records. */
const INITIAL_SIZE = 512

/** The data in the header of a request. */
export interface DecodedRequestHeader {
  readonly apiKey: number
  readonly apiVersion: number
  readonly correlationId: number
  readonly clientId: string | null
  /** The position of the body in the frame. */
  readonly bodyStart: number
}

/** Any API, for functions that serve all of them. */
type AnyApi = Api

/**
 * Decodes the header of a request. The version of the header depends on the API and its version,
 * even if that version is not served. For an unknown key the header is read as v1, and the caller
 * closes the connection.
 *
 * @param frame the request without its size
 * @throws DecodeError if the frame is too short
 */
export function decodeRequestHeader(
  frame: Uint8Array,
  apiOf: (key: number) => Api | undefined,
): DecodedRequestHeader {
  const reader = new Reader(frame)
  const apiKey = reader.int16()
  const apiVersion = reader.int16()
  const headerVersion = apiOf(apiKey)?.requestHeaderVersion(apiVersion) ?? 1
  reader.position = 0
  const { correlationId, clientId } = RequestHeader.decodeFrom(headerVersion, reader)
  return { apiKey, apiVersion, correlationId, clientId, bodyStart: reader.position }
}

/**
 * Encodes a whole response, including its size, as chunks to be written in order. Records of 4 KB
 * and more, and those that are not read yet, are the given slices.
 */
export function encodeResponseFrame<A extends AnyApi>(
  api: A,
  version: number,
  correlationId: number,
  response: ResponseInput<A>,
): FramePart[] {
  const writer = new Writer(INITIAL_SIZE)
  writer.int32(0)
  ResponseHeader.encodeInto(api.responseHeaderVersion(version), { correlationId }, writer)
  api.response.encodeInto(version, response, writer)
  return finishFrame(writer)
}

/** Encodes a whole request, including its size, as chunks to be written in order. */
export function encodeRequestFrame<A extends AnyApi>(
  api: A,
  version: number,
  correlationId: number,
  clientId: string | null,
  request: RequestInput<A>,
): Uint8Array[] {
  const writer = new Writer(INITIAL_SIZE)
  writer.int32(0)
  const header = { requestApiKey: api.key, requestApiVersion: version, correlationId, clientId }
  RequestHeader.encodeInto(api.requestHeaderVersion(version), header, writer)
  api.request.encodeInto(version, request, writer)
  // A request of a client is completely in memory.
  return finishFrame(writer) as Uint8Array[]
}

/**
 * Decodes a response.
 *
 * @param frame the response without its size
 * @throws DecodeError if the bytes are not such a response
 */
export function decodeResponseFrame<A extends AnyApi>(
  api: A,
  version: number,
  frame: Uint8Array,
): { correlationId: number; response: ResponseOf<A> } {
  const reader = new Reader(frame)
  const header = ResponseHeader.decodeFrom(api.responseHeaderVersion(version), reader)
  const response = api.response.decodeFrom(version, reader) as ResponseOf<A>
  if (reader.remaining > 0) {
    throw new DecodeError(`${reader.remaining} bytes follow the ${api.name} response`)
  }
  return { correlationId: header.correlationId, response }
}

function finishFrame(writer: Writer): FramePart[] {
  const size = writer.size - SIZE_BYTES
  const chunks = writer.finish()
  const first = chunks[0] as Uint8Array
  first[0] = size >>> 24
  first[1] = size >>> 16
  first[2] = size >>> 8
  first[3] = size
  return chunks
}
