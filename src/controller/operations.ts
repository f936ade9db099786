import type { Uuid } from '../platform/uuid.ts'
import type { ErrorCode } from '../protocol/error-code.ts'
import type { BrokerConfig } from './broker-config.ts'
import type { BrokerLoggers } from './broker-loggers.ts'
import type { Answer } from './answer.ts'
import type { ConfigEntry } from './config-entry.ts'
import type { IncrementalConfigChange } from './incremental-config-change.ts'
import type { ConfigResourceType, ConfigSource } from './config-resource.ts'
import type { BrokerEndpoint } from './metadata-image.ts'

/**
 * The requests that brokers send to the active controller (Kafka's `Controller` interface). An answer comes when its records
 * are committed and the brokers' images hold them: at once, unless `durability: 'fsync'` waits for the disk. Inputs have the
 * shapes of the decoded requests and results those of the responses. Bad input comes back as wire errors; nothing is thrown.
 *
 * When the metadata log cannot be written, requests are answered `RequestTimedOut`, as by a broker that waits for a
 * controller in vain.
 */
export interface ControllerRequests {
  createTopics(
    topics: readonly CreatableTopic[],
    options?: { validateOnly?: boolean },
  ): Answer<CreatableTopicResult[]>
  deleteTopics(topics: readonly DeletableTopic[]): Answer<DeletableTopicResult[]>
  createPartitions(
    topics: readonly CreatablePartitions[],
    options?: { validateOnly?: boolean },
  ): Answer<CreatablePartitionsResult[]>

  /** The legacy request: replaces everything that is set on each resource. */
  alterConfigs(
    resources: readonly AlterConfigsResource[],
    options: AlterConfigsOptions,
  ): Answer<AlterConfigsResult[]>
  incrementalAlterConfigs(
    resources: readonly IncrementalAlterConfigsResource[],
    options: AlterConfigsOptions,
  ): Answer<AlterConfigsResult[]>

  /** A block of a thousand producer ids that no other broker gets; `undefined` when that cannot be written. */
  allocateProducerIds(brokerId: number): Answer<ProducerIds | undefined>

  /**
   * Adds the broker, or replaces its former self. It is fenced until {@link unfenceBroker}. Returns its broker epoch, or
   * `undefined` when that cannot be written.
   */
  registerBroker(registration: BrokerRegistrationRequest): Answer<number | undefined>
  /**
   * Puts a registered broker in service (Kafka's heartbeat of a broker that has caught up): partitions without a leader that
   * it can lead go to it. False when that cannot be written.
   */
  unfenceBroker(brokerId: number): Answer<boolean>
  /**
   * Moves leaders away from a broker that is about to stop (its controlled shutdown), and fences it. Where no other replica
   * is in sync there is no leader until it comes back. False when that cannot be written.
   */
  shutDownBroker(brokerId: number): Answer<boolean>
  /**
   * Takes brokers out of service, all at once: what they led goes to another replica in sync, or has no leader until
   * they come back. False when that cannot be written.
   */
  fenceBrokers(brokerIds: readonly number[]): Answer<boolean>
  /**
   * Takes log directories of a broker out of use until it registers with them again: what it led there goes to another
   * replica in sync, or has no leader.
   */
  handleDirectoriesOffline(brokerId: number, directories: readonly Uuid[]): Answer<boolean>
  /** From now on these log directories of a broker, and no others, get no new replicas. */
  cordonDirectories(brokerId: number, directories: readonly Uuid[]): Answer<boolean>
  /** Notes in which of its log directories a broker keeps its replicas. */
  assignReplicasToDirs(
    brokerId: number,
    assignments: readonly DirectoryAssignment[],
  ): Answer<boolean>
}

/** A block of producer ids. */
export interface ProducerIds {
  readonly firstProducerId: number
  readonly count: number
}

/** The log directory of a broker that a replica lies in. */
export interface DirectoryAssignment {
  readonly topicId: Uuid
  readonly partition: number
  readonly directoryId: Uuid
}

export interface CreatableTopic {
  readonly name: string
  /** -1 for `num.partitions`, and with an assignment. */
  readonly numPartitions: number
  /** -1 for `default.replication.factor`, and with an assignment. */
  readonly replicationFactor: number
  readonly assignments: readonly {
    readonly partitionIndex: number
    readonly brokerIds: readonly number[]
  }[]
  readonly configs: readonly { readonly name: string; readonly value: string | null }[]
}

export interface CreatableTopicResult {
  name: string
  /** `ZERO_UUID` with an error. */
  topicId: Uuid
  errorCode: ErrorCode
  errorMessage: string | null
  /** -1 with an error. */
  numPartitions: number
  /** -1 with an error. */
  replicationFactor: number
  /** What the topic's configs now are, empty with an error. */
  configs: {
    name: string
    value: string | null
    readOnly: boolean
    configSource: ConfigSource
    isSensitive: boolean
  }[]
}

/** A topic by name (id `ZERO_UUID`) or by id (name `null`). */
export interface DeletableTopic {
  readonly name: string | null
  readonly topicId: Uuid
}

export interface DeletableTopicResult {
  name: string | null
  topicId: Uuid
  errorCode: ErrorCode
  errorMessage: string | null
}

export interface CreatablePartitions {
  readonly name: string
  /** The number of partitions the topic shall have in total. */
  readonly count: number
  /** Replicas of each new partition, or `null` to have them placed. */
  readonly assignments: readonly { readonly brokerIds: readonly number[] }[] | null
}

export interface CreatablePartitionsResult {
  name: string
  errorCode: ErrorCode
  errorMessage: string | null
}

export interface AlterConfigsOptions {
  readonly validateOnly?: boolean
  readonly asked: AskedBroker
}

/** The broker that a client asked: broker configs are validated against it, and loggers are its own. */
export interface AskedBroker {
  readonly brokerId: number
  readonly config: BrokerConfig
  readonly loggers: BrokerLoggers
}

export interface AlterConfigsResource {
  readonly resourceType: number
  readonly resourceName: string
  readonly configs: readonly { readonly name: string; readonly value: string | null }[]
}

export interface IncrementalAlterConfigsResource {
  readonly resourceType: number
  readonly resourceName: string
  readonly configs: readonly IncrementalConfigChange[]
}

export interface AlterConfigsResult {
  errorCode: ErrorCode
  errorMessage: string | null
  resourceType: number
  resourceName: string
}

export interface DescribeConfigsResource {
  readonly resourceType: number
  readonly resourceName: string
  /** The configs wanted; `null` or empty for all. */
  readonly configurationKeys: readonly string[] | null
}

export interface DescribeConfigsOptions {
  readonly includeSynonyms?: boolean
  readonly includeDocumentation?: boolean
  /** The broker that was asked. */
  readonly brokerId: number
}

export interface DescribeConfigsResult {
  errorCode: ErrorCode
  errorMessage: string | null
  resourceType: number
  resourceName: string
  configs: ConfigEntry[]
}

export interface ConfigResourceEntry {
  resourceName: string
  resourceType: ConfigResourceType
}

export interface BrokerRegistrationRequest {
  readonly id: number
  readonly endpoints: readonly BrokerEndpoint[]
  readonly rack: string | null
  /** Ids of the broker's log directories that are in use. */
  readonly logDirs: readonly Uuid[]
  /** Whether it stopped cleanly before; if not it may have lost records, and is no longer eligible to lead (KIP-966). */
  readonly hadCleanShutdown: boolean
}
