import type { UnreadBytes } from '../platform/unread-bytes.ts'
import type { RequestConnection } from './request-connection.ts'

/** The answer to a request that gets none, such as Produce with `acks=0`. */
export const NO_ANSWER = Symbol('no answer')

/** The answer to a request that Kafka does not answer but by closing the connection, such as an unknown API key. */
export const CLOSE_CONNECTION = Symbol('close connection')

/**
 * A whole response frame, its size included, as slices that are written by reference, and bytes that are read when they
 * are sent. The first part is a slice.
 */
export type FrameAnswer =
  | readonly (Uint8Array | UnreadBytes)[]
  | typeof NO_ANSWER
  | typeof CLOSE_CONNECTION

/**
 * Answers one request frame (without its size). Called with the next frame of a connection only when the one before
 * is answered; an answer that is there at once should be returned, not promised.
 */
export type FrameHandler = (
  frame: Uint8Array,
  connection: RequestConnection,
) => FrameAnswer | Promise<FrameAnswer>
