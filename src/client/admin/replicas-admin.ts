import { ErrorCode } from '../../protocol/error-code.ts'
import {
  AlterPartitionReassignments,
  ElectLeaders,
  ListPartitionReassignments,
} from '../../protocol/messages/index.ts'
import type { ClientCore } from '../client-core.ts'
import { check } from '../client-error.ts'
import { retry } from '../retry.ts'
import { flatten, groupByTopic, nameOf, type TopicPartition } from '../topic-partition.ts'
import type { CallOptions } from './call-options.ts'
import { retryEach } from './retry-each.ts'

/**
 * `preferred` elects the first replica; `unclean` elects any live replica, which may lose records.
 */
export type ElectionType = 'preferred' | 'unclean'

/** A partition, and its new replicas. */
export interface Reassignment extends TopicPartition {
  /** The preferred leader first; `null` cancels a reassignment. */
  readonly replicas: readonly number[] | null
}

/** A reassignment in progress. */
export interface OngoingReassignment extends TopicPartition {
  readonly replicas: readonly number[]
  readonly addingReplicas: readonly number[]
  readonly removingReplicas: readonly number[]
}

/** Elects leaders, and moves partitions to other brokers. */
export class ReplicasAdmin {
  readonly #core: ClientCore

  constructor(core: ClientCore) {
    this.#core = core
  }

  /**
   * Elects the leaders of partitions. Partitions that already have the right leader are not
   * changed.
   */
  electLeaders(
    type: ElectionType,
    partitions: readonly TopicPartition[],
    { signal }: CallOptions = {},
  ): Promise<void> {
    const operationOf = (partition: TopicPartition): string =>
      `electing the leader of ${nameOf(partition)}`
    return retryEach(this.#core, [signal], partitions, operationOf, async (items) => {
      const controller = await this.#core.metadata.controller([signal])
      const topicPartitions = groupByTopic(items, ({ partition }) => partition).map(
        ({ name, partitions }) => ({ topic: name, partitions }),
      )
      const response = await controller.send(ElectLeaders, {
        electionType: type === 'preferred' ? 0 : 1,
        topicPartitions,
        timeoutMs: this.#timeoutMs,
      })
      check(response.errorCode, 'electing leaders')
      for (const { topic } of items) this.#core.metadata.invalidate(topic)
      return response.replicaElectionResults.flatMap(({ topic, partitionResult }) =>
        partitionResult
          .filter(({ errorCode }) => errorCode !== ErrorCode.ElectionNotNeeded)
          .map(({ partitionId, errorCode, errorMessage }) => {
            const isItem = (each: TopicPartition): boolean =>
              each.topic === topic && each.partition === partitionId
            return { item: items.find(isItem)!, errorCode, errorMessage }
          }),
      )
    })
  }

  /** Changes the replicas of partitions. Resolves when the controller has started (KIP-455). */
  reassign(reassignments: readonly Reassignment[], { signal }: CallOptions = {}): Promise<void> {
    const operationOf = (each: Reassignment): string => `reassigning ${nameOf(each)}`
    return retryEach(this.#core, [signal], reassignments, operationOf, async (items) => {
      const controller = await this.#core.metadata.controller([signal])
      const topics = groupByTopic(items, ({ partition, replicas }) => ({
        partitionIndex: partition,
        replicas: replicas && [...replicas],
      }))
      const request = { timeoutMs: this.#timeoutMs, topics }
      const response = await controller.send(AlterPartitionReassignments, request)
      check(response.errorCode, 'reassigning partitions', response.errorMessage)
      return flatten(response.responses, ({ partitionIndex }) => partitionIndex).map((each) => ({
        item: items.find((item) => nameOf(item) === nameOf(each))!,
        errorCode: each.errorCode,
        errorMessage: each.errorMessage,
      }))
    })
  }

  /** Returns the reassignments in progress. */
  listReassignments({ signal }: CallOptions = {}): Promise<OngoingReassignment[]> {
    const { metadata, settings, closing } = this.#core
    const signals = [closing, signal]
    return retry(settings, signals, async () => {
      const controller = await metadata.controller(signals)
      const request = { timeoutMs: this.#timeoutMs, topics: null }
      const response = await controller.send(ListPartitionReassignments, request)
      check(response.errorCode, 'listing reassignments', response.errorMessage)
      return flatten(response.topics, ({ partitionIndex }) => partitionIndex)
    })
  }

  get #timeoutMs(): number {
    return this.#core.settings.requestTimeoutMs
  }
}
