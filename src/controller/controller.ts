import type { Clock } from '../platform/clock.ts'
import type { Random } from '../platform/random.ts'
import type { Uuid } from '../platform/uuid.ts'
import type { LogConfig } from '../log/log-config.ts'
import { ErrorCode, errorMessage } from '../protocol/error-code.ts'
import { applyRecord } from './apply-record.ts'
import { BrokerConfig } from './broker-config.ts'
import { BrokerLoggers } from './broker-loggers.ts'
import { fencingRecords, registrationRecords } from './broker-registration.ts'
import { planIncrementalChanges, planReplacements } from './config-changes.ts'
import type { ConfigChangeContext, ConfigChanges } from './config-changes.ts'
import { ConfigResourceType, DEFAULT_BROKER } from './config-resource.ts'
import { listConfigResources } from './config-resource-list.ts'
import { describeResource } from './describe-configs.ts'
import {
  assignmentRecords,
  cordoningRecords,
  offlineDirectoryRecords,
} from './directory-changes.ts'
import { bootstrapRecords } from './features.ts'
import { GrowingMetadataDelta, LiveMetadataImage } from './live-metadata-image.ts'
import type { MetadataDelta, MetadataImage } from './metadata-image.ts'
import { MetadataLog } from './metadata-log.ts'
import type { MetadataBatch, MetadataStorage } from './metadata-log.ts'
import type * as operations from './operations.ts'
import { planPartitions } from './partition-creation.ts'
import { refusal, type Refusal } from './partition-layout.ts'
import type { Policies } from './policies.ts'
import { producerIdsRecord } from './records.ts'
import type { NewRecord } from './records.ts'
import { planTopics } from './topic-creation.ts'
import { topicLogConfig } from './topic-config.ts'
import { planDeletions } from './topic-deletion.ts'

export interface ControllerOptions {
  readonly clusterId: string
  /** The broker beside which the controller runs: its configs are the defaults of new topics. */
  readonly nodeId: number
  /** What that broker was started with. */
  readonly properties: Readonly<Record<string, string>>
  /** Holds the metadata log. */
  readonly storage: MetadataStorage
  readonly clock: Clock
  readonly random: Random
  /** Default: none. */
  readonly policies?: Policies
}

/** Ids in a block (Kafka's `ProducerIdsBlock.PRODUCER_ID_BLOCK_SIZE`). */
const PRODUCER_ID_BLOCK_SIZE = 1000

/**
 * Decides what the cluster is (Kafka's `QuorumController`, of a quorum of one): every change is planned against the
 * image, written to the metadata log as Kafka's records, applied from there, and told to the brokers.
 */
export class Controller implements operations.ControllerOperations {
  readonly #random: Random
  readonly #log: MetadataLog
  readonly #image: LiveMetadataImage
  readonly #nodeId: number
  readonly #policies: Policies
  readonly #configs = new Map<number, BrokerConfig>()
  readonly #loggers = new Map<number, BrokerLoggers>()
  readonly #listeners = new Set<(delta: MetadataDelta) => void>()
  readonly #untold: MetadataDelta[] = []
  #isTelling = false

  constructor(options: ControllerOptions) {
    this.#random = options.random
    this.#nodeId = options.nodeId
    this.#policies = options.policies ?? {}
    this.#log = new MetadataLog(options.storage, options.clock)
    this.#image = new LiveMetadataImage(options.clusterId)
    this.brokerConfig(options.nodeId, options.properties)
  }

  get image(): MetadataImage {
    return this.#image
  }

  /**
   * Reads the metadata log; begins it when there is none.
   *
   * @throws DecodeError, CorruptRecordError when what is stored is not a metadata log
   * @throws Error when it cannot be written
   */
  open(): void {
    for (const batch of this.#log.replay()) this.#apply(batch)
    this.#loadDynamicConfigs()
    if (this.#image.lastOffset === -1)
      this.#commitOrThrow(bootstrapRecords(this.#config.number('min.insync.replicas')))
  }

  onChange(listener: (delta: MetadataDelta) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  commit(): Promise<boolean> | undefined {
    return this.#log.commit()
  }

  /**
   * The configs of a broker, dynamic ones included: one object that follows every change.
   *
   * @param properties what the broker was started with; needed the first time
   */
  brokerConfig(brokerId: number, properties?: Readonly<Record<string, string>>): BrokerConfig {
    const known = this.#configs.get(brokerId)
    if (known !== undefined) return known
    const config = new BrokerConfig(properties)
    this.#configs.set(brokerId, config)
    this.#loadDynamicConfigs()
    return config
  }

  /** What the logs of a topic obey on a broker. */
  topicLogConfig(topic: string, brokerId: number): LogConfig {
    const overrides = this.#image.configs(ConfigResourceType.Topic, topic)
    return topicLogConfig(overrides, this.brokerConfig(brokerId))
  }

  createTopics(
    topics: readonly operations.CreatableTopic[],
    options: { validateOnly?: boolean } = {},
  ): operations.CreatableTopicResult[] {
    const context = {
      image: this.#image,
      random: this.#random,
      config: this.#config,
      policies: this.#policies,
    }
    const { results, records } = planTopics(context, topics)
    return options.validateOnly ? results : this.#commitFor(results, records)
  }

  deleteTopics(topics: readonly operations.DeletableTopic[]): operations.DeletableTopicResult[] {
    const isEnabled = this.#config.boolean('delete.topic.enable')
    const { results, records } = planDeletions(this.#image, topics, isEnabled)
    return this.#commitFor(results, records)
  }

  createPartitions(
    topics: readonly operations.CreatablePartitions[],
    options: { validateOnly?: boolean } = {},
  ): operations.CreatablePartitionsResult[] {
    const { results, records } = planPartitions(this.#image, this.#random, topics)
    return options.validateOnly ? results : this.#commitFor(results, records)
  }

  alterConfigs(
    resources: readonly operations.AlterConfigsResource[],
    options: operations.AlterConfigsOptions,
  ): operations.AlterConfigsResult[] {
    const context = this.#changeContext(options)
    return this.#changeConfigs(planReplacements(context, resources), options)
  }

  incrementalAlterConfigs(
    resources: readonly operations.IncrementalAlterConfigsResource[],
    options: operations.AlterConfigsOptions,
  ): operations.AlterConfigsResult[] {
    const context = this.#changeContext(options)
    return this.#changeConfigs(planIncrementalChanges(context, resources), options)
  }

  describeConfigs(
    resources: readonly operations.DescribeConfigsResource[],
    options: operations.DescribeConfigsOptions,
  ): operations.DescribeConfigsResult[] {
    const context = this.#nodeContext(options.brokerId)
    return resources.map((resource) => describeResource(context, resource, options))
  }

  listConfigResources(
    resourceTypes: readonly number[],
  ): ReturnType<operations.ControllerOperations['listConfigResources']> {
    return listConfigResources(this.#image, resourceTypes)
  }

  allocateProducerIds(brokerId: number): operations.ProducerIds | undefined {
    const firstProducerId = this.#image.nextProducerId
    const brokerEpoch = this.#image.brokers.get(brokerId)?.epoch ?? -1
    const next = firstProducerId + PRODUCER_ID_BLOCK_SIZE
    if (!this.#commit([producerIdsRecord(brokerId, brokerEpoch, next)])) return undefined
    return { firstProducerId, count: PRODUCER_ID_BLOCK_SIZE }
  }

  registerBroker(request: operations.BrokerRegistrationRequest): number {
    this.brokerConfig(request.id, request.properties)
    const brokerEpoch = this.#log.nextOffset
    this.#commitOrThrow(registrationRecords(this.#image, this.#random, request, brokerEpoch))
    return brokerEpoch
  }

  fenceBrokers(brokerIds: readonly number[]): void {
    this.#commit(fencingRecords(this.#image, brokerIds))
  }

  handleDirectoriesOffline(brokerId: number, directories: readonly Uuid[]): void {
    this.#commit(offlineDirectoryRecords(this.#image, brokerId, directories))
  }

  cordonDirectories(brokerId: number, directories: readonly Uuid[]): void {
    this.#commit(cordoningRecords(this.#image, brokerId, directories))
  }

  assignReplicasToDirs(
    brokerId: number,
    assignments: readonly operations.DirectoryAssignment[],
  ): void {
    this.#commit(assignmentRecords(this.#image, brokerId, assignments))
  }

  get #config(): BrokerConfig {
    return this.brokerConfig(this.#nodeId)
  }

  #nodeContext(brokerId: number) {
    const loggers = this.#loggers.get(brokerId) ?? new BrokerLoggers()
    this.#loggers.set(brokerId, loggers)
    return { image: this.#image, config: this.brokerConfig(brokerId), loggers }
  }

  #changeContext({ brokerId, validateOnly }: operations.AlterConfigsOptions): ConfigChangeContext {
    const context = this.#nodeContext(brokerId)
    const policies = this.#policies
    return { ...context, brokerId, validateOnly: validateOnly === true, policies }
  }

  #changeConfigs(
    { results, records }: ConfigChanges,
    options: operations.AlterConfigsOptions,
  ): operations.AlterConfigsResult[] {
    return options.validateOnly ? results : this.#commitFor(results, records)
  }

  /** Writes the records as one batch, applies them, and tells the listeners; false when they could not be written. */
  #commit(records: readonly NewRecord[]): boolean {
    if (records.length === 0) return true
    const batch = this.#log.append(records)
    if (batch === undefined) return false
    const delta = this.#apply(batch)
    const touchesBrokers = delta.changedConfigs.some(
      ({ type }) => type === ConfigResourceType.Broker,
    )
    if (touchesBrokers) this.#loadDynamicConfigs()
    this.#tell(delta)
    return true
  }

  #commitOrThrow(records: readonly NewRecord[]): void {
    if (!this.#commit(records)) throw new Error('the metadata log cannot be written')
  }

  /** What a request is answered whose records were to be committed. */
  #commitFor<R extends Refusal>(results: R[], records: readonly NewRecord[]): R[] {
    return this.#commit(records) ? results : results.map(timedOut)
  }

  #apply({ records, lastOffset }: MetadataBatch): GrowingMetadataDelta {
    const delta = new GrowingMetadataDelta()
    for (const record of records) applyRecord(this.#image, delta, record)
    this.#image.lastOffset = lastOffset
    return delta
  }

  /** A change made by a listener is told after the one that it listened to, to all in the same order. */
  #tell(delta: MetadataDelta): void {
    this.#untold.push(delta)
    if (this.#isTelling) return
    this.#isTelling = true
    try {
      for (let next; (next = this.#untold.shift()) !== undefined;) {
        for (const listener of this.#listeners) listener(next)
      }
    } finally {
      this.#isTelling = false
    }
  }

  #loadDynamicConfigs(): void {
    const type = ConfigResourceType.Broker
    const cluster = this.#image.configs(type, DEFAULT_BROKER)
    for (const [brokerId, config] of this.#configs)
      config.setDynamic({ own: this.#image.configs(type, String(brokerId)), cluster })
  }
}

/** As a broker answers that waits for a controller in vain. */
function timedOut<R extends Refusal>(result: R): R {
  if (result.errorCode !== ErrorCode.None) return result
  const code = ErrorCode.RequestTimedOut
  return { ...result, ...refusal(code, errorMessage(code)) }
}
