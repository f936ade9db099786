import type { UnreadBytes } from '../platform/unread-bytes.ts'
import type { RequestConnection } from './request-connection.ts'

/** The result for a request without a response, such as Produce with `acks=0`. */
export const NO_ANSWER = Symbol('no answer')

/**
 * The result for a request that Kafka answers by closing the connection, such as an unknown API
 * key.
 */
export const CLOSE_CONNECTION = Symbol('close connection')

/**
 * A whole response frame, including its size, as slices that are written without a copy, and bytes
 * that are read when they are sent. The first part is a slice.
 */
export type FrameAnswer =
  | readonly (Uint8Array | UnreadBytes)[]
  | typeof NO_ANSWER
  | typeof CLOSE_CONNECTION

/**
 * Handles one request frame (without its size). It is called with the next frame of a connection
 * only when the previous one is answered. A result that is available immediately is returned
 * without a promise.
 */
export type FrameHandler = (
  frame: Uint8Array,
  connection: RequestConnection,
) => FrameAnswer | Promise<FrameAnswer>
