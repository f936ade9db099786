import type { MetadataImage } from '../controller/metadata-image.ts'
import { OFFSETS_TOPIC, type OffsetsTopicLog } from '../coordinator/group/offsets-topic-log.ts'
import { readWholeLog } from '../log/read-whole-log.ts'
import { ApiError } from '../protocol/api-error.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import type { BrokerConfig } from '../controller/broker-config.ts'
import type { ReplicaManager } from './replica-manager.ts'
import type { StateCommits } from './state-commits.ts'

/** The group coordinator's view of the replicas of `__consumer_offsets` on this broker. */
export function offsetsTopicLog(
  replicas: ReplicaManager,
  image: MetadataImage,
  config: BrokerConfig,
  commits: StateCommits,
): OffsetsTopicLog {
  return {
    get partitionCount() {
      const topic = image.topics.get(OFFSETS_TOPIC)
      return topic?.partitions.length ?? config.number('offsets.topic.num.partitions')
    },
    append: (index, batch) => {
      const partition = replicas.leader(OFFSETS_TOPIC, index)
      if (partition instanceof ApiError) return ErrorCode.NotCoordinator
      const result = partition.append(batch, { origin: 'coordinator' })
      if (result instanceof ApiError) return result.errorCode
      commits.add(partition)
      return ErrorCode.None
    },
    *read(index) {
      const partition = replicas.leader(OFFSETS_TOPIC, index)
      if (partition instanceof ApiError) return
      yield* readWholeLog(partition.log)
    },
  }
}
