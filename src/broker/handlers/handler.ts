import type { CLOSE_CONNECTION, NO_ANSWER } from '../../network/frame-handler.ts'
import type { Api, RequestOf, ResponseBody } from '../../protocol/schema/index.ts'
import type { RequestContext } from '../request-context.ts'

/**
 * The result of a request: a response, no response (Produce with `acks=0`), or closing the
 * connection.
 */
export type Reply<A extends Api = Api> =
  | ResponseBody<A>
  | typeof NO_ANSWER
  | typeof CLOSE_CONNECTION

/**
 * Handles a typed request and returns its typed response. Wire errors are values in the response. A
 * handler that does not wait returns its reply without a promise.
 */
export type Handler<A extends Api = Api> = (
  request: RequestOf<A>,
  context: RequestContext,
) => Reply<A> | Promise<Reply<A>>
