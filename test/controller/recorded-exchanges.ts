import type { TestController as Controller } from './support.ts'
import type {
  AlterConfigsResource,
  CreatablePartitions,
  CreatableTopic,
  DescribeConfigsResource,
  IncrementalAlterConfigsResource,
} from '../../src/controller/operations.ts'
import { topic } from './support.ts'
import { readJsonLines } from '../support/json-lines.ts'

type Row = Record<string, unknown>

/** A question to a 4.4.0 broker, and what it answered. */
export interface Exchange {
  readonly api: string
  readonly request: Row
  readonly response: Row
}

/** Returns the lines of a recording below `golden/`. */
export function readRecording<Line>(file: string): Line[] {
  return readJsonLines(new URL(`golden/${file}`, import.meta.url))
}

/** Asks the controller the question of an exchange. */
export function answer(controller: Controller, { api, request }: Exchange): Row {
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
      const includeDocumentation = request['includeDocumentation'] === true
      const asked = resources as DescribeConfigsResource[]
      const include = { includeSynonyms, includeDocumentation }
      const results = controller.describeConfigs(asked, { brokerId: 1, ...include })
      for (const { configs } of results) {
        configs.sort((a, b) => (a.name < b.name ? -1 : 1))
        // The recording has no sentences of Kafka's.
        for (const entry of configs) if (entry.documentation) entry.documentation = '...'
      }
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

/** Returns a recorded answer without what differs in every run, and in an order of its own. */
export function withoutIds(response: Row): Row {
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
