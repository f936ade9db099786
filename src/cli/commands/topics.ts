import type { Command } from 'commander'
import { keyValue, repeatable, toConfigs, wholeNumber } from '../arguments.ts'
import type { KeyValue } from '../arguments.ts'
import { bootstrapOption } from '../bootstrap-option.ts'
import type { BootstrapOption } from '../bootstrap-option.ts'
import { CliError } from '../cli-error.ts'
import { addDefaultCommand } from '../default-command.ts'
import { ConfigResourceType, ConfigSource } from '../../protocol/config-resource.ts'
import type { ConfigChange, ConfigEntry, ConfigResource } from '../../client/admin/configs-admin.ts'
import type { TopicMetadata } from '../../client/metadata/topic-metadata.ts'
import { withClient } from '../with-client.ts'
import { print } from '../terminal.ts'

const EXAMPLES = `
Examples:
  odradek topics                                       print the names of all topics
  odradek topics create orders --partitions 3 --config cleanup.policy=compact
  odradek topics describe orders
  odradek topics alter orders --partitions 6
  odradek topics delete orders`

interface ListOptions extends BootstrapOption {
  readonly excludeInternal?: boolean
}

interface CreateOptions extends BootstrapOption {
  readonly partitions?: number
  readonly replicationFactor?: number
  readonly config?: KeyValue[]
  readonly ifNotExists?: boolean
}

interface AlterOptions extends BootstrapOption {
  readonly partitions?: number
  readonly config?: KeyValue[]
  readonly deleteConfig?: string[]
}

/** `odradek topics` */
export function topics(command: Command): void {
  command
    .description('List, create, describe, change and delete topics.')
    .addOption(bootstrapOption())
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', EXAMPLES)
  addList(command)
  addCreate(command)
  addAlter(command)
  command
    .command('describe')
    .description('Show the partitions and configs of topics.')
    .argument('[topic...]', 'default: all')
    .action((names: string[], _options, leaf: Command) => describe(names, leaf.optsWithGlobals()))
  command
    .command('delete')
    .description('Delete topics with all their records.')
    .argument('<topic...>')
    .action((names: string[], _options, leaf: Command) => remove(names, leaf.optsWithGlobals()))
}

function addList(command: Command): void {
  addDefaultCommand(command, 'list')
    .description('Print the names of all topics.')
    .option('--list', "accepted for compatibility with Kafka's tool; has no effect")
    .option('--exclude-internal', 'leave out internal topics, such as __consumer_offsets')
    .action((_options, leaf: Command) => list(leaf.optsWithGlobals()))
}

function addCreate(command: Command): void {
  command
    .command('create')
    .description('Create a topic.')
    .argument('<topic>')
    .option(
      '--partitions <count>',
      "number of partitions (default: the broker's num.partitions)",
      wholeNumber(1),
    )
    .option(
      '--replication-factor <count>',
      "number of replicas (default: the broker's default.replication.factor)",
      wholeNumber(1, 32767),
    )
    .option(
      '--config <key=value>',
      "topic config by Kafka's name; repeatable",
      repeatable(keyValue),
    )
    .option('--if-not-exists', 'do nothing if the topic exists')
    .action((name: string, _options, leaf: Command) => create(name, leaf.optsWithGlobals()))
}

function addAlter(command: Command): void {
  command
    .command('alter')
    .description('Add partitions to a topic, or change its configs.')
    .argument('<topic>')
    .option('--partitions <count>', 'new total number of partitions', wholeNumber(1))
    .option('--config <key=value>', 'topic config to set; repeatable', repeatable(keyValue))
    .option(
      '--delete-config <key>',
      'topic config to reset to its default; repeatable',
      repeatable(String),
    )
    .action((name: string, _options, leaf: Command) => alter(name, leaf.optsWithGlobals()))
}

async function list({ bootstrapServer, excludeInternal }: ListOptions): Promise<void> {
  const topics = await withClient(bootstrapServer, ({ admin }) => admin.topics.list())
  const names = topics
    .filter(({ isInternal }) => !(excludeInternal && isInternal))
    .map(({ name }) => `${name}\n`)
  await print(process.stdout, names.join(''))
}

async function create(name: string, options: CreateOptions): Promise<void> {
  const { bootstrapServer, partitions, replicationFactor, config, ifNotExists } = options
  await withClient(bootstrapServer, async ({ admin }) => {
    if (ifNotExists) {
      const topics = await admin.topics.list()
      if (topics.some((topic) => topic.name === name)) return
    }
    const counts = {
      ...(partitions !== undefined && { partitions }),
      ...(replicationFactor !== undefined && { replicationFactor }),
    }
    await admin.topics.create([{ name, ...counts, configs: toConfigs(config) }])
    await print(process.stdout, `Created topic ${name}.\n`)
  })
}

async function alter(name: string, options: AlterOptions): Promise<void> {
  const { bootstrapServer, partitions, config = [], deleteConfig = [] } = options
  const changes: ConfigChange[] = [
    ...config.map(({ key, value }) => ({ name: key, operation: 'set' as const, value })),
    ...deleteConfig.map((key) => ({ name: key, operation: 'delete' as const })),
  ]
  if (partitions === undefined && changes.length === 0) {
    throw new CliError('nothing to change: use --partitions, --config or --delete-config')
  }
  await withClient(bootstrapServer, async ({ admin }) => {
    if (partitions !== undefined) await admin.topics.createPartitions(name, partitions)
    if (changes.length > 0) await admin.configs.alter(topicResource(name), changes)
  })
}

async function remove(
  names: readonly string[],
  { bootstrapServer }: BootstrapOption,
): Promise<void> {
  await withClient(bootstrapServer, ({ admin }) => admin.topics.delete(names))
}

async function describe(
  names: readonly string[],
  { bootstrapServer }: BootstrapOption,
): Promise<void> {
  await withClient(bootstrapServer, async ({ admin }) => {
    const topics = names.length > 0 ? await admin.topics.describe(names) : await admin.topics.list()
    const resources = await admin.configs.describe(topics.map(({ name }) => topicResource(name)))
    const rows = topics.map((topic, i) => ({ topic, configs: resources[i]!.configs }))
    rows.sort((a, b) => (a.topic.name < b.topic.name ? -1 : 1))
    for (const { topic, configs } of rows) {
      const own = configs.filter(({ configSource }) => configSource === ConfigSource.TopicConfig)
      await print(process.stdout, description(topic, own))
    }
  })
}

function topicResource(name: string): ConfigResource {
  return { type: ConfigResourceType.Topic, name }
}

function description(topic: TopicMetadata, configs: readonly ConfigEntry[]): string {
  const { partitions } = topic
  const own = configs.map(({ name, value }) => `${name}=${value ?? ''}`)
  const head = [
    `Topic: ${topic.name}`,
    `TopicId: ${topic.topicId}`,
    `PartitionCount: ${partitions.length}`,
    `ReplicationFactor: ${partitions[0]?.replicaNodes.length ?? 0}`,
    `Configs: ${own.join(',')}`,
  ]
  const rows = partitions.map(({ partitionIndex, leaderId, replicaNodes, isrNodes }) => [
    '',
    `Topic: ${topic.name}`,
    `Partition: ${partitionIndex}`,
    `Leader: ${leaderId < 0 ? 'none' : leaderId}`,
    `Replicas: ${replicaNodes.join(',')}`,
    `Isr: ${isrNodes.join(',')}`,
  ])
  return [head, ...rows].map((cells) => `${cells.join('\t')}\n`).join('')
}
