import type { Api } from '../../protocol/schema/index.ts'
import type { Handler } from '../handlers/handler.ts'

/** An API that a broker serves, and its handler. */
export interface ServedApi {
  readonly api: Api
  readonly handler: Handler
  /**
   * Whether the connection may receive its next frame into the memory of a request that is done.
   * The handler must not keep any bytes of the request then.
   */
  readonly reusesFrame: boolean
}

/** Pairs an API with its handler. Only a handler of this API compiles. */
export function serve<A extends Api>(
  api: A,
  handler: Handler<A>,
  { reusesFrame = false } = {},
): ServedApi {
  return { api, handler, reusesFrame }
}
