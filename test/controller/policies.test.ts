import { describe, expect, it, test } from 'vitest'
import type { AlterConfigPolicy, CreateTopicPolicy } from '../../src/controller/policies.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { answer, readRecording, withoutIds } from './recorded-exchanges.ts'
import type { Exchange } from './recorded-exchanges.ts'
import { startController, topic } from './support.ts'

/**
 * Requests to a 4.4.0 broker with policy classes, its responses, and the arguments of the policies.
 */
const exchanges = readRecording<Exchange & { policies: unknown[] }>('policies-4.4.0.jsonl')

/** Names and values that the recorded policies refuse. */
const refusedValues = new Set(['66', '46666'])

describe('policies are called as by a 4.4.0 broker', () => {
  const calls: unknown[] = []
  const createTopic: CreateTopicPolicy = (request) => {
    calls.push({ policy: 'create', ...request })
    if (request.topic.startsWith('refuse')) return `no ${request.topic}`
    if (request.topic.startsWith('null')) throw new Error()
    return undefined
  }
  const alterConfig: AlterConfigPolicy = (request) => {
    calls.push({ policy: 'alter', ...request })
    const values = Object.values(request.configs)
    if (values.includes('68')) throw new Error()
    if (values.some((value) => refusedValues.has(value!))) throw new Error('no 66')
  }
  const { controller } = startController({ policies: { createTopic, alterConfig } })

  for (const [index, exchange] of exchanges.entries()) {
    it(`${index}: ${exchange.api} ${JSON.stringify(exchange.request).slice(0, 160)}`, () => {
      expect(answer(controller, exchange)).toMatchObject(withoutIds(exchange.response))
      expect(calls.splice(0)).toEqual(exchange.policies)
    })
  }
})

test.each<[string, () => unknown]>([
  ['a promise', () => Promise.reject(new Error('late'))],
  ['a boolean', () => false],
])('UNKNOWN_SERVER_ERROR for a policy that returns %s', (seen, decide) => {
  const { controller } = startController({ policies: { createTopic: decide as () => string } })
  const [created] = controller.createTopics([topic('a')])
  expect(created).toMatchObject({
    errorCode: ErrorCode.UnknownServerError,
    errorMessage: `createTopicPolicy must return a message to refuse or nothing to accept, not ${seen}`,
  })
  expect(controller.image.topics.has('a')).toBe(false)
})
