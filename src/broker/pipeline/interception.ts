import { CLOSE_CONNECTION, NO_ANSWER } from '../../network/frame-handler.ts'
import type { Api, ResponseBody } from '../../protocol/schema/index.ts'
import type { Reply } from '../handlers/handler.ts'
import type { PipelineRequest } from './pipeline-request.ts'
import { mapReply, mapResponse, type Step } from './step.ts'

/** Whether something happens before a request takes effect, or after it took effect. */
type Moment = 'before' | 'after'

/** Returns a step that sends this response. The request has no effect. */
export function respondWith<A extends Api>(
  respond: (request: PipelineRequest<A>) => ResponseBody<A>,
): Step<A> {
  return (request) => respond(request)
}

/**
 * Returns a step that delays requests, before or after they take effect. Later requests of the same
 * connection wait. A delayed request takes effect although its connection closes, as in Kafka. When
 * the broker closes, it is dropped.
 */
export function delay(delayMs: number, moment: Moment): Step {
  if (moment === 'before') {
    return async (request, next) =>
      (await request.services.delays.wait(delayMs)) ? next(request) : CLOSE_CONNECTION
  }
  return async (request, next) => {
    const reply = await next(request)
    return (await request.services.delays.wait(delayMs)) ? reply : CLOSE_CONNECTION
  }
}

/** Returns a step that drops requests, before or after they take effect: there is no response. */
export function drop(moment: Moment): Step {
  return replace(NO_ANSWER, moment)
}

/** Returns a step that closes the connection of requests, before or after they take effect. */
export function closeConnection(moment: Moment): Step {
  return replace(CLOSE_CONNECTION, moment)
}

/** Returns a step that changes the body of requests before they take effect. */
export function changeRequest<A extends Api>(
  change: (
    body: PipelineRequest<A>['body'],
    request: PipelineRequest<A>,
  ) => PipelineRequest<A>['body'],
): Step<A> {
  return (request, next) => {
    request.body = change(request.body, request)
    return next(request)
  }
}

/**
 * Returns a step that changes responses after the request took effect. Requests without response
 * are not affected.
 */
export function changeResponse<A extends Api>(
  change: (body: ResponseBody<A>, request: PipelineRequest<A>) => ResponseBody<A>,
): Step<A> {
  return (request, next) => mapResponse(next(request), (body) => change(body, request))
}

function replace(reply: Reply, moment: Moment): Step {
  if (moment === 'before') return () => reply
  return (request, next) => mapReply(next(request), () => reply)
}
