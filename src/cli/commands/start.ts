import { Option } from 'commander'
import type { Command } from 'commander'
import type { BrokerOptions as ClusterBroker, ClusterOptions } from '../../cluster/options.ts'
import {
  brokerConfig,
  brokerRack,
  featureLevel,
  repeatable,
  toConfigs,
  topicSpec,
  wholeNumber,
} from '../arguments.ts'
import type { BrokerConfig, FeatureLevel, TopicSpec } from '../arguments.ts'
import { addBrokerOptions, clusterOptionsOf } from '../broker-options.ts'
import type { BrokerOptions } from '../broker-options.ts'
import { CliError } from '../cli-error.ts'
import { serve, type Served } from '../serve.ts'
import type { Cluster } from '../../index.ts'

const EXAMPLES = `
When clients can connect, the broker writes one line of JSON to the standard output:
  {"ready":true,"bootstrapServers":"127.0.0.1:9092"}
It contains the advertised addresses. If the bound addresses differ, "listeners" lists them. With several listeners,
"bootstrapServersOf" has the addresses of each.
Log lines are JSON on the standard error. SIGINT or SIGTERM closes the broker; a second one ends the process.
Exit code: 0 after SIGINT or SIGTERM; 1 when the start fails, or when disk failures have closed every broker.

Examples:
  odradek start --data-dir .data
  odradek start --data-dir /disk1/kafka --data-dir /disk2/kafka --durability fsync
  odradek start --port 0 --ready-file ready.json --topic orders:3 --topic audit
  odradek start --brokers 3 --topic payments:6:3 --config auto.create.topics.enable=false
  odradek start --host 0.0.0.0 --advertised-host kafka.local --advertised-port 19092
  odradek start --listener INTERNAL://127.0.0.1:9092 --listener EXTERNAL://0.0.0.0:9192 --advertised-listener EXTERNAL://kafka.local:9192
  odradek start --brokers 2 --first-broker-id 0 --broker-rack 0=a --broker-rack 1=b
  odradek start --brokers 3 --control-port 8083, then: odradek brokers kill 2`

interface StartOptions extends BrokerOptions {
  readonly brokers: number
  readonly firstBrokerId: number
  readonly brokerConfig?: BrokerConfig[]
  readonly brokerRack?: BrokerConfig[]
  readonly controlPort?: number
  readonly dataDir?: string[]
  readonly durability: 'pageCache' | 'fsync'
  readonly topic?: TopicSpec[]
  readonly feature?: FeatureLevel[]
}

/** `odradek start` */
export function start(command: Command): void {
  const described = command
    .description('Start one or more brokers in one process.')
    .option(
      '--port <number>',
      'port of the first broker; the others use the ports after it; 0: free ports (default: 9092)',
      wholeNumber(0, 65535),
    )
    .option('--brokers <count>', 'number of brokers', wholeNumber(1, 100), 1)
    .option(
      '--first-broker-id <id>',
      'id of the first broker; the others count up from it',
      wholeNumber(0, 2147483647),
      1,
    )
    .option(
      '--broker-config <id:key=value>',
      'config of one broker, overrides --config; repeatable',
      repeatable(brokerConfig),
    )
    .option('--broker-rack <id=rack>', 'rack of one broker; repeatable', repeatable(brokerRack))
    .option(
      '--control-port <number>',
      'port on 127.0.0.1 for `odradek brokers`, `odradek network` and HTTP; 0: a free one (default: none)',
      wholeNumber(0, 65535),
    )
    .option(
      '--data-dir <path>',
      'directory for all files (default: a temporary directory, deleted on exit); repeatable, one per disk',
      repeatable((path) => path),
    )
    .addOption(
      new Option(
        '--durability <kind>',
        'pageCache: acknowledged records survive a crash of the process, as in Kafka; fsync: also of the machine',
      )
        .choices(['pageCache', 'fsync'])
        .default('pageCache'),
    )
    .option(
      '--topic <name[:partitions[:replicas]]>',
      'topic to create unless it exists; repeatable',
      repeatable(topicSpec),
    )
    .option(
      '--feature <name=level>',
      'feature level of a new cluster, such as transaction.version=1 (default: those of Kafka 4.4); repeatable',
      repeatable(featureLevel),
    )
  addBrokerOptions(described).addHelpText('after', EXAMPLES).action(runCluster)
}

async function runCluster(options: StartOptions): Promise<void> {
  await serve(options.readyFile, async (onBrokerFailure) => {
    const { startCluster } = await import('../../index.ts')
    const cluster = await startCluster({ ...toClusterOptions(options), onBrokerFailure })
    return options.controlPort === undefined ? cluster : controlled(cluster, options.controlPort)
  })
}

/** Adds the control API to a cluster, which is closed if the API cannot start. */
async function controlled(cluster: Cluster, port: number): Promise<Served> {
  const { startControlServer } = await import('../../control/control-server.ts')
  try {
    const server = await startControlServer(cluster, port)
    const { bootstrapServers, brokers } = cluster
    const close = async (): Promise<void> => {
      await server.close()
      await cluster.close()
    }
    const bootstrapServersOf: Served['bootstrapServersOf'] = (name) =>
      cluster.bootstrapServersOf(name)
    return { bootstrapServers, bootstrapServersOf, brokers, control: server.url, close }
  } catch (error) {
    await cluster.close()
    throw error
  }
}

function toClusterOptions(options: StartOptions): ClusterOptions {
  const { firstBrokerId, dataDir, durability, topic = [], feature = [] } = options
  return {
    ...clusterOptionsOf(options),
    brokers: brokersOf(options),
    firstBrokerId,
    ...(dataDir !== undefined && { dataDir }),
    durability,
    topics: topic,
    features: Object.fromEntries(feature),
  }
}

/** Returns the options of each broker, in the order of their ids. */
function brokersOf(options: StartOptions): ClusterBroker[] {
  const { brokers, firstBrokerId, brokerConfig: configs = [], brokerRack: racks = [] } = options
  const ids = Array.from({ length: brokers }, (_, index) => firstBrokerId + index)
  checkIds(
    ids,
    configs,
    ({ brokerId, key, value }) => `--broker-config ${brokerId}:${key}=${value}`,
  )
  checkIds(ids, racks, ({ brokerId, value }) => `--broker-rack ${brokerId}=${value}`)
  const all = [...configs, ...racks]
  return ids.map((id) => ({ config: toConfigs(all.filter(({ brokerId }) => brokerId === id)) }))
}

function checkIds(
  ids: readonly number[],
  configs: readonly BrokerConfig[],
  flagOf: (config: BrokerConfig) => string,
): void {
  const unknown = configs.find(({ brokerId }) => !ids.includes(brokerId))
  if (unknown === undefined) return
  throw new CliError(
    `${flagOf(unknown)}: there is no broker ${unknown.brokerId}; use one of ${ids.join(', ')}`,
  )
}
