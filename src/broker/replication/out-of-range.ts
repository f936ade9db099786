import { ErrorCode } from '../../protocol/error-code.ts'
import { ListOffsets } from '../../protocol/messages/02-list-offsets.ts'
import type { Partition } from '../partition.ts'
import type { PeerBrokers } from '../peer-brokers.ts'

const LIST_OFFSETS_VERSION = 10

const LATEST = -1
const EARLIEST = -2

/** The leader to ask. */
interface Source {
  readonly peers: PeerBrokers
  readonly leaderId: number
  readonly brokerId: number
}

/**
 * Changes the log of a follower whose end is outside of the leader's log, so that it can continue
 * (Kafka's `AbstractFetcherThread.fetchOffsetAndTruncate`): a leader that was elected although it
 * lacks records has a shorter log; one that has deleted old records has a later start. Returns
 * false if the leader does not say.
 */
export async function findFetchOffset(source: Source, partition: Partition): Promise<boolean> {
  const { log, leaderEpoch } = partition
  const isCurrent = (): boolean => partition.leaderEpoch === leaderEpoch && log.isOpen
  const end = await offsetOf(source, partition, LATEST)
  if (end === undefined || !isCurrent()) return false
  if (end < log.logEndOffset) {
    log.truncateTo(end)
    return true
  }
  const start = await offsetOf(source, partition, EARLIEST)
  if (start === undefined || !isCurrent()) return false
  if (start > log.logEndOffset) log.truncateFullyAndStartAt(start)
  return true
}

async function offsetOf(
  { peers, leaderId, brokerId }: Source,
  { topic, partition, leaderEpoch }: Partition,
  timestamp: number,
): Promise<number | undefined> {
  const asked = { partitionIndex: partition, currentLeaderEpoch: leaderEpoch, timestamp }
  const response = await peers.send(leaderId, ListOffsets, LIST_OFFSETS_VERSION, {
    replicaId: brokerId,
    isolationLevel: 0,
    topics: [{ name: topic, partitions: [{ ...asked, maxNumOffsets: 1 }] }],
    timeoutMs: 0,
  })
  const answer = response?.topics[0]?.partitions[0]
  return answer?.errorCode === ErrorCode.None ? answer.offset : undefined
}
