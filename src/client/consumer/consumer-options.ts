import { cooperativeStickyAssignor } from '../group/assignors/cooperative-sticky.ts'
import { rangeAssignor } from '../group/assignors/range.ts'
import type { Assignor } from '../group/assignors/assignor.ts'
import { OffsetSpec, type IsolationLevel } from '../list-offsets.ts'

/**
 * The start position of a partition without a committed offset. `none`: poll throws `NO_OFFSET`.
 */
export type OffsetReset = 'earliest' | 'latest' | 'none'

/** Options of a consumer. Names and defaults follow Kafka's Java consumer. */
export interface ConsumerOptions {
  /** Needed to subscribe and to commit. */
  readonly groupId?: string | undefined
  /** Makes the consumer a static member of its group (KIP-345). */
  readonly groupInstanceId?: string | null
  /**
   * In the order of preference (`partition.assignment.strategy`). Default: range, cooperative
   * sticky.
   */
  readonly assignors?: readonly Assignor[]
  /** Default `latest`. */
  readonly autoOffsetReset?: OffsetReset
  /** Default `read_uncommitted`. */
  readonly isolationLevel?: IsolationLevel
  /**
   * Whether positions are committed by `poll`, before a rebalance and on close
   * (`enable.auto.commit`). Default true.
   */
  readonly autoCommit?: boolean
  /** Default 5,000. */
  readonly autoCommitIntervalMs?: number
  /** Default 45,000. */
  readonly sessionTimeoutMs?: number
  /** Default 3,000. */
  readonly heartbeatIntervalMs?: number
  /**
   * The maximum time between two polls, in milliseconds; after it the consumer leaves its group.
   * Default 300,000.
   */
  readonly maxPollIntervalMs?: number
  /** The maximum number of records per poll. Default 500. */
  readonly maxPollRecords?: number
  /** Default 1. */
  readonly fetchMinBytes?: number
  /** Default 52,428,800. */
  readonly fetchMaxBytes?: number
  /** The time that a broker waits for `fetchMinBytes`, in milliseconds. Default 500. */
  readonly fetchMaxWaitMs?: number
  /** Default 1,048,576. */
  readonly maxPartitionFetchBytes?: number
  /** Whether the checksums of batches are verified. Default true. */
  readonly checkCrcs?: boolean
  /** Whether brokers may create missing topics that are subscribed to. Default true. */
  readonly allowAutoTopicCreation?: boolean
}

/** Options of a consumer with their defaults filled in. */
export type ConsumerSettings = Required<Omit<ConsumerOptions, 'groupId'>> & {
  readonly groupId: string | undefined
}

/** Fills in the defaults. */
export function consumerSettings(options: ConsumerOptions): ConsumerSettings {
  return {
    groupInstanceId: null,
    assignors: [rangeAssignor, cooperativeStickyAssignor],
    autoOffsetReset: 'latest',
    isolationLevel: 'read_uncommitted',
    autoCommit: true,
    autoCommitIntervalMs: 5_000,
    sessionTimeoutMs: 45_000,
    heartbeatIntervalMs: 3_000,
    maxPollIntervalMs: 300_000,
    maxPollRecords: 500,
    fetchMinBytes: 1,
    fetchMaxBytes: 52_428_800,
    fetchMaxWaitMs: 500,
    maxPartitionFetchBytes: 1_048_576,
    checkCrcs: true,
    allowAutoTopicCreation: true,
    ...options,
    groupId: options.groupId,
  }
}

/** Returns the timestamp of ListOffsets for a reset policy. */
export function resetTimestamp(policy: 'earliest' | 'latest'): number {
  return policy === 'earliest' ? OffsetSpec.Earliest : OffsetSpec.Latest
}
