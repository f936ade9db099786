import { RequestHeader, ResponseHeader } from './headers.ts'
import type { FramePart } from './schema/field.ts'
import { DecodeError, Reader, Writer } from './schema/index.ts'
import type { Api, RequestInput, ResponseInput, ResponseOf } from './schema/index.ts'

/** The bytes of the size that stands before every frame on the wire. */
const SIZE_BYTES = 4
/** Room for most answers without records. */
const INITIAL_SIZE = 512

/** What a broker learns from the header of a request. */
export interface DecodedRequestHeader {
  readonly apiKey: number
  readonly apiVersion: number
  readonly correlationId: number
  readonly clientId: string | null
  /** Where the body begins in the frame. */
  readonly bodyStart: number
}

/** Any API, for functions that serve all of them. */
type AnyApi = Api

/**
 * Reads the header of a request. Which version of the header it is depends on the API and its version, also where the
 * version is not served; for a key that no broker answers the header is read as v1, and the caller closes the
 * connection.
 *
 * @param frame the request without its size
 * @throws DecodeError when the frame is too short
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
 * A whole response, from its size to its last byte, as chunks to be written in order. Records of 4 KB and more, and those
 * that are not read yet, are the slices that were handed in.
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

/** A whole request, from its size to its last byte, as chunks to be written in order. */
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
  // What a client sends is in memory.
  return finishFrame(writer) as Uint8Array[]
}

/**
 * Reads a response.
 *
 * @param frame the response without its size
 * @throws DecodeError when the bytes are not such a response
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
