import { CLOSE_CONNECTION, NO_ANSWER } from '../../network/frame-handler.ts'
import type { Api, ResponseBody } from '../../protocol/schema/index.ts'
import type { Reply } from '../handlers/handler.ts'
import type { PipelineRequest } from './pipeline-request.ts'

/** The reply to a request, or a promise of it when something must be waited for. */
export type StepResult<A extends Api = Api> = Reply<A> | Promise<Reply<A>>

/** The rest of the pipeline, up to the handler. */
export type Next<A extends Api = Api> = (request: PipelineRequest<A>) => StepResult<A>

/**
 * A step between decoding and encoding. It passes the request on by `next`, before or after its own
 * work, or returns a reply without calling `next`: then the request has no effect. A step that need
 * not wait returns no promise.
 */
export type Step<A extends Api = Api> = (
  request: PipelineRequest<A>,
  next: Next<A>,
) => StepResult<A>

/**
 * Returns a function that runs the steps in order, and `handle` after them. No steps cost nothing.
 */
export function connect(steps: readonly Step[], handle: Next): Next {
  return steps.reduceRight<Next>((next, step) => (request) => step(request, next), handle)
}

/** Returns the reply that `change` makes of a reply, at once when it is there at once. */
export function mapReply<A extends Api>(
  result: StepResult<A>,
  change: (reply: Reply<A>) => StepResult<A>,
): StepResult<A> {
  return result instanceof Promise ? result.then(change) : change(result)
}

/** Returns the result with the response that `change` makes of the response, if there is one. */
export function mapResponse<A extends Api>(
  result: StepResult<A>,
  change: (response: ResponseBody<A>) => ResponseBody<A>,
): StepResult<A> {
  return mapReply(result, (reply) =>
    reply === NO_ANSWER || reply === CLOSE_CONNECTION ? reply : change(reply),
  )
}
