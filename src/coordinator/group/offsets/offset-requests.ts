import type { Clock } from '../../../platform/clock.ts'
import type { VerificationGuard } from '../../../log/producer/verification-guard.ts'
import { ApiError } from '../../../protocol/api-error.ts'
import { ErrorCode } from '../../../protocol/error-code.ts'
import type {
  OffsetCommit,
  OffsetDelete,
  OffsetFetch,
  TxnOffsetCommit,
} from '../../../protocol/messages/index.ts'
import type { RequestOf, ResponseBody } from '../../../protocol/schema/index.ts'
import type { TransactionalProducer } from '../../runtime/coordinator-shard.ts'
import { flatMapOutcome, settle, whenAll } from '../../runtime/outcome.ts'
import type { Outcome } from '../../runtime/outcome.ts'
import type { EndMarker } from '../../runtime/partition-runtime.ts'
import type { GroupConfig } from '../group-config.ts'
import type { GroupPartition, GroupPartitions } from '../group-partitions.ts'
import type { GroupRequestContext } from '../group-request-context.ts'
import { commitOffsets, resolveOffsetCommit } from './offset-commit.ts'
import { deleteOffsets, refuseDelete } from './offset-delete.ts'
import { forgetTopics } from './offset-expiration.ts'
import type { DeletedTopics } from './offset-expiration.ts'
import { fetchOffsets, fetchResponse, refuseFetch, requestedGroups } from './offset-fetch.ts'
import type { FetchOptions, RequestGroup, ResponseGroup } from './offset-fetch.ts'
import { refuseCommit } from './resolved-commit.ts'
import type { TopicLookup } from './topic-lookup.ts'
import {
  commitTransactionalOffsets,
  resolveTxnOffsetCommit,
  txnCommitError,
} from './txn-offset-commit.ts'

/** The services that {@link OffsetRequests} use. */
export interface OffsetRequestsOptions {
  readonly clock: Clock
  readonly config: GroupConfig
  /** Knows the existing topics and partitions, and the ids of topics. */
  readonly topics: TopicLookup
  /**
   * Verifies that a partition of `__consumer_offsets` belongs to the transaction of a request, or
   * adds it (KIP-890). Returns the guard of the write, if it needs one.
   */
  readonly verifyTransaction: (
    partition: number,
    transaction: Pick<
      RequestOf<typeof TxnOffsetCommit>,
      'transactionalId' | 'producerId' | 'producerEpoch'
    >,
    apiVersion: number,
  ) => Outcome<VerificationGuard | undefined>
}

/** The requests for the committed offsets of groups of all kinds. */
export class OffsetRequests {
  readonly #partitions: GroupPartitions
  readonly #options: OffsetRequestsOptions

  constructor(partitions: GroupPartitions, options: OffsetRequestsOptions) {
    this.#partitions = partitions
    this.#options = options
  }

  /** Deletes the committed offsets of deleted topics, which are given by name. */
  onTopicsDeleted(topics: DeletedTopics): void {
    for (const partition of this.#partitions.loaded) {
      partition.appendSeparately(forgetTopics(partition.state, topics))
    }
  }

  offsetCommit(
    request: RequestOf<typeof OffsetCommit>,
    { apiVersion, connection }: GroupRequestContext,
  ): ResponseBody<typeof OffsetCommit> | Promise<ResponseBody<typeof OffsetCommit>> {
    const { topics, clock, config } = this.#options
    const partition = this.#partitions.of(request.groupId)
    this.#partitions.bind(partition, request, connection)
    const commit = resolveOffsetCommit(topics, request, apiVersion, clock.now())
    if (commit.commits.length === 0) return commit.response
    const maxSize = config.offsetMetadataMaxSize
    return settle(
      partition instanceof ApiError
        ? partition
        : partition.write((state) => commitOffsets(state, request, apiVersion, commit, maxSize)),
      (error) => refuseCommit(commit, error),
    )
  }

  txnOffsetCommit(
    request: RequestOf<typeof TxnOffsetCommit>,
    { apiVersion }: GroupRequestContext,
  ): ResponseBody<typeof TxnOffsetCommit> | Promise<ResponseBody<typeof TxnOffsetCommit>> {
    const { topics, clock, config, verifyTransaction } = this.#options
    const { groupId, producerId, producerEpoch } = request
    const commit = resolveTxnOffsetCommit(topics, request, apiVersion, clock.now())
    if (commit.commits.length === 0) return commit.response
    const maxSize = config.offsetMetadataMaxSize
    const write = (
      verificationGuard: VerificationGuard | undefined,
    ): Outcome<ResponseBody<typeof TxnOffsetCommit>> => {
      const partition = this.#partitions.of(groupId)
      if (partition instanceof ApiError) return partition
      return partition.writeTransactional(
        { producerId, producerEpoch, verificationGuard },
        (state) => commitTransactionalOffsets(state, request, apiVersion, commit, maxSize),
      )
    }
    // Kafka verifies before it looks for the coordinator's state, which gives other errors.
    const verified =
      groupId === ''
        ? ApiError.of(ErrorCode.InvalidGroupId)
        : verifyTransaction(this.#partitions.indexOf(groupId), request, apiVersion)
    return settle(flatMapOutcome(verified, write), (error) =>
      refuseCommit(commit, txnCommitError(error, apiVersion)),
    )
  }

  /**
   * Ends the transaction of a producer in a partition of `__consumer_offsets` (WriteTxnMarkers).
   * The offsets that it committed take effect, or are dropped. Errors are those of the log.
   */
  completeTransaction(
    partition: number,
    producer: TransactionalProducer,
    marker: EndMarker,
  ): Outcome<undefined> {
    const led = this.#partitions.at(partition)
    return led instanceof ApiError ? led : led.endTransaction(producer, marker, undefined)
  }

  offsetFetch(
    request: RequestOf<typeof OffsetFetch>,
    { apiVersion, connection }: GroupRequestContext,
  ): ResponseBody<typeof OffsetFetch> | Promise<ResponseBody<typeof OffsetFetch>> {
    const { topics: lookup } = this.#options
    const options: FetchOptions = { apiVersion, requireStable: request.requireStable, lookup }
    const found = requestedGroups(request, apiVersion).map((group) => {
      const { groupId, memberId } = group
      const partition = this.#partitions.of(groupId)
      if (memberId !== null) this.#partitions.bind(partition, { groupId, memberId }, connection)
      return fetchGroup(partition, group, options)
    })
    return whenAll(found, (groups) => fetchResponse(groups, apiVersion))
  }

  offsetDelete(
    request: RequestOf<typeof OffsetDelete>,
  ): ResponseBody<typeof OffsetDelete> | Promise<ResponseBody<typeof OffsetDelete>> {
    const { topics } = this.#options
    const partition = this.#partitions.ofMembers(request.groupId)
    return settle(
      partition instanceof ApiError
        ? partition
        : partition.write((state) => deleteOffsets(state, topics, request)),
      refuseDelete,
    )
  }
}

function fetchGroup(
  partition: GroupPartition | ApiError,
  group: RequestGroup,
  options: FetchOptions,
): ResponseGroup | Promise<ResponseGroup> {
  return settle(
    partition instanceof ApiError
      ? partition
      : partition.read((state) => fetchOffsets(state, group, options)),
    (error) => refuseFetch(group, error, options.apiVersion),
  )
}
