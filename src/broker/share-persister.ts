import { allAnswers, mapAnswer, type Answer } from '../controller/answer.ts'
import type { BrokerConfig } from '../controller/broker-config.ts'
import type { MetadataImage } from '../controller/metadata-image.ts'
import type { ControllerRequests } from '../controller/operations.ts'
import { statePartitionOf } from '../coordinator/share/share-partition-key.ts'
import type { SharePersister } from '../coordinator/share/share-persister.ts'
import type { Random } from '../platform/random.ts'
import type { Uuid } from '../platform/uuid.ts'
import { ErrorCode, errorMessage } from '../protocol/error-code.ts'
import { InitializeShareGroupState } from '../protocol/messages/83-initialize-share-group-state.ts'
import { ReadShareGroupState } from '../protocol/messages/84-read-share-group-state.ts'
import { WriteShareGroupState } from '../protocol/messages/85-write-share-group-state.ts'
import { DeleteShareGroupState } from '../protocol/messages/86-delete-share-group-state.ts'
import { ReadShareGroupStateSummary } from '../protocol/messages/87-read-share-group-state-summary.ts'
import type { RequestOf } from '../protocol/schema/index.ts'
import type { Delays } from './delays.ts'
import { groupBy } from './group-by.ts'
import { createInternalTopic, InternalTopic, partitionCountOf } from './internal-topics.ts'
import type { PeerBrokers } from './peer-brokers.ts'

export interface BrokerSharePersisterOptions {
  readonly image: MetadataImage
  readonly config: BrokerConfig
  readonly controller: ControllerRequests
  readonly peers: PeerBrokers
  readonly delays: Delays
  readonly random: Random
}

/** A share partition of a request. */
interface Part<P> {
  readonly topicId: Uuid
  readonly partition: P
}

/** The result of a share partition. */
interface PartResult<R> {
  readonly topicId: Uuid
  readonly result: R
}

/** The number of failures since the beginning. */
interface Failures {
  /** Lookups of the coordinator that failed, before and after requests, as in Kafka. */
  readonly lookups: number
  /** Requests that failed. */
  readonly requests: number
}

/** One of the requests for share state. */
interface Operation<P, R> {
  /** The words for its errors, such as `write state`. */
  readonly name: string
  send(brokerId: number, request: StateRequest<P>): Answer<StateResponse<R> | undefined>
  /** Returns the result of a share partition with an error. */
  refuse(error: PartitionResult): R
}

/** The fields that the requests have in common. */
interface StateRequest<P> {
  readonly groupId: string
  readonly topics: { readonly topicId: Uuid; readonly partitions: P[] }[]
}

/** The fields that the responses have in common. */
interface StateResponse<R> {
  readonly results: readonly { readonly topicId: Uuid; readonly partitions: readonly R[] }[]
}

interface PartitionResult {
  readonly partition: number
  readonly errorCode: number
  readonly errorMessage?: string | null | undefined
}

/** Failures after which a request is given up; lookups of the coordinator count separately. */
const MAX_FAILURES = 5

const FIRST_BACKOFF_MS = 1000
const MAX_BACKOFF_MS = 30_000
const BACKOFF_JITTER = 0.2

/** The coordinator may be available later, perhaps on another broker. */
const retriedErrors: ReadonlySet<number> = new Set([
  ErrorCode.CoordinatorNotAvailable,
  ErrorCode.CoordinatorLoadInProgress,
  ErrorCode.NotCoordinator,
  ErrorCode.UnknownTopicOrPartition,
])

/**
 * Sends requests for share state to the coordinators of their share partitions, one request for
 * each broker, and retries what can succeed later (Kafka's `DefaultStatePersister` and
 * `PersisterStateManager`). It creates `__share_group_state` if it is missing.
 */
export class BrokerSharePersister implements SharePersister {
  readonly #options: BrokerSharePersisterOptions

  constructor(options: BrokerSharePersisterOptions) {
    this.#options = options
  }

  initializeState(request: RequestOf<typeof InitializeShareGroupState>) {
    return this.#request(request, {
      name: 'initialize state',
      send: (broker, part) => this.#options.peers.send(broker, InitializeShareGroupState, 0, part),
      refuse: (error) => error,
    })
  }

  readState(request: RequestOf<typeof ReadShareGroupState>) {
    return this.#request(request, {
      name: 'read state',
      send: (broker, part) => this.#options.peers.send(broker, ReadShareGroupState, 0, part),
      refuse: (error) => ({ ...error, stateEpoch: 0, startOffset: 0, stateBatches: [] }),
    })
  }

  writeState(request: RequestOf<typeof WriteShareGroupState>) {
    return this.#request(request, {
      name: 'write state',
      send: (broker, part) => this.#options.peers.send(broker, WriteShareGroupState, 1, part),
      refuse: (error) => error,
    })
  }

  deleteState(request: RequestOf<typeof DeleteShareGroupState>) {
    return this.#request(request, {
      name: 'delete state',
      send: (broker, part) => this.#options.peers.send(broker, DeleteShareGroupState, 0, part),
      refuse: (error) => error,
    })
  }

  readSummary(request: RequestOf<typeof ReadShareGroupStateSummary>) {
    return this.#request(request, {
      name: 'read state summary',
      send: (broker, part) => this.#options.peers.send(broker, ReadShareGroupStateSummary, 1, part),
      refuse: (error) => ({
        ...error,
        stateEpoch: 0,
        leaderEpoch: 0,
        startOffset: 0,
        deliveryCompleteCount: -1,
      }),
    })
  }

  #request<P extends { readonly partition: number }, R extends PartitionResult>(
    { groupId, topics }: StateRequest<P>,
    operation: Operation<P, R>,
  ): Answer<{ results: { topicId: Uuid; partitions: R[] }[] }> {
    const parts = topics.flatMap(({ topicId, partitions }) =>
      partitions.map((partition) => ({ topicId, partition })),
    )
    const run = new PersisterRun(this.#options, groupId, operation)
    return mapAnswer(run.send(parts, { lookups: 0, requests: 0 }), (results) => ({
      results: Array.from(
        groupBy(results, ({ topicId }) => topicId),
        ([topicId, each]) => ({
          topicId,
          partitions: each.map(({ result }) => result),
        }),
      ),
    }))
  }
}

/** A request for share partitions of one group, until each has its result. */
class PersisterRun<P extends { readonly partition: number }, R extends PartitionResult> {
  readonly #options: BrokerSharePersisterOptions
  readonly #groupId: string
  readonly #operation: Operation<P, R>

  constructor(options: BrokerSharePersisterOptions, groupId: string, operation: Operation<P, R>) {
    this.#options = options
    this.#groupId = groupId
    this.#operation = operation
  }

  /** Sends the share partitions to their coordinators. */
  send(parts: readonly Part<P>[], failures: Failures): Answer<PartResult<R>[]> {
    const created = createInternalTopic(InternalTopic.ShareGroupState, this.#options)
    const answers = mapAnswer(created, () => {
      const byBroker = groupBy(parts, (part) => this.#coordinatorOf(part))
      const results = Array.from(byBroker, ([broker, some]) =>
        broker === undefined
          ? this.#onLookupFailed(some, failures)
          : this.#sendTo(broker, some, failures),
      )
      return mapAnswer(allAnswers(results), (all) => all.flat())
    })
    return answers
  }

  /** Returns the broker that coordinates a share partition, if it is known and alive. */
  #coordinatorOf({ topicId, partition: { partition } }: Part<P>): number | undefined {
    const { image, config } = this.#options
    const topic = InternalTopic.ShareGroupState
    const key = { groupId: this.#groupId, topicId, partition }
    const index = statePartitionOf(key, partitionCountOf(topic, image, config))
    const leader = image.partition(topic, index)?.leader
    return leader !== undefined && image.isAlive(leader) ? leader : undefined
  }

  #onLookupFailed(parts: readonly Part<P>[], failures: Failures): Answer<PartResult<R>[]> {
    const text =
      'Error in find coordinator. Exhausted max retries to find coordinator without success.'
    const lookups = failures.lookups + 1
    const refuse = () =>
      parts.map((part) => this.#refuse(part, ErrorCode.CoordinatorNotAvailable, text))
    return this.#retry(parts, { ...failures, lookups }, lookups, refuse)
  }

  #sendTo(broker: number, parts: readonly Part<P>[], failures: Failures): Answer<PartResult<R>[]> {
    const topics = Array.from(
      groupBy(parts, ({ topicId }) => topicId),
      ([topicId, some]) => ({
        topicId,
        partitions: some.map(({ partition }) => partition),
      }),
    )
    const response = this.#operation.send(broker, { groupId: this.#groupId, topics })
    return mapAnswer(response, (settled) => this.#onResponse(parts, settled, failures))
  }

  #onResponse(
    parts: readonly Part<P>[],
    response: StateResponse<R> | undefined,
    failures: Failures,
  ): Answer<PartResult<R>[]> {
    const done: PartResult<R>[] = []
    const failed = new Map<Part<P>, ErrorCode>()
    for (const part of parts) {
      const result = resultOf(response, part)
      const error = response === undefined ? ErrorCode.NetworkException : result?.errorCode
      if (error === ErrorCode.None) done.push({ topicId: part.topicId, result: result! })
      else if (error === undefined) done.push(this.#refuseMissing(part))
      else if (response === undefined || retriedErrors.has(error)) {
        failed.set(part, error as ErrorCode)
      } else done.push(this.#refuseRequest(part, error as ErrorCode, result!.errorMessage))
    }
    if (failed.size === 0) return done
    const text = `Exhausted max retries to complete ${this.#operation.name} RPC without success.`
    const requests = failures.requests + 1
    const refuse = () =>
      Array.from(failed, ([part, error]) => this.#refuseRequest(part, error, text))
    const retried = this.#retry([...failed.keys()], { ...failures, requests }, requests, refuse)
    return mapAnswer(retried, (results) => [...done, ...results])
  }

  /** Sends share partitions again after a time that doubles with each failure. */
  #retry(
    parts: readonly Part<P>[],
    failures: Failures,
    count: number,
    refuse: () => PartResult<R>[],
  ): Answer<PartResult<R>[]> {
    if (count >= MAX_FAILURES) return refuse()
    const { delays, random } = this.#options
    const delay = delays.wait(backoffMs(count, random))
    return delay.then((isOpen) => (isOpen ? this.send(parts, failures) : refuse()))
  }

  #refuseMissing(part: Part<P>): PartResult<R> {
    const { topicId, partition } = part
    const key = `SharePartitionKey{groupId=${this.#groupId}, topicIdPartition=${topicId}:null-${partition.partition}}`
    const text = `Failed to ${this.#operation.name} for share partition: ${key}`
    return this.#refuseRequest(part, ErrorCode.UnknownServerError, text)
  }

  #refuseRequest(
    part: Part<P>,
    errorCode: ErrorCode,
    text: string | null | undefined,
  ): PartResult<R> {
    const reason = text || errorMessage(errorCode)
    return this.#refuse(part, errorCode, `Error in ${this.#operation.name} RPC. ${reason}`)
  }

  #refuse({ topicId, partition }: Part<P>, errorCode: ErrorCode, text: string): PartResult<R> {
    const error = { partition: partition.partition, errorCode, errorMessage: text }
    return { topicId, result: this.#operation.refuse(error) }
  }
}

function resultOf<P extends { readonly partition: number }, R extends PartitionResult>(
  response: StateResponse<R> | undefined,
  { topicId, partition: { partition } }: Part<P>,
): R | undefined {
  return response?.results
    .find((topic) => topic.topicId === topicId)
    ?.partitions.find((result) => result.partition === partition)
}

/** Kafka doubles the first backoff already. */
function backoffMs(failures: number, random: Random): number {
  const factor = 1 - BACKOFF_JITTER + (random.int(1000) / 1000) * 2 * BACKOFF_JITTER
  return Math.min(Math.floor(FIRST_BACKOFF_MS * 2 ** failures * factor), MAX_BACKOFF_MS)
}
