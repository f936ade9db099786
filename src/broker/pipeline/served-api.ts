import type { Api, RequestOf } from '../../protocol/schema/index.ts'
import type { Handler } from '../handlers/handler.ts'

/** Returns whether the client waits for a response to this request. */
export type ExpectsResponse<A extends Api = Api> = (body: RequestOf<A>) => boolean

/** An API that a broker serves, and its handler. */
export interface ServedApi {
  readonly api: Api
  readonly handler: Handler
  /**
   * Whether the connection may receive its next frame into the memory of a request that is done.
   * The handler must not keep any bytes of the request then.
   */
  readonly reusesFrame: boolean
  readonly expectsResponse: ExpectsResponse
}

interface ServeOptions<A extends Api> {
  /** Default false. */
  readonly reusesFrame?: boolean
  /** Default always. */
  readonly expectsResponse?: ExpectsResponse<A>
}

const always = (): boolean => true

/** Pairs an API with its handler. Only a handler of this API compiles. */
export function serve<A extends Api>(
  api: A,
  handler: Handler<A>,
  { reusesFrame = false, expectsResponse = always }: ServeOptions<A> = {},
): ServedApi {
  return { api, handler, reusesFrame, expectsResponse }
}
