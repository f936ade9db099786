import { ErrorCode } from '../../../../src/protocol/error-code.ts'
import { Fetch } from '../../../../src/protocol/messages/01-fetch.ts'
import type { ResponseOf } from '../../../../src/protocol/schema/index.ts'
import { batchesOf } from '../../../../src/record/batch-view.ts'
import { recordsOf } from '../../../../src/record/records.ts'
import type { ReadRecord } from '../model/partition-model.ts'
import type { TopicModel } from '../model/topics-model.ts'
import { orLost, type Client } from './client.ts'

/** Options of one fetch. */
export interface FetchOptions {
  readonly maxWaitMs: number
  readonly minBytes: number
  readonly maxBytes: number
  readonly isolationLevel: number
}

/** The result of a fetch: the next offset, or the reason why there is none. */
export type Fetched =
  | { readonly nextOffset: number; readonly highWatermark: number; readonly logStartOffset: number }
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
  if (port === undefined) return topic.isThere(client.nowMs) ? 'again' : 'gone'
  const { maxWaitMs, minBytes, maxBytes, isolationLevel } = options
  const partitions = [{ partition, fetchOffset, partitionMaxBytes: maxBytes }]
  const topics = [{ topic: topic.name, topicId: topic.id, partitions }]
  const request = { maxWaitMs, minBytes, maxBytes, isolationLevel, topics, forgottenTopicsData: [] }
  const sentAtMs = client.nowMs
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
      const records = readRecords(fetched.records, fetchOffset)
      const { highWatermark, lastStableOffset, logStartOffset } = fetched
      const checked = { fetchOffset, sentAtMs, highWatermark, lastStableOffset, logStartOffset }
      model.checkFetched({ ...checked, records }, client.nowMs)
      const nextOffset = (records.at(-1)?.offset ?? fetchOffset - 1) + 1
      return { nextOffset, highWatermark, logStartOffset }
    }
    case ErrorCode.OffsetOutOfRange:
      model.checkOutOfRange(fetchOffset, sentAtMs)
      return 'outOfRange'
    case ErrorCode.UnknownTopicId:
    case ErrorCode.UnknownTopicOrPartition:
      if (topic.isThere(sentAtMs) && client.world.settings.profile === 'test') {
        client.world.disagree(`${model.name} is answered as unknown, and was created before`)
      }
      client.forgetLeaders()
      return topic.isThere(sentAtMs) ? 'again' : 'gone'
    case ErrorCode.NotLeaderOrFollower:
    case ErrorCode.LeaderNotAvailable:
    case ErrorCode.KafkaStorageError:
      client.forgetLeaders()
      return 'again'
    default:
      return client.world.disagree(`${model.name} is answered with error ${fetched.errorCode}`)
  }
}

type FetchedRecords = ResponseOf<typeof Fetch>['responses'][number]['partitions'][number]['records']

/** Returns the records from the offset on. The first batch may start before it. */
function readRecords(records: FetchedRecords, fetchOffset: number): ReadRecord[] {
  const read: ReadRecord[] = []
  for (const batch of batchesOf((records ?? Buffer.alloc(0)) as Uint8Array)) {
    if (batch.computeChecksum() !== batch.checksum) throw new Error('a batch has a wrong checksum')
    for (const { offset, key } of recordsOf(batch)) {
      if (offset < fetchOffset) continue
      const value = Buffer.from(key ?? []).toString()
      read.push({ offset, value, leaderEpoch: batch.partitionLeaderEpoch })
    }
  }
  return read
}
