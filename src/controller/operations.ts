import type { Uuid } from '../platform/uuid.ts'
import type { ErrorCode } from '../protocol/error-code.ts'
import type { AlterConfigOperation, ConfigResourceType, ConfigSource } from './config-resource.ts'
import type { BrokerEndpoint, MetadataDelta, MetadataImage } from './metadata-image.ts'

/**
 * What the controller does, as the brokers see it. Everything is synchronous: when a call returns, its records
 * are in the metadata log, the image holds them and the listeners have been told. Inputs have the shapes of the
 * decoded requests and results those of the responses; bad input comes back as wire errors, nothing is thrown.
 *
 * Once the disk of the metadata log has failed nothing changes any more: requests are answered `RequestTimedOut`, as by
 * brokers whose controller is gone.
 */
export interface ControllerOperations {
  readonly image: MetadataImage

  /** Calls back after every change; returns what takes the subscription back. */
  onChange(listener: (delta: MetadataDelta) => void): () => void

  /**
   * Waits until all that has been decided is as durable as it is asked for; `undefined` when it is already. Resolves with
   * false when the disk of the metadata log has failed over it.
   */
  commit(): Promise<boolean> | undefined

  createTopics(
    topics: readonly CreatableTopic[],
    options?: { validateOnly?: boolean },
  ): CreatableTopicResult[]
  deleteTopics(topics: readonly DeletableTopic[]): DeletableTopicResult[]
  createPartitions(
    topics: readonly CreatablePartitions[],
    options?: { validateOnly?: boolean },
  ): CreatablePartitionsResult[]

  /** The legacy call: replaces everything set on each resource. `brokerId` is the broker that was asked. */
  alterConfigs(
    resources: readonly AlterConfigsResource[],
    options: AlterConfigsOptions,
  ): AlterConfigsResult[]
  incrementalAlterConfigs(
    resources: readonly IncrementalAlterConfigsResource[],
    options: AlterConfigsOptions,
  ): AlterConfigsResult[]
  describeConfigs(
    resources: readonly DescribeConfigsResource[],
    options: DescribeConfigsOptions,
  ): DescribeConfigsResult[]
  /** Resources that have, or could have, configs; an empty list of types means all of them. */
  listConfigResources(resourceTypes: readonly number[]): {
    errorCode: ErrorCode
    configResources: ConfigResourceEntry[]
  }

  /** A block of a thousand producer ids that nobody else gets; `undefined` when that cannot be written. */
  allocateProducerIds(brokerId: number): ProducerIds | undefined

  /**
   * Adds the broker, or replaces its former self, and unfences it; returns its broker epoch.
   *
   * @throws Error when that cannot be written
   */
  registerBroker(registration: BrokerRegistrationRequest): number
  /**
   * Takes brokers out of service, all at once: what they led goes to another replica in sync, or has no leader until
   * they come back.
   */
  fenceBrokers(brokerIds: readonly number[]): void
  /**
   * Takes log directories of a broker out of use until it registers with them again: what it led there goes to another
   * replica in sync, or has no leader.
   */
  handleDirectoriesOffline(brokerId: number, directories: readonly Uuid[]): void
  /** From now on these log directories of a broker, and no others, get no new replicas. */
  cordonDirectories(brokerId: number, directories: readonly Uuid[]): void
  /** Notes in which of its log directories a broker keeps its replicas. */
  assignReplicasToDirs(brokerId: number, assignments: readonly DirectoryAssignment[]): void
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
  /** The broker that was asked: broker configs are validated against it, loggers are its own. */
  readonly brokerId: number
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

export interface IncrementalConfigChange {
  readonly name: string
  /** One of `AlterConfigOperation`; others are refused. */
  readonly configOperation: AlterConfigOperation | number
  readonly value: string | null
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

/** One config as DescribeConfigs answers it. */
export interface ConfigEntry {
  name: string
  /** `null` when unset, and for sensitive configs. */
  value: string | null
  readOnly: boolean
  /** Only DescribeConfigs v0 has it; true when nobody set the value. */
  isDefault: boolean
  configSource: ConfigSource
  isSensitive: boolean
  synonyms: ConfigSynonym[]
  /** Kafka's `ConfigType` id: 1 BOOLEAN, 2 STRING, 3 INT, 4 SHORT, 5 LONG, 6 DOUBLE, 7 LIST, 8 CLASS, 9 PASSWORD. */
  configType: number
  documentation: string | null
}

export interface ConfigSynonym {
  name: string
  value: string | null
  source: ConfigSource
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
  /** What the broker was started with, by config name: these are its static configs. */
  readonly properties: Readonly<Record<string, string>>
}
