import { BrokerConfig } from '../../src/controller/broker-config.ts'
import { BrokerLoggers } from '../../src/controller/broker-loggers.ts'
import { BrokerMetadata } from '../../src/controller/broker-metadata.ts'
import { ConfigResourceType } from '../../src/protocol/config-resource.ts'
import { listConfigResources } from '../../src/controller/config-resource-list.ts'
import { Controller } from '../../src/controller/controller.ts'
import { describeResources } from '../../src/controller/describe-configs.ts'
import type { FeatureLevels } from '../../src/controller/features.ts'
import type { MetadataDelta, MetadataImage } from '../../src/controller/metadata-image.ts'
import type { MetadataReplica } from '../../src/controller/metadata-log.ts'
import { MetadataQuorum } from '../../src/controller/metadata-quorum.ts'
import type * as operations from '../../src/controller/operations.ts'
import type {
  AlterPartitionRequest,
  AlterPartitionResult,
} from '../../src/controller/partitions/alter-partition.ts'
import type { Policies } from '../../src/controller/policies.ts'
import { topicLogConfig } from '../../src/controller/topic-config.ts'
import { ManualClock } from '../../src/platform/manual-clock.ts'
import { SeededRandom } from '../../src/platform/random.ts'
import { batchesOf } from '../../src/record/batch-view.ts'

export const CLUSTER_ID = 'T2RyYWRla09yYWNsZTAwMQ'

/** A copy of the metadata log in an array of batches, which lose nothing. */
export class MemoryReplica implements MetadataReplica {
  readonly nodeId: number
  batches: Uint8Array[] = []
  highWatermark = 0
  hasFailed = false

  constructor(nodeId = 1) {
    this.nodeId = nodeId
  }

  get endOffset(): number {
    return this.#views().at(-1)?.nextOffset ?? 0
  }

  get lastEpoch(): number {
    return this.#views().at(-1)?.partitionLeaderEpoch ?? 0
  }

  get isOffline(): boolean {
    return this.hasFailed
  }

  get durableEndOffset(): number {
    return this.endOffset
  }

  sync(): Promise<void> | undefined {
    return undefined
  }

  append(batch: Uint8Array): boolean {
    if (!this.hasFailed) this.batches.push(batch)
    return !this.hasFailed
  }

  advanceHighWatermark(offset: number): void {
    this.highWatermark = offset
  }

  truncateTo(offset: number): void {
    this.batches = this.#views()
      .filter(({ lastOffset }) => lastOffset < offset)
      .map(({ bytes }) => bytes)
  }

  endOffsetForEpoch(epoch: number): { epoch: number; endOffset: number } {
    const last = this.#views().findLast((batch) => batch.partitionLeaderEpoch <= epoch)
    return { epoch: last?.partitionLeaderEpoch ?? epoch, endOffset: last?.nextOffset ?? 0 }
  }

  read(fromOffset: number): Iterable<Uint8Array> {
    return this.#views()
      .filter(({ lastOffset }) => lastOffset >= fromOffset)
      .map(({ bytes }) => bytes)
  }

  #views() {
    return this.batches.flatMap((bytes) => [...batchesOf(bytes)])
  }
}

/**
 * An active controller, and a view of it for each broker. All answers are available immediately.
 */
export class TestController {
  readonly quorum: MetadataQuorum
  readonly #controller: Controller
  readonly #properties = new Map<number, Readonly<Record<string, string>>>()
  readonly #views = new Map<number, BrokerMetadata>()
  readonly #loggers = new Map<number, BrokerLoggers>()

  constructor(
    quorum: MetadataQuorum,
    properties: Readonly<Record<string, string>>,
    policies: Policies,
  ) {
    this.quorum = quorum
    this.#properties.set(1, properties)
    const random = new SeededRandom(7)
    this.#controller = new Controller({ nodeId: 1, properties, quorum, random, policies })
  }

  get image(): MetadataImage {
    return this.quorum.image
  }

  bootstrap(levels?: FeatureLevels): void {
    this.#controller.bootstrap(levels)
  }

  onChange(listener: (delta: MetadataDelta) => void): () => void {
    return this.quorum.subscribe(listener)
  }

  brokerConfig(brokerId: number): BrokerConfig {
    return this.#view(brokerId).config
  }

  topicLogConfig(topic: string, brokerId: number) {
    const overrides = this.image.configs(ConfigResourceType.Topic, topic)
    return topicLogConfig(overrides, this.brokerConfig(brokerId))
  }

  createTopics(
    topics: readonly operations.CreatableTopic[],
    options?: { validateOnly?: boolean },
  ): operations.CreatableTopicResult[] {
    return now(this.#controller.createTopics(topics, options))
  }

  deleteTopics(topics: readonly operations.DeletableTopic[]): operations.DeletableTopicResult[] {
    return now(this.#controller.deleteTopics(topics))
  }

  createPartitions(
    topics: readonly operations.CreatablePartitions[],
    options?: { validateOnly?: boolean },
  ): operations.CreatablePartitionsResult[] {
    return now(this.#controller.createPartitions(topics, options))
  }

  alterConfigs(
    resources: readonly operations.AlterConfigsResource[],
    options: { brokerId: number; validateOnly?: boolean },
  ): operations.AlterConfigsResult[] {
    return now(this.#controller.alterConfigs(resources, this.#asked(options)))
  }

  incrementalAlterConfigs(
    resources: readonly operations.IncrementalAlterConfigsResource[],
    options: { brokerId: number; validateOnly?: boolean },
  ): operations.AlterConfigsResult[] {
    return now(this.#controller.incrementalAlterConfigs(resources, this.#asked(options)))
  }

  describeConfigs(
    resources: readonly operations.DescribeConfigsResource[],
    options: operations.DescribeConfigsOptions,
  ): operations.DescribeConfigsResult[] {
    const context = { ...this.#asked(options).asked, image: this.image }
    return describeResources(context, resources, options)
  }

  listConfigResources(resourceTypes: readonly number[]) {
    return listConfigResources(this.image, resourceTypes, 'PLAINTEXT')
  }

  allocateProducerIds(brokerId: number): operations.ProducerIds | undefined {
    return now(this.#controller.allocateProducerIds(brokerId))
  }

  /** Registers the broker and puts it in service, as it does when it starts. */
  registerBroker(
    request: operations.BrokerRegistrationRequest,
    properties: Readonly<Record<string, string>> = {},
  ): number {
    if (!this.#properties.has(request.id)) this.#properties.set(request.id, properties)
    const epoch = now(this.#controller.registerBroker(request))!
    now(this.#controller.unfenceBroker(request.id))
    return epoch
  }

  alterPartition(request: AlterPartitionRequest): AlterPartitionResult {
    return now(this.#controller.alterPartition(request))
  }

  shutDownBroker(brokerId: number): void {
    now(this.#controller.shutDownBroker(brokerId))
  }

  fenceBrokers(brokerIds: readonly number[]): void {
    now(this.#controller.fenceBrokers(brokerIds))
  }

  handleDirectoriesOffline(brokerId: number, directories: readonly string[]): void {
    now(this.#controller.handleDirectoriesOffline(brokerId, directories))
  }

  cordonDirectories(brokerId: number, directories: readonly string[]): void {
    now(this.#controller.cordonDirectories(brokerId, directories))
  }

  assignReplicasToDirs(
    brokerId: number,
    assignments: readonly operations.DirectoryAssignment[],
  ): void {
    now(this.#controller.assignReplicasToDirs(brokerId, assignments))
  }

  #asked(options: { brokerId: number; validateOnly?: boolean }) {
    const { brokerId } = options
    const loggers = this.#loggers.get(brokerId) ?? new BrokerLoggers()
    this.#loggers.set(brokerId, loggers)
    return { ...options, asked: { brokerId, config: this.brokerConfig(brokerId), loggers } }
  }

  #view(brokerId: number): BrokerMetadata {
    const known = this.#views.get(brokerId)
    if (known !== undefined) return known
    const config = new BrokerConfig(this.#properties.get(brokerId))
    const view = new BrokerMetadata(brokerId, this.quorum.copyImage(), config)
    this.#views.set(brokerId, view)
    this.quorum.subscribe((delta) => view.deliver(delta))
    return view
  }
}

export interface TestCluster {
  readonly controller: TestController
  readonly storage: MemoryReplica
}

export interface StartOptions extends RegisterOptions {
  brokers?: number
  storage?: MemoryReplica
  policies?: Policies
  /** Feature levels that differ from the initial ones of 4.4. */
  levels?: FeatureLevels
}

/**
 * A controller with `brokers` registered brokers 1, 2, 3, ... of which the racks are given in
 * order.
 */
export function startController(options: StartOptions = {}): TestCluster {
  const storage = options.storage ?? new MemoryReplica()
  const isNew = storage.batches.length === 0
  const quorum = new MetadataQuorum({ clock: new ManualClock(), voterIds: () => [1] })
  quorum.start(CLUSTER_ID, [storage])
  const { properties = {}, policies = {} } = options
  const controller = new TestController(quorum, properties, policies)
  if (isNew) controller.bootstrap(options.levels)
  for (let id = 1; id <= (options.brokers ?? 1); id++) register(controller, id, options)
  return { controller, storage }
}

export interface RegisterOptions {
  racks?: (string | null)[]
  properties?: Record<string, string>
  /** Default: one, {@link directoryIdOf} the broker. */
  logDirs?: string[]
  /** Default true. */
  hadCleanShutdown?: boolean
}

/** The id of the log directory of a broker with one, or of one of several. */
export function directoryIdOf(brokerId: number, index = 0): string {
  return `directory${String(brokerId).padStart(6, '0')}${String(index).padStart(6, '0')}A`
}

export function register(
  controller: TestController,
  id: number,
  { racks, properties, logDirs, hadCleanShutdown = true }: RegisterOptions = {},
): number {
  return controller.registerBroker(
    {
      id,
      endpoints: [{ name: 'PLAINTEXT', host: '127.0.0.1', port: 9091 + id, securityProtocol: 0 }],
      rack: racks?.[id - 1] ?? null,
      logDirs: logDirs ?? [directoryIdOf(id)],
      hadCleanShutdown,
    },
    { ...properties, 'node.id': String(id) },
  )
}

export function topic(
  name: string,
  overrides: Partial<operations.CreatableTopic> = {},
): operations.CreatableTopic {
  return {
    name,
    numPartitions: 1,
    replicationFactor: 1,
    assignments: [],
    configs: [],
    ...overrides,
  }
}

function now<T>(answer: T | Promise<T>): T {
  if (answer instanceof Promise) throw new Error('the answer is not there yet')
  return answer
}
