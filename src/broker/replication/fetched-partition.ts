import { ZERO_UUID } from '../../platform/uuid.ts'
import type { Fetch } from '../../protocol/messages/01-fetch.ts'
import type { RequestOf, ResponseBody } from '../../protocol/schema/index.ts'
import type { Partition } from '../partition.ts'
import { truncationOffset } from './truncation.ts'

type PartitionRequest = RequestOf<typeof Fetch>['topics'][number]['partitions'][number]
type PartitionResponse = ResponseBody<typeof Fetch>['responses'][number]['partitions'][number]

/** A partition that a follower copies from its leader: what it has asked for, and what it got. */
export class FetchedPartition {
  readonly partition: Partition
  readonly key: string
  /** Whether the session of the fetcher has it. */
  isInSession = false
  #leaderEpoch: number
  #fetchOffset = -1
  #logStartOffset = -1
  #isNew = true

  constructor(partition: Partition) {
    this.partition = partition
    this.key = FetchedPartition.keyOf(partition)
    this.#leaderEpoch = partition.leaderEpoch
    this.startAgain()
  }

  static keyOf({ topicId, partition }: Partition): string {
    return `${topicId} ${partition}`
  }

  /** Whether nothing was requested since it was added, or since it started again. */
  get isNew(): boolean {
    return this.#isNew
  }

  /** Whether the leader must learn of new offsets. */
  get hasChanged(): boolean {
    const { log } = this.partition
    return this.#fetchOffset !== log.logEndOffset || this.#logStartOffset !== log.logStartOffset
  }

  /** The next request tells the leader where the log ends now. */
  startAgain(): void {
    const { log } = this.partition
    this.#isNew = true
    // Without epochs the leader cannot tell which records differ: only committed ones are certain.
    if (log.latestEpoch < 0) log.truncateTo(log.highWatermark)
  }

  /** Returns the next request, for everything after the end of the log. */
  next(partitionMaxBytes: number): PartitionRequest {
    const { log, partition } = this.partition
    this.#isNew = false
    this.isInSession = true
    this.#fetchOffset = log.logEndOffset
    this.#logStartOffset = log.logStartOffset
    return {
      partition,
      currentLeaderEpoch: this.#leaderEpoch,
      fetchOffset: this.#fetchOffset,
      lastFetchedEpoch: log.latestEpoch,
      logStartOffset: this.#logStartOffset,
      partitionMaxBytes,
      replicaDirectoryId: ZERO_UUID,
      highWatermark: log.highWatermark,
    }
  }

  /**
   * Appends the records of a response, or truncates the log where it differs from the leader's.
   * Returns false if the records cannot be appended.
   */
  take({
    divergingEpoch,
    records,
    highWatermark,
    logStartOffset = -1,
  }: PartitionResponse): boolean {
    const { partition } = this
    const { log } = partition
    if (divergingEpoch !== undefined && (divergingEpoch.epoch ?? -1) >= 0) {
      const { epoch = -1, endOffset = -1 } = divergingEpoch
      log.truncateTo(truncationOffset(log, { epoch, endOffset }))
      // The request must be sent again, even if it is the same.
      this.#fetchOffset = -1
      return true
    }
    // The log has changed since the request, for example because its disk has failed.
    if (log.logEndOffset !== this.#fetchOffset) return false
    const slices = slicesOf(records)
    return partition.appendAsFollower(slices, { highWatermark, logStartOffset }) === undefined
  }
}

/** Between brokers of one process, all records are in memory. */
function slicesOf(records: PartitionResponse['records']): readonly Uint8Array[] {
  if (records === null || records === undefined) return []
  return records instanceof Uint8Array
    ? records.length === 0
      ? []
      : [records]
    : (records as readonly Uint8Array[])
}
