import type { MetadataReplica } from '../controller/metadata-log.ts'
import { ApiError } from '../protocol/api-error.ts'
import { METADATA_TOPIC } from '../log/log-file-names.ts'
import { defaultLogConfig } from '../log/log-config.ts'
import type { LogManager } from '../log/log-manager.ts'
import { readWholeLog } from '../log/read-whole-log.ts'

/** The id of Kafka's metadata topic. */
const METADATA_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAQ'

/** The largest epoch of a log without batches. */
const NO_EPOCH = 0

/**
 * Opens a broker's copy of the metadata log: `__cluster_metadata-0` in its first directory, as in
 * Kafka.
 */
export function openMetadataReplica(nodeId: number, logs: LogManager): MetadataReplica {
  const { directoryId } = logs.logDirs()[0]!
  const config = defaultLogConfig
  const log = logs.getOrCreate(METADATA_TOPIC, 0, METADATA_TOPIC_ID, config, directoryId)
  return {
    nodeId,
    get endOffset() {
      return log.logEndOffset
    },
    get lastEpoch() {
      return Math.max(NO_EPOCH, log.latestEpoch)
    },
    get isOffline() {
      return log.isOffline
    },
    get durableEndOffset() {
      return log.durability.durableOffset
    },
    endOffsetForEpoch: (epoch) => {
      const { latestEpoch } = log
      if (epoch >= latestEpoch) return { epoch: latestEpoch, endOffset: log.logEndOffset }
      return log.endOffsetForEpoch(epoch)
    },
    *read(fromOffset) {
      yield* readWholeLog(log, fromOffset)
      if (log.isOffline) throw new Error(`${log.directory} cannot be read`)
    },
    append: (batch) => {
      const result = log.appendAsFollower(batch)
      if (!(result instanceof ApiError)) return true
      if (log.isOffline) return false
      throw new Error(`The metadata log refused a batch: ${result.message}`)
    },
    sync: () => log.durability.commit(),
    advanceHighWatermark: (offset) => {
      log.updateHighWatermark(offset)
    },
    truncateTo: (offset) => {
      log.truncateTo(offset)
    },
  }
}
