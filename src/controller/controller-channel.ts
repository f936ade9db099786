import { ZERO_UUID, type Uuid } from '../platform/uuid.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import { mapAnswer, type Answer } from './answer.ts'
import { errorFields, requestTimedOut, type ErrorFields } from './error-fields.ts'
import type * as operations from './operations.ts'
import type { ControllerRequests } from './operations.ts'
import type { AlterPartitionRequest, AlterPartitionResult } from './partitions/alter-partition.ts'
import {
  refusedElections,
  type ElectLeadersRequest,
  type ElectLeadersResult,
} from './partitions/leader-election.ts'
import {
  refusedReassignments,
  type ReassignmentsRequest,
  type ReassignmentsResult,
} from './partitions/reassignment-changes.ts'
import type { ListedTopics, OngoingReassignments } from './partitions/reassignment-list.ts'
import type { QuorumDescription } from './quorum-description.ts'
import type { AddedVoter, ChangedVoter } from './voter-changes.ts'

/**
 * The channel of a broker to the active controller (Kafka's `NodeToControllerChannelManager`). All
 * of its requests use it. In one process it is a call; a simulation delays, loses or refuses
 * messages.
 */
export interface ControllerChannel {
  /** The broker with the active controller; `undefined` if none is known. */
  readonly controllerId: number | undefined
  /**
   * Sends a request and returns its answer; `undefined` if no controller answers in time. It may
   * have taken effect then.
   *
   * @param request called immediately or later, with the controller that is active then; not called
   * if it is lost
   */
  send<T>(request: (controller: ControllerRequests) => Answer<T>): Answer<T | undefined>
}

/**
 * Sends the requests of a broker over its channel. Without a controller they are answered with
 * `RequestTimedOut`, as in Kafka.
 */
export class ForwardedRequests implements ControllerRequests {
  readonly #channel: ControllerChannel

  constructor(channel: ControllerChannel) {
    this.#channel = channel
  }

  createTopics(
    topics: readonly operations.CreatableTopic[],
    options?: { validateOnly?: boolean },
  ): Answer<operations.CreatableTopicResult[]> {
    const unanswered = { topicId: ZERO_UUID, numPartitions: -1, replicationFactor: -1, configs: [] }
    return otherwise(
      this.#channel.send((controller) => controller.createTopics(topics, options)),
      () => topics.map(({ name }) => ({ name, ...timedOut(), ...unanswered })),
    )
  }

  deleteTopics(
    topics: readonly operations.DeletableTopic[],
  ): Answer<operations.DeletableTopicResult[]> {
    return otherwise(
      this.#channel.send((controller) => controller.deleteTopics(topics)),
      () => topics.map(({ name, topicId }) => ({ name, topicId, ...timedOut() })),
    )
  }

  createPartitions(
    topics: readonly operations.CreatablePartitions[],
    options?: { validateOnly?: boolean },
  ): Answer<operations.CreatablePartitionsResult[]> {
    return otherwise(
      this.#channel.send((controller) => controller.createPartitions(topics, options)),
      () => topics.map(({ name }) => ({ name, ...timedOut() })),
    )
  }

  alterConfigs(
    resources: readonly operations.AlterConfigsResource[],
    options: operations.AlterConfigsOptions,
  ): Answer<operations.AlterConfigsResult[]> {
    return otherwise(
      this.#channel.send((controller) => controller.alterConfigs(resources, options)),
      () => resources.map(unchanged),
    )
  }

  incrementalAlterConfigs(
    resources: readonly operations.IncrementalAlterConfigsResource[],
    options: operations.AlterConfigsOptions,
  ): Answer<operations.AlterConfigsResult[]> {
    return otherwise(
      this.#channel.send((controller) => controller.incrementalAlterConfigs(resources, options)),
      () => resources.map(unchanged),
    )
  }

  alterPartition(request: AlterPartitionRequest): Answer<AlterPartitionResult> {
    return otherwise(
      this.#channel.send((controller) => controller.alterPartition(request)),
      () => ({ errorCode: ErrorCode.RequestTimedOut, topics: [] }),
    )
  }

  electLeaders(request: ElectLeadersRequest): Answer<ElectLeadersResult> {
    return otherwise(
      this.#channel.send((controller) => controller.electLeaders(request)),
      () => refusedElections(request, requestTimedOut),
    )
  }

  alterPartitionReassignments(request: ReassignmentsRequest): Answer<ReassignmentsResult> {
    return otherwise(
      this.#channel.send((controller) => controller.alterPartitionReassignments(request)),
      () => refusedReassignments(request, requestTimedOut),
    )
  }

  listPartitionReassignments(topics: ListedTopics): Answer<OngoingReassignments[] | undefined> {
    return this.#channel.send((controller) => controller.listPartitionReassignments(topics))
  }

  updateFeatures(
    updates: readonly operations.FeatureUpdate[],
    options?: { validateOnly?: boolean },
  ): Answer<ErrorFields> {
    return otherwise(
      this.#channel.send((controller) => controller.updateFeatures(updates, options)),
      timedOut,
    )
  }

  describeQuorum(): Answer<QuorumDescription | undefined> {
    return this.#channel.send((controller) => controller.describeQuorum())
  }

  addVoter(voter: AddedVoter): Answer<ErrorFields> {
    return otherwise(
      this.#channel.send((controller) => controller.addVoter(voter)),
      timedOut,
    )
  }

  removeVoter(voter: ChangedVoter): Answer<ErrorFields> {
    return otherwise(
      this.#channel.send((controller) => controller.removeVoter(voter)),
      timedOut,
    )
  }

  unregisterController(controllerId: number): Answer<ErrorFields> {
    return otherwise(
      this.#channel.send((controller) => controller.unregisterController(controllerId)),
      timedOut,
    )
  }

  allocateProducerIds(brokerId: number): Answer<operations.ProducerIds | undefined> {
    return this.#channel.send((controller) => controller.allocateProducerIds(brokerId))
  }

  registerBroker(registration: operations.BrokerRegistrationRequest): Answer<number | undefined> {
    return this.#channel.send((controller) => controller.registerBroker(registration))
  }

  unfenceBroker(brokerId: number): Answer<boolean> {
    return this.#sent((controller) => controller.unfenceBroker(brokerId))
  }

  shutDownBroker(brokerId: number): Answer<boolean> {
    return this.#sent((controller) => controller.shutDownBroker(brokerId))
  }

  fenceBrokers(brokerIds: readonly number[]): Answer<boolean> {
    return this.#sent((controller) => controller.fenceBrokers(brokerIds))
  }

  unregisterBroker(brokerId: number): Answer<ErrorFields> {
    return otherwise(
      this.#channel.send((controller) => controller.unregisterBroker(brokerId)),
      timedOut,
    )
  }

  handleDirectoriesOffline(brokerId: number, directories: readonly Uuid[]): Answer<boolean> {
    return this.#sent((controller) => controller.handleDirectoriesOffline(brokerId, directories))
  }

  cordonDirectories(brokerId: number, directories: readonly Uuid[]): Answer<boolean> {
    return this.#sent((controller) => controller.cordonDirectories(brokerId, directories))
  }

  assignReplicasToDirs(
    brokerId: number,
    assignments: readonly operations.DirectoryAssignment[],
  ): Answer<boolean> {
    return this.#sent((controller) => controller.assignReplicasToDirs(brokerId, assignments))
  }

  #sent(request: (controller: ControllerRequests) => Answer<boolean>): Answer<boolean> {
    return otherwise(this.#channel.send(request), () => false)
  }
}

function otherwise<T>(answer: Answer<T | undefined>, unanswered: () => T): Answer<T> {
  return mapAnswer(answer, (settled) => settled ?? unanswered())
}

function timedOut(): ErrorFields {
  return errorFields(requestTimedOut)
}

function unchanged({
  resourceType,
  resourceName,
}: Pick<operations.AlterConfigsResource, 'resourceType' | 'resourceName'>) {
  return { resourceType, resourceName, ...timedOut() }
}
