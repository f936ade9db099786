import { ApiError } from '../protocol/api-error.ts'
import type { MetadataStorage } from '../controller/metadata-log.ts'
import { METADATA_TOPIC } from '../log/log-file-names.ts'
import { defaultLogConfig } from '../log/log-config.ts'
import type { LogManager } from '../log/log-manager.ts'
import { readWholeLog } from '../log/read-whole-log.ts'

/** The id that Kafka gives its metadata topic. */
const METADATA_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAQ'

/** The metadata log of a cluster, which is empty before the first start. */
export interface ClusterMetadataStorage extends MetadataStorage {
  readonly isEmpty: boolean
}

/** Keeps the controller's records as Kafka does: in the log of `__cluster_metadata-0` in a broker's first directory. */
export function metadataStorage(logs: LogManager): ClusterMetadataStorage {
  const { directoryId } = logs.logDirs()[0]!
  const config = defaultLogConfig
  const log = logs.getOrCreate(METADATA_TOPIC, 0, METADATA_TOPIC_ID, config, directoryId)
  return {
    get isEmpty() {
      return log.logEndOffset === 0
    },
    append: (batch) => {
      const result = log.appendAsFollower(batch)
      if (result instanceof ApiError) {
        if (log.isOffline) return false
        throw new Error(`The metadata log refused a batch: ${result.message}`)
      }
      log.updateHighWatermark(log.logEndOffset)
      return true
    },
    commit: () => log.durability.commit()?.then(() => !log.isOffline),
    *replay() {
      yield* readWholeLog(log)
      if (log.isOffline) throw new Error(`${log.directory} cannot be read`)
    },
  }
}
