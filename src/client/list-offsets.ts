import { ListOffsets } from '../protocol/messages/index.ts'
import type { Signals } from './cancellation.ts'
import { check } from './client-error.ts'
import type { ClientSettings } from './client-options.ts'
import type { ClusterMetadata } from './metadata/cluster-metadata.ts'
import { retry } from './retry.ts'
import { flatten, groupByTopic, nameOf, type TopicPartition } from './topic-partition.ts'

/** Timestamps of ListOffsets that mean an offset. */
export const OffsetSpec = { Latest: -1, Earliest: -2, MaxTimestamp: -3 } as const

/** Which transactional records are returned: all, or those of committed transactions. */
export type IsolationLevel = 'read_uncommitted' | 'read_committed'

/** A query about a partition. */
export interface OffsetQuery extends TopicPartition {
  /** Milliseconds since the epoch, or one of {@link OffsetSpec}. */
  readonly timestamp: number
}

/** The result of an {@link OffsetQuery}. */
export interface FoundOffset extends TopicPartition {
  /** -1 if no record is at or after the timestamp. */
  readonly offset: number
  /** The timestamp of the record; -1 for the earliest and the latest offset. */
  readonly timestamp: number
  readonly leaderEpoch: number
}

/** Returns the value of an isolation level on the wire. */
export function isolationLevelId(level: IsolationLevel): number {
  return level === 'read_committed' ? 1 : 0
}

/**
 * Returns the offset of the first record at or after a timestamp, or of an {@link OffsetSpec}, in
 * the order of the queries.
 *
 * @throws ClientError `UNKNOWN_TOPIC` or `UNKNOWN_PARTITION` if the partition does not exist
 */
export function listOffsets(
  metadata: ClusterMetadata,
  settings: ClientSettings,
  queries: readonly OffsetQuery[],
  isolationLevel: IsolationLevel,
  signals: Signals,
): Promise<FoundOffset[]> {
  const found = new Map<string, FoundOffset>()
  return retry(settings, signals, async () => {
    const missing = queries.filter((query) => !found.has(nameOf(query)))
    const byLeader = await metadata.byLeader(missing, signals)
    await Promise.all(
      Array.from(byLeader, async ([leaderId, led]) => {
        const broker = await metadata.broker(leaderId, undefined, signals)
        const response = await broker.send(ListOffsets, {
          replicaId: -1,
          isolationLevel: isolationLevelId(isolationLevel),
          topics: groupByTopic(led, (query) => ({
            partitionIndex: query.partition,
            currentLeaderEpoch: metadata.leader(query)?.epoch ?? -1,
            timestamp: query.timestamp,
          })),
          timeoutMs: settings.requestTimeoutMs,
        })
        for (const each of flatten(response.topics, (p) => p.partitionIndex)) {
          const { topic, partition, errorCode, offset, timestamp, leaderEpoch } = each
          check(errorCode, `the offsets of ${topic}-${partition}`)
          found.set(nameOf(each), { topic, partition, offset, timestamp, leaderEpoch })
        }
      }),
    ).catch((error: unknown) => {
      for (const { topic } of missing) metadata.invalidate(topic)
      throw error
    })
    return queries.map((query) => found.get(nameOf(query))!)
  })
}
