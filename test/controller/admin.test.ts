import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Controller } from '../../src/controller/controller.ts'
import type {
  AlterConfigsResource,
  CreatablePartitions,
  CreatableTopic,
  DescribeConfigsResource,
  IncrementalAlterConfigsResource,
} from '../../src/controller/operations.ts'
import { startController, topic } from './support.ts'

interface Exchange {
  api: string
  request: Record<string, unknown>
  response: Record<string, unknown>
}

type Row = Record<string, unknown>

/** Questions about configs, topics and partitions, one after the other, with a 4.4.0 broker's answers. */
const exchanges = readFileSync(new URL('golden/admin-4.4.0.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Exchange)

/** Exchanges in which the recorded broker checks a config against what has no counterpart here, by their place. */
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

function answer(controller: Controller, { api, request }: Exchange): Row {
  const validateOnly = request['validateOnly'] === true
  const options = { brokerId: 1, validateOnly }
  const resources = request['resources']
  switch (api) {
    case 'IncrementalAlterConfigs': {
      const asked = resources as IncrementalAlterConfigsResource[]
      return { responses: controller.incrementalAlterConfigs(asked, options) }
    }
    case 'AlterConfigs':
      return { responses: controller.alterConfigs(resources as AlterConfigsResource[], options) }
    case 'DescribeConfigs': {
      const includeSynonyms = request['includeSynonyms'] === true
      const asked = resources as DescribeConfigsResource[]
      const results = controller.describeConfigs(asked, { brokerId: 1, includeSynonyms })
      for (const { configs } of results) configs.sort((a, b) => (a.name < b.name ? -1 : 1))
      return { results }
    }
    case 'CreateTopics': {
      const asked = (request['topics'] as CreatableTopic[]).map((one) => topic(one.name, one))
      return { topics: sorted(controller.createTopics(asked, { validateOnly })) }
    }
    case 'CreatePartitions': {
      const asked = request['topics'] as CreatablePartitions[]
      return { results: controller.createPartitions(asked, { validateOnly }) }
    }
    default:
      return controller.listConfigResources(request['resourceTypes'] as number[])
  }
}

function sorted<R extends { name: string }>(rows: R[]): R[] {
  return rows.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** The recording without what is different every time, and in an order of its own. */
function withoutIds(response: Row): Row {
  const topics = response['topics'] as ({ name: string } & Row)[] | undefined
  if (topics !== undefined)
    return { topics: sorted(topics.map(({ topicId: _id, ...one }) => one as (typeof topics)[0])) }
  const results = response['results'] as Row[] | undefined
  if (results?.[0]?.['configs'] === undefined) return response
  for (const result of results) {
    const configs = result['configs'] as { name: string }[]
    configs.sort((a, b) => (a.name < b.name ? -1 : 1))
  }
  return response
}
