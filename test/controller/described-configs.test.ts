import { describe, expect, it } from 'vitest'
import { answer, readRecording, withoutIds } from './recorded-exchanges.ts'
import type { Exchange } from './recorded-exchanges.ts'
import { startController } from './support.ts'

/**
 * Internal configs, configs of one listener and unknown names: responses of a 4.4.0 broker that was
 * started with some of them and was given others.
 */
const [started, ...exchanges] = readRecording<Exchange | { properties: Record<string, string> }>(
  'described-configs-4.4.0.jsonl',
)

describe('configs that are shown only when they are set are described as by a 4.4.0 broker', () => {
  const { properties } = started as { properties: Record<string, string> }
  const { controller } = startController({ properties })

  it.each((exchanges as Exchange[]).map((exchange, index) => ({ index, ...exchange })))(
    '$index: $api',
    (exchange) => {
      expect(answer(controller, exchange)).toMatchObject(withoutIds(exchange.response))
    },
  )
})
