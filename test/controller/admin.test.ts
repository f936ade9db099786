import { describe, expect, it } from 'vitest'
import { answer, readRecording, withoutIds } from './recorded-exchanges.ts'
import type { Exchange } from './recorded-exchanges.ts'
import { startController } from './support.ts'

/**
 * Requests about configs, topics and partitions, in order, with the responses of a 4.4.0 broker.
 */
const exchanges = readRecording<Exchange>('admin-4.4.0.jsonl')

/**
 * Exchanges, by position, in which the recorded broker checks a config against something that does
 * not exist here.
 */
const notChecked: ReadonlyMap<number, string> = new Map([
  [78, 'there is no remote storage beside which local retention counts'],
  [79, 'there is no listener of a KRaft controller'],
  [263, 'listeners follow from host and port'],
])

describe('the controller answers administrators as a 4.4.0 broker', () => {
  const { controller } = startController()

  for (const [index, exchange] of exchanges.entries()) {
    const question = JSON.stringify(exchange.request).slice(0, 160)
    const missing = notChecked.get(index)
    const why = missing === undefined ? '' : ` (skipped: ${missing})`
    it.skipIf(missing !== undefined)(`${index}: ${exchange.api} ${question}${why}`, () => {
      const { response } = exchange
      expect(answer(controller, exchange)).toMatchObject(withoutIds(response))
    })
  }
})
