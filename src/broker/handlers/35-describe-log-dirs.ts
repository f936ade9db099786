import { METADATA_TOPIC } from '../../log/log-file-names.ts'
import type { Log } from '../../log/log.ts'
import { ErrorCode } from '../../protocol/error-code.ts'
import type { DescribeLogDirs } from '../../protocol/messages/35-describe-log-dirs.ts'
import type { Handler } from './handler.ts'

/**
 * DescribeLogDirs (35): returns the log directories of this broker and the partitions in them
 * (KIP-113).
 *
 *   v4  total and free bytes of the volume (KIP-827)
 *   v5  whether the directory is cordoned (KIP-1066)
 *
 * The metadata log belongs to the controller and is not included.
 */
export const describeLogDirs: Handler<typeof DescribeLogDirs> = ({ topics }, { services }) => {
  const asked =
    topics === null
      ? undefined
      : new Map(topics.map(({ topic, partitions }) => [topic, new Set(partitions)]))
  const isAsked = ({ topic, partition }: Log): boolean =>
    asked === undefined ? topic !== METADATA_TOPIC : asked.get(topic)?.has(partition) === true
  return {
    errorCode: ErrorCode.None,
    results: services.logs.logDirs().map(({ path, isOffline, isCordoned, logs, ...space }) => ({
      errorCode: isOffline ? ErrorCode.KafkaStorageError : ErrorCode.None,
      logDir: path,
      topics: groupByTopic(logs.filter(isAsked)),
      totalBytes: space.totalBytes,
      usableBytes: space.usableBytes,
      isCordoned,
    })),
  }
}

function groupByTopic(logs: readonly Log[]) {
  const topics = new Map<
    string,
    { partitionIndex: number; partitionSize: number; offsetLag: number; isFutureKey: boolean }[]
  >()
  for (const { topic, partition, files } of logs) {
    const partitions = topics.get(topic) ?? []
    topics.set(topic, partitions)
    partitions.push({
      partitionIndex: partition,
      partitionSize: files.sizeInBytes,
      offsetLag: 0,
      isFutureKey: false,
    })
  }
  return [...topics].map(([name, partitions]) => ({ name, partitions }))
}
