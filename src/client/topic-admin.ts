import {
  CreatePartitions,
  CreateTopics,
  DeleteTopics,
  DescribeConfigs,
  IncrementalAlterConfigs,
} from '../protocol/messages/index.ts'
import type { ClusterClient } from './cluster-client.ts'
import { check } from './client-error.ts'

const TIMEOUT_MS = 30_000
/** DeleteTopics up to here names topics in a list of strings. */
const MAX_DELETE_VERSION = 5
const TOPIC_RESOURCE = 2
/** DescribeConfigs' source of a value that was set for the topic itself. */
const TOPIC_CONFIG_SOURCE = 1
const SET = 0
const DELETE = 1

export interface NewTopic {
  readonly name: string
  /** -1: the broker's default. */
  readonly partitions: number
  /** -1: the broker's default. */
  readonly replicationFactor: number
  readonly configs: Readonly<Record<string, string>>
}

/** @throws BrokerError with the controller's reason */
export async function createTopic(client: ClusterClient, topic: NewTopic): Promise<void> {
  const controller = await client.controller()
  const { name, partitions, replicationFactor, configs } = topic
  const { topics } = await controller.send(CreateTopics, {
    topics: [
      {
        name,
        numPartitions: partitions,
        replicationFactor,
        assignments: [],
        configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
      },
    ],
    timeoutMs: TIMEOUT_MS,
  })
  for (const { errorCode, errorMessage } of topics)
    check(errorCode, `creating topic ${name}`, errorMessage)
}

/** @throws BrokerError with the controller's reason */
export async function deleteTopic(client: ClusterClient, name: string): Promise<void> {
  const controller = await client.controller()
  const request = { topics: [], topicNames: [name], timeoutMs: TIMEOUT_MS }
  const { responses } = await controller.send(DeleteTopics, request, MAX_DELETE_VERSION)
  for (const { errorCode, errorMessage } of responses)
    check(errorCode, `deleting topic ${name}`, errorMessage)
}

/** Gives a topic more partitions: `count` in all. */
export async function growTopic(client: ClusterClient, name: string, count: number): Promise<void> {
  const controller = await client.controller()
  const { results } = await controller.send(CreatePartitions, {
    topics: [{ name, count, assignments: null }],
    timeoutMs: TIMEOUT_MS,
    validateOnly: false,
  })
  for (const { errorCode, errorMessage } of results)
    check(errorCode, `adding partitions to ${name}`, errorMessage)
}

/** Sets configs of a topic; `null` takes one back to its default. */
export async function alterTopicConfigs(
  client: ClusterClient,
  name: string,
  configs: Readonly<Record<string, string | null>>,
): Promise<void> {
  const controller = await client.controller()
  const { responses } = await controller.send(IncrementalAlterConfigs, {
    resources: [
      {
        resourceType: TOPIC_RESOURCE,
        resourceName: name,
        configs: Object.entries(configs).map(([name, value]) => ({
          name,
          value,
          configOperation: value === null ? DELETE : SET,
        })),
      },
    ],
    validateOnly: false,
  })
  for (const { errorCode, errorMessage } of responses)
    check(errorCode, `configuring ${name}`, errorMessage)
}

/** What has been set for each topic itself, by topic. */
export async function topicConfigs(
  client: ClusterClient,
  names: readonly string[],
): Promise<Map<string, Record<string, string>>> {
  if (names.length === 0) return new Map()
  const { results } = await client.any.send(DescribeConfigs, {
    resources: names.map((resourceName) => ({
      resourceType: TOPIC_RESOURCE,
      resourceName,
      configurationKeys: null,
    })),
  })
  return new Map(
    results.map(({ resourceName, errorCode, errorMessage, configs }) => {
      check(errorCode, `the configs of topic ${resourceName}`, errorMessage)
      const own = configs.filter(({ configSource }) => configSource === TOPIC_CONFIG_SOURCE)
      return [resourceName, Object.fromEntries(own.map(({ name, value }) => [name, value ?? '']))]
    }),
  )
}
