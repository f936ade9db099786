import type { Uuid } from '../platform/uuid.ts'
import type { ErrorCode } from '../protocol/error-code.ts'
import type { BrokerConfig } from './broker-config.ts'
import type { BrokerLoggers } from './broker-loggers.ts'
import type { Answer } from './answer.ts'
import type { ErrorFields } from './error-fields.ts'
import type { ConfigEntry } from './config-entry.ts'
import type { IncrementalConfigChange } from './incremental-config-change.ts'
import type { ConfigResourceType, ConfigSource } from '../protocol/config-resource.ts'
import type { BrokerEndpoint } from './metadata-image.ts'
import type { AlterPartitionRequest, AlterPartitionResult } from './partitions/alter-partition.ts'
import type { ElectLeadersRequest, ElectLeadersResult } from './partitions/leader-election.ts'
import type {
  ReassignmentsRequest,
  ReassignmentsResult,
} from './partitions/reassignment-changes.ts'
import type { ListedTopics, OngoingReassignments } from './partitions/reassignment-list.ts'
import type { QuorumDescription } from './quorum-description.ts'
import type { AddedVoter, ChangedVoter } from './voter-changes.ts'

/**
 * The requests that brokers send to the active controller (Kafka's `Controller` interface). An
 * answer comes when its records are committed and the brokers' images have them: immediately,
 * unless `durability: 'fsync'` waits for the disk. Inputs have the types of decoded requests and
 * results those of responses. Invalid input results in wire errors; nothing is thrown.
 *
 * If the metadata log cannot be written, requests are answered with `RequestTimedOut`, as by a
 * broker whose controller does not answer.
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

  /** The legacy request: replaces all configs of each resource. */
  alterConfigs(
    resources: readonly AlterConfigsResource[],
    options: AlterConfigsOptions,
  ): Answer<AlterConfigsResult[]>
  incrementalAlterConfigs(
    resources: readonly IncrementalAlterConfigsResource[],
    options: AlterConfigsOptions,
  ): Answer<AlterConfigsResult[]>

  /** Changes the in-sync replicas of partitions, for their leader. */
  alterPartition(request: AlterPartitionRequest): Answer<AlterPartitionResult>

  /** Elects leaders of partitions: their preferred replicas, or any (KIP-460). */
  electLeaders(request: ElectLeadersRequest): Answer<ElectLeadersResult>

  /** Begins or cancels the move of partitions to other brokers (KIP-455). */
  alterPartitionReassignments(request: ReassignmentsRequest): Answer<ReassignmentsResult>
  /** Returns the moves that have not ended; `undefined` if no controller answers. */
  listPartitionReassignments(topics: ListedTopics): Answer<OngoingReassignments[] | undefined>

  /** Changes the levels of features: all of them, or none if one is refused (KIP-584). */
  updateFeatures(
    updates: readonly FeatureUpdate[],
    options?: { validateOnly?: boolean },
  ): Answer<ErrorFields>

  /** Returns the leader and the voters of the metadata quorum; `undefined` without an answer. */
  describeQuorum(): Answer<QuorumDescription | undefined>
  /** Refuses to add a voter to the metadata quorum: the voters are fixed (KIP-853). */
  addVoter(voter: AddedVoter): Answer<ErrorFields>
  /** Refuses to remove a voter from the metadata quorum, as {@link addVoter} does. */
  removeVoter(voter: ChangedVoter): Answer<ErrorFields>
  /** Answers `ControllerIdNotRegistered`: controllers do not register. */
  unregisterController(controllerId: number): Answer<ErrorFields>

  /** Allocates a block of a thousand producer ids; returns `undefined` if it cannot be written. */
  allocateProducerIds(brokerId: number): Answer<ProducerIds | undefined>

  /**
   * Adds the broker, or replaces its earlier incarnation. It is fenced until {@link unfenceBroker}.
   * Returns its broker epoch, or `undefined` if it cannot be written.
   */
  registerBroker(registration: BrokerRegistrationRequest): Answer<number | undefined>
  /**
   * Unfences a registered broker (Kafka's heartbeat of a broker that has caught up). It becomes the
   * leader of partitions without a leader that it can lead. Returns false if this cannot be
   * written.
   */
  unfenceBroker(brokerId: number): Answer<boolean>
  /**
   * Moves leaders away from a broker that is about to stop (its controlled shutdown), and fences
   * it. If no other replica is in sync, there is no leader until it comes back. Returns false if
   * this cannot be written.
   */
  shutDownBroker(brokerId: number): Answer<boolean>
  /**
   * Fences brokers, all at once. Their partitions get another in-sync replica as leader, or have no
   * leader until they come back. Returns false if this cannot be written.
   */
  fenceBrokers(brokerIds: readonly number[]): Answer<boolean>
  /**
   * Removes a broker from the cluster until it registers again. Its partitions get other leaders;
   * it stays among their replicas.
   */
  unregisterBroker(brokerId: number): Answer<ErrorFields>
  /**
   * Takes log directories of a broker offline until it registers with them again. Its partitions
   * there get another in-sync replica as leader, or have no leader.
   */
  handleDirectoriesOffline(brokerId: number, directories: readonly Uuid[]): Answer<boolean>
  /** Cordons exactly these log directories of a broker: they get no new replicas. */
  cordonDirectories(brokerId: number, directories: readonly Uuid[]): Answer<boolean>
  /** Stores the log directories in which a broker keeps its replicas. */
  assignReplicasToDirs(
    brokerId: number,
    assignments: readonly DirectoryAssignment[],
  ): Answer<boolean>
}

/** A change of the level of a feature. */
export interface FeatureUpdate {
  readonly feature: string
  readonly maxVersionLevel: number
  /** 1 upgrade, 2 safe downgrade, 3 unsafe downgrade. */
  readonly upgradeType: number
}

/** A block of producer ids. */
export interface ProducerIds {
  readonly firstProducerId: number
  readonly count: number
}

/** The log directory of a replica on a broker. */
export interface DirectoryAssignment {
  readonly topicId: Uuid
  readonly partition: number
  readonly directoryId: Uuid
}

export interface CreatableTopic {
  readonly name: string
  /** -1 for `num.partitions`, and with assignments. */
  readonly numPartitions: number
  /** -1 for `default.replication.factor`, and with assignments. */
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
  /** The configs of the topic; empty with an error. */
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
  /** The new total number of partitions. */
  readonly count: number
  /** The replicas of each new partition, or `null` to place them automatically. */
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

/**
 * The broker that received the request: broker configs are validated against its configs, and it
 * has its own loggers.
 */
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
  /** The requested configs; `null` or empty for all. */
  readonly configurationKeys: readonly string[] | null
}

export interface DescribeConfigsOptions {
  readonly includeSynonyms?: boolean
  readonly includeDocumentation?: boolean
  /** The broker that received the request. */
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
  /** Ids of the broker's online log directories. */
  readonly logDirs: readonly Uuid[]
  /**
   * Whether it stopped cleanly before. Otherwise it may have lost records, and is no longer
   * eligible as leader (KIP-966).
   */
  readonly hadCleanShutdown: boolean
}
