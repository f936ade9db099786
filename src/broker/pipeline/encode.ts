import { encodeResponseFrame } from '../../protocol/frame.ts'
import type { FramePart } from '../../protocol/schema/field.ts'
import type { Api, ResponseBody, ResponseInput } from '../../protocol/schema/index.ts'

/**
 * Returns a response as a frame. This is the only place that sets the throttle time of responses.
 */
export function encodeResponse<A extends Api>(
  api: A,
  apiVersion: number,
  correlationId: number,
  body: ResponseBody<A>,
  throttleTimeMs: number,
): FramePart[] {
  // The body is changed and not copied, because this is on the hot path.
  const response = body as ResponseInput<A> & { throttleTimeMs: number }
  response.throttleTimeMs = throttleTimeMs
  return encodeResponseFrame(api, apiVersion, correlationId, response)
}
