import type { MetadataImage } from '../controller/metadata-image.ts'
import { OFFSETS_TOPIC, type OffsetsTopicLog } from '../coordinator/group/offsets-topic-log.ts'
import { ErrorCode } from '../protocol/error-code.ts'
import { batchesOf } from '../record/batch-view.ts'
import type { BrokerConfig } from './broker.ts'
import type { ReplicaManager } from './replica-manager.ts'

/** How much of a partition is read at once when a coordinator takes it up (`offsets.load.buffer.size`). */
const LOAD_BUFFER_BYTES = 5 * 1024 * 1024

/** The group coordinator's view of the replicas of `__consumer_offsets` on this broker. */
export function offsetsTopicLog(
  replicas: ReplicaManager,
  image: MetadataImage,
  config: BrokerConfig,
): OffsetsTopicLog {
  return {
    get partitionCount() {
      const topic = image.topics.get(OFFSETS_TOPIC)
      return topic?.partitions.length ?? config.number('offsets.topic.num.partitions')
    },
    append: (index, batch) => {
      const partition = replicas.leader(OFFSETS_TOPIC, index)
      if (typeof partition === 'number') return ErrorCode.NotCoordinator
      const result = partition.append(batch, { origin: 'coordinator' })
      return 'errorCode' in result ? result.errorCode : ErrorCode.None
    },
    *read(index) {
      const partition = replicas.leader(OFFSETS_TOPIC, index)
      if (typeof partition === 'number') return
      const { log } = partition
      for (let offset = log.logStartOffset; offset < log.logEndOffset;) {
        const read = log.read(offset, LOAD_BUFFER_BYTES, 'logEnd', true)
        if (typeof read === 'number' || read.sizeInBytes === 0) return
        for (const slice of read.slices) {
          for (const batch of batchesOf(slice)) offset = batch.nextOffset
          yield slice
        }
      }
    },
  }
}
