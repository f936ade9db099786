import { encodeResponseFrame } from '../../protocol/frame.ts'
import type { FramePart } from '../../protocol/schema/field.ts'
import type { Api, ResponseBody, ResponseInput } from '../../protocol/schema/index.ts'

/** The throttle time of every response while no quota is enforced. */
const NOT_THROTTLED_MS = 0

/** Returns a response as a frame. The throttle time of all responses is set here, in the body that the handler returned. */
export function encodeResponse<A extends Api>(
  api: A,
  apiVersion: number,
  correlationId: number,
  body: ResponseBody<A>,
): FramePart[] {
  // The body is not copied: responses to Fetch may have thousands of partitions, and this is on the hot path.
  const response = body as ResponseInput<A> & { throttleTimeMs: number }
  response.throttleTimeMs = NOT_THROTTLED_MS
  return encodeResponseFrame(api, apiVersion, correlationId, response)
}
