import type { CLOSE_CONNECTION, NO_ANSWER } from '../../network/frame-handler.ts'
import type { Api, RequestOf, ResponseBody } from '../../protocol/schema/index.ts'
import type { RequestContext } from '../request-context.ts'

/** What a handler makes of a request: the response, none (Produce with `acks=0`), or the end of the connection. */
export type Reply<A extends Api> = ResponseBody<A> | typeof NO_ANSWER | typeof CLOSE_CONNECTION

/**
 * Translates a typed request into its typed response. Wire errors are values in the response; a handler that need not
 * wait answers at once, without a promise.
 */
export type Handler<A extends Api> = (
  request: RequestOf<A>,
  context: RequestContext,
) => Reply<A> | Promise<Reply<A>>
