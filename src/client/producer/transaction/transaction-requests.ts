import { ErrorCode, isRetriable } from '../../../protocol/error-code.ts'
import {
  AddOffsetsToTxn,
  AddPartitionsToTxn,
  EndTxn,
  InitProducerId,
  TxnOffsetCommit,
} from '../../../protocol/messages/index.ts'
import type { Signals } from '../../cancellation.ts'
import type { ClientCore } from '../../client-core.ts'
import { BrokerError } from '../../client-error.ts'
import { SHARED_CHANNEL } from '../../connection/connections.ts'
import { GroupCoordinator, TransactionCoordinator } from '../../coordinator.ts'
import { toOffsetTopics, type CommittedOffset } from '../../group/committed-offsets.ts'
import type { ConsumerGroupMetadata } from '../../group/consumer-group-metadata.ts'
import { flatten, groupByTopic, nameOf, type TopicPartition } from '../../topic-partition.ts'
import type { ProducerIdAndEpoch } from '../idempotent-state.ts'

/** Whether partitions are added to a transaction by separate requests (1), or by Produce (2). */
export type TransactionProtocol = 1 | 2

/** Later versions are sent by brokers only. */
const MAX_ADD_PARTITIONS_VERSION = 3
/** From the next version on, the end of a transaction changes the epoch (KIP-890). */
const MAX_END_VERSION_1 = 4
/** From the next version on, the offsets are added to the transaction implicitly (KIP-890). */
const MAX_OFFSETS_VERSION_1 = 4
/** The last version with topic names. */
const MAX_OFFSETS_VERSION_2 = 5

/**
 * Sends the requests of a transactional producer to its coordinators. Each method sends one
 * request, and throws the error of the response; the caller retries.
 */
export class TransactionRequests {
  readonly #core: ClientCore
  readonly #transactionalId: string
  readonly #coordinator: TransactionCoordinator
  readonly #groups = new Map<string, GroupCoordinator>()

  constructor(core: ClientCore, transactionalId: string) {
    this.#core = core
    this.#transactionalId = transactionalId
    this.#coordinator = new TransactionCoordinator(core, transactionalId, SHARED_CHANNEL)
  }

  /**
   * Requests a producer id, which fences other producers of the transactional id and ends their
   * transaction.
   *
   * @param current the id whose epoch is raised (KIP-360); `undefined` at the start
   */
  async initProducerId(
    transactionTimeoutMs: number,
    current: ProducerIdAndEpoch | undefined,
    signals: Signals,
  ): Promise<ProducerIdAndEpoch> {
    const request = { transactionalId: this.#transactionalId, transactionTimeoutMs, ...current }
    const response = await this.#coordinator.send(InitProducerId, request, {}, signals)
    const operation = `initializing transactional id ${this.#transactionalId}`
    this.#coordinator.check(response.errorCode, operation)
    const { producerId, producerEpoch } = response
    return { producerId, producerEpoch }
  }

  /** Adds partitions to the transaction. */
  async addPartitions(
    producer: ProducerIdAndEpoch,
    partitions: readonly TopicPartition[],
    signals: Signals,
  ): Promise<void> {
    const request = {
      transactions: [],
      v3AndBelowTransactionalId: this.#transactionalId,
      v3AndBelowProducerId: producer.producerId,
      v3AndBelowProducerEpoch: producer.producerEpoch,
      v3AndBelowTopics: groupByTopic(partitions, ({ partition }) => partition),
    }
    const options = { maxVersion: MAX_ADD_PARTITIONS_VERSION }
    const response = await this.#coordinator.send(AddPartitionsToTxn, request, options, signals)
    const topics = response.resultsByTopicV3AndBelow.map(({ name, resultsByPartition }) => ({
      name,
      partitions: resultsByPartition,
    }))
    const results = flatten(topics, ({ partitionIndex }) => partitionIndex)
    const failed = firstFailure(results, ({ partitionErrorCode }) => partitionErrorCode)
    if (failed !== undefined) this.#check(failed.partitionErrorCode, `adding ${nameOf(failed)} to`)
  }

  /** Adds the offsets of a group to the transaction. */
  async addOffsets(producer: ProducerIdAndEpoch, groupId: string, signals: Signals): Promise<void> {
    const request = { transactionalId: this.#transactionalId, ...producer, groupId }
    const response = await this.#coordinator.send(AddOffsetsToTxn, request, {}, signals)
    this.#check(response.errorCode, `adding the offsets of group ${groupId} to`)
  }

  /** Commits offsets as part of the transaction. */
  async commitOffsets(
    producer: ProducerIdAndEpoch,
    group: ConsumerGroupMetadata,
    offsets: readonly CommittedOffset[],
    protocol: TransactionProtocol,
    signals: Signals,
  ): Promise<void> {
    const { groupId, generationId = -1, memberId = '', groupInstanceId = null } = group
    const request = {
      transactionalId: this.#transactionalId,
      groupId,
      ...producer,
      generationIdOrMemberEpoch: generationId,
      memberId,
      groupInstanceId,
      topics: toOffsetTopics(offsets),
    }
    const maxVersion = protocol === 1 ? MAX_OFFSETS_VERSION_1 : MAX_OFFSETS_VERSION_2
    const coordinator = this.#groupCoordinator(groupId)
    const response = await coordinator.send(TxnOffsetCommit, request, { maxVersion }, signals)
    const results = flatten(response.topics, ({ partitionIndex }) => partitionIndex)
    const failed = firstFailure(results, ({ errorCode }) => errorCode)
    if (failed === undefined) return
    const operation = `committing the offset of group ${groupId} in ${nameOf(failed)} with`
    coordinator.check(failed.errorCode, this.#operation(operation))
  }

  /**
   * Commits or aborts the transaction. Returns the id and epoch of the next one; `undefined` if
   * they stay the same.
   */
  async end(
    producer: ProducerIdAndEpoch,
    committed: boolean,
    protocol: TransactionProtocol,
    signals: Signals,
  ): Promise<ProducerIdAndEpoch | undefined> {
    const request = { transactionalId: this.#transactionalId, ...producer, committed }
    const options = protocol === 1 ? { maxVersion: MAX_END_VERSION_1 } : {}
    const response = await this.#coordinator.send(EndTxn, request, options, signals)
    this.#check(response.errorCode, committed ? 'committing' : 'aborting')
    const { producerId, producerEpoch } = response
    return producerId === -1 ? undefined : { producerId, producerEpoch }
  }

  #check(errorCode: number, operation: string): void {
    this.#coordinator.check(errorCode, this.#operation(operation))
  }

  #operation(operation: string): string {
    return `${operation} the transaction of ${this.#transactionalId}`
  }

  #groupCoordinator(groupId: string): GroupCoordinator {
    let coordinator = this.#groups.get(groupId)
    if (coordinator === undefined) {
      coordinator = new GroupCoordinator(this.#core, groupId, SHARED_CHANNEL)
      this.#groups.set(groupId, coordinator)
    }
    return coordinator
  }
}

/** Whether an error says that another transaction of the id is still ending. */
export function isConcurrent(error: unknown): boolean {
  return error instanceof BrokerError && error.errorCode === ErrorCode.ConcurrentTransactions
}

/** Returns the result that decides about the request: one that cannot be retried comes first. */
function firstFailure<R>(results: readonly R[], codeOf: (result: R) => number): R | undefined {
  const failed = results.filter((result) => codeOf(result) !== ErrorCode.None)
  const causes = failed.filter((result) => codeOf(result) !== ErrorCode.OperationNotAttempted)
  return causes.find((result) => !isRetriable(codeOf(result))) ?? causes[0] ?? failed[0]
}
