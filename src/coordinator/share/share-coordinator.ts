import type { MetadataDelta } from '../../controller/metadata-image.ts'
import { inHashMapOrder } from '../../platform/java-hash-map.ts'
import type { Uuid } from '../../platform/uuid.ts'
import { ApiError } from '../../protocol/api-error.ts'
import { ErrorCode, errorMessage } from '../../protocol/error-code.ts'
import type {
  DeleteShareGroupState,
  InitializeShareGroupState,
  ReadShareGroupState,
  ReadShareGroupStateSummary,
  WriteShareGroupState,
} from '../../protocol/messages/index.ts'
import type { Api, RequestOf, ResponseBody } from '../../protocol/schema/index.ts'
import type { Decision } from '../runtime/coordinator-shard.ts'
import { CoordinatorRuntime } from '../runtime/coordinator-runtime.ts'
import type { InternalPartition } from '../runtime/internal-partition.ts'
import { mapOutcome, settle, whenAll } from '../runtime/outcome.ts'
import type { Outcome } from '../runtime/outcome.ts'
import type { PartitionRuntime } from '../runtime/partition-runtime.ts'
import { deleteState } from './delete-state.ts'
import { initializeState } from './initialize-state.ts'
import { readStateSummary } from './read-state-summary.ts'
import { readState } from './read-state.ts'
import { inTopicIdOrder, statePartitionOf } from './share-partition-key.ts'
import type { SharePartitionKey } from './share-partition-key.ts'
import type { SharePartitionState } from './share-partition-state.ts'
import { ShareShard } from './share-shard.ts'
import type { ShareEnvironment } from './share-context.ts'
import { shareStateRecords } from './share-state-records.ts'
import type { ShareStateRecord } from './share-state-records.ts'
import { writeState } from './write-state.ts'

/** The services that a {@link ShareCoordinator} uses. */
export interface ShareCoordinatorOptions extends ShareEnvironment {
  /**
   * Returns the number of partitions that `__share_group_state` has, or will have when it is
   * created.
   */
  readonly partitionCount: () => number
  /** Called when a partition cannot be loaded. Its requests are answered with NOT_COORDINATOR. */
  readonly onLoadFailure: (partition: number, error: unknown) => void
}

type Response<A extends Api> = ResponseBody<A> | Promise<ResponseBody<A>>

type StatePartition = PartitionRuntime<ShareStateRecord, ShareShard>

/** The sequence of Kafka's batches without a producer. */
const NO_SEQUENCE = -1

/**
 * The share coordinator of one broker (Kafka's `ShareCoordinatorService`): the state of share
 * partitions, stored in the partitions of `__share_group_state` that the broker leads. It serves
 * brokers: the group coordinator, and the leaders of the partitions that share groups read.
 */
export class ShareCoordinator {
  readonly #options: ShareCoordinatorOptions
  readonly #runtime: CoordinatorRuntime<ShareStateRecord, ShareShard>

  constructor(options: ShareCoordinatorOptions) {
    const { clock, onLoadFailure } = options
    const startMs = clock.now()
    this.#options = options
    this.#runtime = new CoordinatorRuntime({
      clock,
      serde: shareStateRecords,
      baseSequence: NO_SEQUENCE,
      commitTimeoutMs: options.config.commitTimeoutMs,
      createShard: (writer, partition) => new ShareShard(writer, partition, options, startMs),
      onLoadFailure,
    })
  }

  /** Called when this broker becomes the leader of the partition. Loads it, unless it is loaded. */
  onElected(partition: InternalPartition): void {
    this.#runtime.onElected(partition)
  }

  /** Called when this broker no longer leads the partition. Drops its state. */
  onResigned(partition: number): void {
    this.#runtime.onResigned(partition)
  }

  /**
   * Called when the metadata of the broker has changed. Deletes the state of deleted topics. The
   * feature levels decide whether periodic checks run.
   */
  onMetadataChanged({
    deletedTopics,
    features,
  }: Pick<MetadataDelta, 'deletedTopics' | 'features'>): void {
    const deletedIds = new Set(Array.from(deletedTopics.values(), ({ id }) => id))
    for (const { state } of this.#runtime.partitions) {
      if (deletedIds.size > 0) state.deleteTopics(deletedIds)
      if (features !== undefined) state.planChecks()
    }
  }

  /** Stops all timers. */
  close(): void {
    this.#runtime.close()
  }

  /** Returns the stored state of a share partition, if this broker coordinates it. */
  stateOf(key: SharePartitionKey): SharePartitionState | undefined {
    const partition = this.#partition(key)
    return partition instanceof ApiError ? undefined : partition.state.find(key)?.state
  }

  initializeState(
    request: RequestOf<typeof InitializeShareGroupState>,
  ): Response<typeof InitializeShareGroupState> {
    // Kafka ignores a topic without partitions here, and only here.
    const topics = request.topics.filter(({ partitions }) => partitions.length > 0)
    return this.#answer(
      { ...request, topics },
      'initialize share group state',
      (key, initialized) => this.#write(key, (shard) => initializeState(shard, key, initialized)),
    )
  }

  readState(request: RequestOf<typeof ReadShareGroupState>): Response<typeof ReadShareGroupState> {
    return this.#answer(
      request,
      'read share group state',
      (key, { leaderEpoch }) => this.#write(key, (shard) => readState(shard, key, leaderEpoch)),
      { stateEpoch: 0, startOffset: 0, stateBatches: [] },
    )
  }

  writeState(
    request: RequestOf<typeof WriteShareGroupState>,
  ): Response<typeof WriteShareGroupState> {
    return this.#answer(request, 'write share group state', (key, written) =>
      this.#write(key, (shard) => writeState(shard, key, written)),
    )
  }

  deleteState(
    request: RequestOf<typeof DeleteShareGroupState>,
  ): Response<typeof DeleteShareGroupState> {
    return this.#answer(request, 'delete share group state', (key) =>
      this.#write(key, (shard) => deleteState(shard, key)),
    )
  }

  readStateSummary(
    request: RequestOf<typeof ReadShareGroupStateSummary>,
  ): Response<typeof ReadShareGroupStateSummary> {
    return this.#answer(
      request,
      'read share group state summary',
      (key) => {
        const partition = this.#partition(key)
        if (partition instanceof ApiError) return partition
        return partition.read((shard) => readStateSummary(shard, key))
      },
      { stateEpoch: 0, leaderEpoch: 0, startOffset: 0, deliveryCompleteCount: -1 },
    )
  }

  /**
   * Runs a request for each of its partitions. Each is stored in its own partition of the topic, so
   * some may fail.
   *
   * @param empty the fields of a partition with an error
   */
  #answer<P extends { readonly partition: number }, R extends object | undefined>(
    { groupId, topics }: StateRequest<P>,
    operation: string,
    handle: (key: SharePartitionKey, partition: P) => Outcome<R>,
    empty?: R,
  ): StateResponse<R> | Promise<StateResponse<R>> {
    if (groupId === '' || topics.some(({ partitions }) => partitions.length === 0)) {
      return { results: [] }
    }
    const keys: SharePartitionKey[] = []
    const results = topics.flatMap(({ topicId, partitions }) =>
      partitions.map((each) => {
        const key = { groupId, topicId, partition: each.partition }
        keys.push(key)
        return settle(
          mapOutcome(handle(key, each), (fields) => ({ ...accepted(key), ...fields })),
          (error) => ({ ...refused(key, error, operation), ...empty! }),
        )
      }),
    )
    return whenAll(results, (settled) => ({ results: byTopic(keys, settled) }))
  }

  #write<R>(
    key: SharePartitionKey,
    handler: (shard: ShareShard) => Decision<ShareStateRecord, R> | ApiError,
  ): Outcome<R> {
    const partition = this.#partition(key)
    return partition instanceof ApiError ? partition : partition.write(handler)
  }

  #partition(key: SharePartitionKey): StatePartition | ApiError {
    return this.#runtime.partition(statePartitionOf(key, this.#options.partitionCount()))
  }
}

/** The fields that the requests for share state have in common. */
interface StateRequest<P> {
  readonly groupId: string
  readonly topics: readonly { readonly topicId: Uuid; readonly partitions: readonly P[] }[]
}

/** The fields that the responses have in common. */
interface StateResponse<R> {
  readonly results: readonly {
    readonly topicId: Uuid
    readonly partitions: readonly (PartitionResult & R)[]
  }[]
}

interface PartitionResult {
  readonly partition: number
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
}

function accepted({ partition }: SharePartitionKey): PartitionResult {
  return { partition, errorCode: ErrorCode.None, errorMessage: null }
}

/** An error of the runtime, without a message, gets the text that Kafka sends. */
function refused(
  { partition }: SharePartitionKey,
  { errorCode, message }: ApiError,
  operation: string,
): PartitionResult {
  const text = message ?? `Unable to ${operation}: ${errorMessage(errorCode)}`
  return { partition, errorCode, errorMessage: text }
}

/** Groups results by topic. If a request contains a partition twice, the last result counts. */
function byTopic<R>(keys: readonly SharePartitionKey[], results: readonly R[]) {
  const topics = new Map<Uuid, Map<number, R>>()
  for (const [index, { topicId, partition }] of keys.entries()) {
    const partitions = topics.get(topicId) ?? new Map<number, R>()
    topics.set(topicId, partitions.set(partition, results[index]!))
  }
  const grouped = Array.from(topics, ([topicId, partitions]) => ({
    topicId,
    partitions: inHashMapOrder([...partitions], ([partition]) => partition).map(([, each]) => each),
  }))
  return inTopicIdOrder(grouped)
}
