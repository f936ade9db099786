import type { Api, RequestInput, ResponseBody } from '../../src/protocol/schema/index.ts'
import { readJsonLines } from '../support/json-lines.ts'

/**
 * The answers of a cluster of three real 4.4 nodes with `kraft.version` 0. Its third node did not
 * run, and its cluster id was that of `support.ts`.
 */
const recording = new URL('golden/quorum-4.4.0.jsonl', import.meta.url)

interface Exchange<A extends Api> {
  readonly api: string
  readonly version: number
  readonly request: RequestInput<A>
  readonly response: ResponseBody<A> & { throttleTimeMs?: number }
}

/** Returns the recorded exchanges of one API, in their order. */
export function recordedQuorum<A extends Api>(api: A): Exchange<A>[] {
  return readJsonLines<Exchange<A>>(recording).filter((each) => each.api === api.name)
}
