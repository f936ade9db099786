import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { Fetch } from '../../../../src/protocol/messages/01-fetch.ts'
import type { LogEntry } from '../model/partition-model.ts'
import type { TopicModel } from '../model/topics-model.ts'
import { orLost, type Client } from './client.ts'
import { readLog } from './read-log.ts'

/** Options of one fetch. */
export interface FetchOptions {
  readonly maxWaitMs: number
  readonly minBytes: number
  readonly maxBytes: number
  readonly isolationLevel: number
}

/** The result of a fetch: the next offset, or the reason why there is none. */
export type Fetched =
  | {
      readonly entries: readonly LogEntry[]
      readonly nextOffset: number
      readonly highWatermark: number
      readonly lastStableOffset: number
      readonly logStartOffset: number
    }
  | 'again'
  | 'outOfRange'
  | 'gone'

/** Fetches once from an offset of a partition, and checks the response. */
export async function fetchOnce(
  client: Client,
  topic: TopicModel,
  partition: number,
  fetchOffset: number,
  options: FetchOptions,
): Promise<Fetched> {
  const port = await client.leaderPort(topic.id, partition)
  if (port === undefined) return topic.hasPartition(partition, client.nowMs) ? 'again' : 'gone'
  const { maxWaitMs, minBytes, maxBytes, isolationLevel } = options
  const partitions = [{ partition, fetchOffset, partitionMaxBytes: maxBytes }]
  const topics = [{ topic: topic.name, topicId: topic.id, partitions }]
  const request = { maxWaitMs, minBytes, maxBytes, isolationLevel, topics, forgottenTopicsData: [] }
  const sentAtMs = client.nowMs
  const isLeader = () => client.world.cluster.isLeader(port, topic.id, partition)
  const wasLeader = isLeader()
  const answer = client.call(port, Fetch, client.version(13, 18), request, { parkedMs: maxWaitMs })
  const response = await orLost(answer)
  const model = topic.partitions[partition]!
  const fetched = response?.responses[0]?.partitions[0]
  if (response !== undefined && response.errorCode !== ErrorCode.None) {
    client.world.disagree(`Fetch is answered with error ${response.errorCode}`)
  }
  if (fetched === undefined) return 'again'
  switch (fetched.errorCode) {
    case ErrorCode.None: {
      const { entries, nextOffset } = readLog(fetched, fetchOffset)
      const { highWatermark, lastStableOffset, logStartOffset } = fetched
      const offsets = { highWatermark, lastStableOffset, logStartOffset }
      const isReadCommitted = isolationLevel === 1
      const mayBeStale = !wasLeader || !isLeader()
      const checked = { mayBeStale, fetchOffset, sentAtMs, isReadCommitted, entries, ...offsets }
      model.checkFetched(checked, client.nowMs)
      return { entries, nextOffset, ...offsets }
    }
    case ErrorCode.OffsetOutOfRange:
      model.checkOutOfRange(fetchOffset, sentAtMs)
      return 'outOfRange'
    case ErrorCode.UnknownTopicId:
    case ErrorCode.UnknownTopicOrPartition:
      if (topic.hasPartition(partition, sentAtMs) && client.world.seesTopics(sentAtMs)) {
        client.world.disagree(`${model.name} is answered as unknown, and was created before`)
      }
      client.forgetLeaders()
      return topic.hasPartition(partition, sentAtMs) ? 'again' : 'gone'
    case ErrorCode.NotLeaderOrFollower:
    case ErrorCode.LeaderNotAvailable:
    case ErrorCode.KafkaStorageError:
      client.forgetLeaders()
      return 'again'
    default:
      return client.world.disagree(`${model.name} is answered with error ${fetched.errorCode}`)
  }
}
