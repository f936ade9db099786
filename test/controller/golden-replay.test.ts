import { describe, expect, it } from 'vitest'
import type { TestController as Controller } from './support.ts'
import type {
  AlterConfigsResource,
  CreatableTopic,
  DescribeConfigsResource,
} from '../../src/controller/operations.ts'
import { ZERO_UUID } from '../../src/platform/uuid.ts'
import { sharedData } from '../support/shared-data.ts'
import { startController, topic } from './support.ts'
import { readJsonLines } from '../support/json-lines.ts'

interface Exchange {
  section: string
  name: string
  api: string
  version: number
  request: Record<string, unknown>
  response: Record<string, unknown>
}

type Row = Record<string, unknown>

const recording = sharedData('golden-broker-4.4.0.jsonl')
if (recording === undefined) console.log('skipped: the recording of a real broker is not here')

/** The properties of the recorded broker. */
const started = {
  'node.id': '1',
  'process.roles': 'broker,controller',
  'controller.quorum.voters': '1@127.0.0.1:41143',
  'controller.listener.names': 'CONTROLLER',
  'inter.broker.listener.name': 'PLAINTEXT',
  'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
  listeners: 'PLAINTEXT://127.0.0.1:41093,CONTROLLER://127.0.0.1:41143',
  'advertised.listeners': 'PLAINTEXT://127.0.0.1:41093',
  'log.dirs': '/DIR',
  'auto.create.topics.enable': 'true',
  'num.partitions': '1',
  'default.replication.factor': '1',
  'group.initial.rebalance.delay.ms': '0',
  'offsets.topic.num.partitions': '5',
  'offsets.topic.replication.factor': '1',
  'transaction.state.log.num.partitions': '5',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'share.coordinator.state.topic.num.partitions': '5',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
}

describe.skipIf(recording === undefined)('the controller beside a real broker', () => {
  const exchanges = readJsonLines<Exchange>(recording ?? '/dev/null')
  const { controller } = startController({ properties: started, brokers: 1 })
  const sections = ['CreateTopics', 'DescribeConfigs', 'AlterConfigs', 'ListConfigResources']
  const asked = exchanges.filter(
    ({ section, api }) =>
      sections.includes(section) || (section === 'DeleteTopics' && api === 'DeleteTopics'),
  )

  for (const [index, exchange] of asked.entries()) {
    it(`answers as recorded: ${exchange.section} ${exchange.name} (${index})`, () => {
      const [expected, actual] = replay(controller, exchange)
      expect(actual).toEqual(expected)
    })
  }
})

const ids = new Map<string, string>()

/** Returns the recorded responses and those of the controller, in comparable form. */
function replay(
  controller: Controller,
  { api, version, request, response }: Exchange,
): [Row[], Row[]] {
  switch (api) {
    case 'CreateTopics': {
      const recorded = response['topics'] as Row[]
      const topics = (request['topics'] as CreatableTopic[]).map((asked) =>
        topic(asked.name, asked),
      )
      const validateOnly = request['validateOnly'] === true
      const results = controller.createTopics(topics, { validateOnly }) as unknown as Row[]
      for (const [index, row] of recorded.entries())
        ids.set(String(row['topicId']), String(results[index]?.['topicId']))
      return compare(recorded, results)
    }
    case 'DescribeConfigs': {
      const results = controller.describeConfigs(
        request['resources'] as DescribeConfigsResource[],
        {
          brokerId: 1,
          includeSynonyms: request['includeSynonyms'] === true,
          includeDocumentation: request['includeDocumentation'] === true,
        },
      )
      return compare(response['results'] as Row[], results as unknown as Row[])
    }
    case 'AlterConfigs': {
      const resources = request['resources'] as AlterConfigsResource[]
      const results = controller.alterConfigs(resources, { brokerId: 1 })
      return compare(response['responses'] as Row[], results as unknown as Row[])
    }
    case 'ListConfigResources': {
      const types = version === 0 ? [16] : ((request['resourceTypes'] as number[]) ?? [])
      const { configResources } = controller.listConfigResources(types)
      const typesOf = (rows: Row[]) => [...new Set(rows.map((row) => row['resourceType']))]
      const recorded = typesOf(response['configResources'] as Row[])
      return [[{ types: recorded }], [{ types: typesOf(configResources as unknown as Row[]) }]]
    }
    default: {
      const named = (request['topicNames'] as string[] | undefined)?.map((name) => ({
        name,
        topicId: ZERO_UUID,
      }))
      const topics = (named ?? (request['topics'] as { name: string; topicId: string }[])).map(
        ({ name, topicId }) => ({ name, topicId: ids.get(topicId) ?? topicId }),
      )
      return compare(
        response['responses'] as Row[],
        controller.deleteTopics(topics) as unknown as Row[],
      )
    }
  }
}

/** Every field that the recorded version has, ids apart. */
function compare(recorded: Row[], actual: Row[]): [Row[], Row[]] {
  return [
    recorded.map((row) => masked(row, row)),
    actual.map((row, i) => masked(row, recorded[i]!)),
  ]
}

function masked(row: Row, like: Row): Row {
  const out: Row = {}
  for (const name of Object.keys(like)) {
    if (name === 'topicId') out[name] = row[name] === ZERO_UUID ? ZERO_UUID : 'some id'
    else if (name === 'configs') out[name] = maskedConfigs(row[name] as Row[], like[name] as Row[])
    else out[name] = row[name]
  }
  return out
}

function maskedConfigs(configs: Row[], like: Row[]): Row[] {
  const fields = Object.keys(like[0] ?? {}).filter((name) => name !== 'documentation')
  return [...configs]
    .sort((a, b) => (String(a['name']) < String(b['name']) ? -1 : 1))
    .map((entry) => {
      // The recording hides the paths of its machine.
      if (entry['name'] === 'log.dir') return { name: 'log.dir' }
      return Object.fromEntries(fields.map((name) => [name, entry[name]]))
    })
}
