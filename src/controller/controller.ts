import { errorFields, requestTimedOut } from './error-fields.ts'
import type { ErrorFields } from './error-fields.ts'
import type { Random } from '../platform/random.ts'
import type { Uuid } from '../platform/uuid.ts'
import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import { mapAnswer, type Answer } from './answer.ts'
import { BrokerConfig } from './broker-config.ts'
import {
  fencingRecords,
  registrationRecords,
  shutdownRecords,
  unfencingRecords,
  unregistrationRecords,
} from './broker-registration.ts'
import { planIncrementalChanges, planReplacements } from './config-changes.ts'
import type { ConfigChangeContext, ConfigChanges } from './config-changes.ts'
import { ConfigResourceType, DEFAULT_BROKER } from '../protocol/config-resource.ts'
import {
  assignmentRecords,
  cordoningRecords,
  offlineDirectoryRecords,
} from './directory-changes.ts'
import { planFeatureChanges } from './feature-changes.ts'
import { bootstrapRecords } from './features.ts'
import type { FeatureLevels } from './features.ts'
import type { MetadataImage } from './metadata-image.ts'
import type { MetadataQuorum } from './metadata-quorum.ts'
import type * as operations from './operations.ts'
import {
  planAlterations,
  type AlterPartitionRequest,
  type AlterPartitionResult,
} from './partitions/alter-partition.ts'
import {
  planElections,
  refusedElections,
  type ElectLeadersRequest,
  type ElectLeadersResult,
} from './partitions/leader-election.ts'
import { planPartitions } from './partitions/partition-creation.ts'
import type { ClusterView } from './partitions/partition-rules.ts'
import {
  planReassignments,
  refusedReassignments,
  type ReassignmentsRequest,
  type ReassignmentsResult,
} from './partitions/reassignment-changes.ts'
import {
  listReassignments,
  type ListedTopics,
  type OngoingReassignments,
} from './partitions/reassignment-list.ts'
import type { Policies } from './policies.ts'
import type { QuorumDescription } from './quorum-description.ts'
import { producerIdsRecord } from './records.ts'
import type { NewRecord } from './records.ts'
import { planTopics } from './topic-creation.ts'
import { planDeletions } from './topic-deletion.ts'
import {
  refuseAddedVoter,
  refuseRemovedVoter,
  type AddedVoter,
  type ChangedVoter,
} from './voter-changes.ts'

export interface ControllerOptions {
  /** The broker with which the controller runs. */
  readonly nodeId: number
  /** The properties of that broker, whose configs are the defaults of new topics. */
  readonly properties: Readonly<Record<string, string>>
  readonly quorum: MetadataQuorum
  readonly random: Random
  /** Default: none. */
  readonly policies?: Policies
}

/** The number of ids in a block (Kafka's `ProducerIdsBlock.PRODUCER_ID_BLOCK_SIZE`). */
const PRODUCER_ID_BLOCK_SIZE = 1000

/**
 * The controller of one broker (Kafka's `QuorumController`). While its broker leads the quorum, it
 * decides all changes of the cluster: it plans each change against the image, and appends it to the
 * metadata log as Kafka's records.
 */
export class Controller implements operations.ControllerRequests {
  readonly nodeId: number
  readonly #quorum: MetadataQuorum
  readonly #random: Random
  readonly #policies: Policies
  readonly #ownConfig: BrokerConfig
  /** `min.insync.replicas` of the properties, without dynamic configs. */
  readonly #minInsyncReplicas: number

  constructor(options: ControllerOptions) {
    this.nodeId = options.nodeId
    this.#quorum = options.quorum
    this.#random = options.random
    this.#policies = options.policies ?? {}
    this.#ownConfig = new BrokerConfig(options.properties)
    this.#minInsyncReplicas = this.#ownConfig.number('min.insync.replicas')
  }

  /** The metadata with all decisions. */
  get image(): MetadataImage {
    return this.#quorum.image
  }

  /**
   * Writes the first records of a new cluster's metadata log.
   *
   * @param levels feature levels that differ from those of a new 4.4 cluster
   * @throws Error if they cannot be written
   */
  bootstrap(levels: FeatureLevels = {}): void {
    const records = bootstrapRecords(this.#minInsyncReplicas, levels)
    if (!this.#append(records)) throw new Error('the metadata log cannot be written')
  }

  /**
   * Appends records that were planned elsewhere as one batch; returns false if they cannot be
   * written.
   */
  append(records: readonly NewRecord[]): boolean {
    return this.#append(records)
  }

  /** Appends the records of a change of partitions. Returns false if they cannot be committed. */
  changePartitions(plan: (view: ClusterView) => readonly NewRecord[]): Answer<boolean> {
    return this.#commit(plan(this.#view), true, false)
  }

  createTopics(
    topics: readonly operations.CreatableTopic[],
    options: { validateOnly?: boolean } = {},
  ): Answer<operations.CreatableTopicResult[]> {
    const context = {
      image: this.image,
      random: this.#random,
      config: this.#config,
      policies: this.#policies,
    }
    const { results, records } = planTopics(context, topics)
    return this.#commitFor(results, options.validateOnly ? [] : records)
  }

  deleteTopics(
    topics: readonly operations.DeletableTopic[],
  ): Answer<operations.DeletableTopicResult[]> {
    const isEnabled = this.#config.boolean('delete.topic.enable')
    const { results, records } = planDeletions(this.image, topics, isEnabled)
    return this.#commitFor(results, records)
  }

  createPartitions(
    topics: readonly operations.CreatablePartitions[],
    options: { validateOnly?: boolean } = {},
  ): Answer<operations.CreatablePartitionsResult[]> {
    const { results, records } = planPartitions(this.image, this.#random, topics)
    return this.#commitFor(results, options.validateOnly ? [] : records)
  }

  alterConfigs(
    resources: readonly operations.AlterConfigsResource[],
    options: operations.AlterConfigsOptions,
  ): Answer<operations.AlterConfigsResult[]> {
    return this.#changeConfigs(planReplacements(this.#changeContext(options), resources), options)
  }

  incrementalAlterConfigs(
    resources: readonly operations.IncrementalAlterConfigsResource[],
    options: operations.AlterConfigsOptions,
  ): Answer<operations.AlterConfigsResult[]> {
    const context = this.#changeContext(options)
    return this.#changeConfigs(planIncrementalChanges(context, resources), options)
  }

  alterPartition(request: AlterPartitionRequest): Answer<AlterPartitionResult> {
    const { result, records } = planAlterations(this.#view, request)
    const unwritten = { errorCode: ErrorCode.RequestTimedOut, topics: [] }
    return this.#commit(records, result, unwritten)
  }

  electLeaders(request: ElectLeadersRequest): Answer<ElectLeadersResult> {
    const { result, records } = planElections(this.#view, request)
    return this.#commit(records, result, refusedElections(request, requestTimedOut))
  }

  alterPartitionReassignments(request: ReassignmentsRequest): Answer<ReassignmentsResult> {
    const { result, records } = planReassignments(this.#view, request)
    return this.#commit(records, result, refusedReassignments(request, requestTimedOut))
  }

  listPartitionReassignments(topics: ListedTopics): Answer<OngoingReassignments[] | undefined> {
    return this.#commit([], listReassignments(this.image, topics), undefined)
  }

  updateFeatures(
    updates: readonly operations.FeatureUpdate[],
    options: { validateOnly?: boolean } = {},
  ): Answer<ErrorFields> {
    const minInsyncReplicas = this.#minInsyncReplicas
    const context = { image: this.image, nodeId: this.nodeId, minInsyncReplicas }
    const planned = planFeatureChanges(context, updates)
    const isRefused = planned instanceof ApiError
    const result = errorFields(isRefused ? planned : undefined)
    const records = isRefused || options.validateOnly ? [] : planned
    return this.#commit(records, result, timedOut(result))
  }

  describeQuorum(): QuorumDescription | undefined {
    return this.#quorum.describe()
  }

  addVoter(voter: AddedVoter): ErrorFields {
    return errorFields(refuseAddedVoter(this.image.clusterId, voter))
  }

  removeVoter(voter: ChangedVoter): ErrorFields {
    return errorFields(refuseRemovedVoter(this.image.clusterId, voter))
  }

  unregisterController(controllerId: number): ErrorFields {
    const text = `Controller ID ${controllerId} is not currently registered.`
    return errorFields(new ApiError(ErrorCode.ControllerIdNotRegistered, text))
  }

  allocateProducerIds(brokerId: number): Answer<operations.ProducerIds | undefined> {
    const firstProducerId = this.image.nextProducerId
    const brokerEpoch = this.image.brokers.get(brokerId)?.epoch ?? -1
    const next = firstProducerId + PRODUCER_ID_BLOCK_SIZE
    const block = { firstProducerId, count: PRODUCER_ID_BLOCK_SIZE }
    return this.#commit([producerIdsRecord(brokerId, brokerEpoch, next)], block, undefined)
  }

  registerBroker(request: operations.BrokerRegistrationRequest): Answer<number | undefined> {
    const brokerEpoch = this.#quorum.endOffset
    const records = registrationRecords(this.#view, this.#random, request, brokerEpoch)
    return this.#commit(records, brokerEpoch, undefined)
  }

  unfenceBroker(brokerId: number): Answer<boolean> {
    return this.#commit(unfencingRecords(this.#view, brokerId), true, false)
  }

  shutDownBroker(brokerId: number): Answer<boolean> {
    if (!this.#append(shutdownRecords(this.#view, brokerId))) return false
    return this.fenceBrokers([brokerId])
  }

  fenceBrokers(brokerIds: readonly number[]): Answer<boolean> {
    return this.#commit(fencingRecords(this.#view, brokerIds), true, false)
  }

  unregisterBroker(brokerId: number): Answer<ErrorFields> {
    const records = unregistrationRecords(this.#view, brokerId)
    const isRefused = records instanceof ApiError
    const result = errorFields(isRefused ? records : undefined)
    return this.#commit(isRefused ? [] : records, result, errorFields(requestTimedOut))
  }

  handleDirectoriesOffline(brokerId: number, directories: readonly Uuid[]): Answer<boolean> {
    return this.#commit(offlineDirectoryRecords(this.#view, brokerId, directories), true, false)
  }

  cordonDirectories(brokerId: number, directories: readonly Uuid[]): Answer<boolean> {
    return this.#commit(cordoningRecords(this.image, brokerId, directories), true, false)
  }

  assignReplicasToDirs(
    brokerId: number,
    assignments: readonly operations.DirectoryAssignment[],
  ): Answer<boolean> {
    return this.#commit(assignmentRecords(this.#view, brokerId, assignments), true, false)
  }

  /** The configs of the controller's broker, including those at the end of the log. */
  get #config(): BrokerConfig {
    const type = ConfigResourceType.Broker
    const own = this.image.configs(type, String(this.nodeId))
    const cluster = this.image.configs(type, DEFAULT_BROKER)
    const { dynamic } = this.#ownConfig
    // Every change creates a new map.
    if (dynamic.own !== own || dynamic.cluster !== cluster) {
      this.#ownConfig.setDynamic({ own, cluster })
    }
    return this.#ownConfig
  }

  get #view(): ClusterView {
    return { image: this.image, config: this.#config }
  }

  #changeContext({ asked, validateOnly }: operations.AlterConfigsOptions): ConfigChangeContext {
    const policies = this.#policies
    return { ...asked, image: this.image, validateOnly: validateOnly === true, policies }
  }

  #changeConfigs(
    { results, records }: ConfigChanges,
    options: operations.AlterConfigsOptions,
  ): Answer<operations.AlterConfigsResult[]> {
    return this.#commitFor(results, options.validateOnly ? [] : records)
  }

  /** Appends the records as one batch; returns false if they cannot be written. */
  #append(records: readonly NewRecord[]): boolean {
    return records.length === 0 || this.#quorum.append(records) !== undefined
  }

  /**
   * Appends the records. Returns one value when they are committed, the other if they cannot be. A
   * request without changes also waits: it was planned against records that may not be committed
   * yet.
   */
  #commit<T, F>(records: readonly NewRecord[], done: T, failed: F): Answer<T | F> {
    if (!this.#append(records)) return failed
    return this.#quorum.settled()?.then((isCommitted) => (isCommitted ? done : failed)) ?? done
  }

  /** Returns the results of a request when its records are committed. */
  #commitFor<R extends ErrorFields>(results: R[], records: readonly NewRecord[]): Answer<R[]> {
    const committed = this.#commit(records, true, false)
    return mapAnswer(committed, (isDone) => (isDone ? results : results.map(timedOut)))
  }
}

/** Returns the answer of a broker whose controller does not answer. */
function timedOut<R extends ErrorFields>(result: R): R {
  return result.errorCode === ErrorCode.None
    ? { ...result, ...errorFields(requestTimedOut) }
    : result
}
