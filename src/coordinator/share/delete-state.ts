import type { ApiError } from '../../protocol/api-error.ts'
import type { Decision } from '../runtime/coordinator-shard.ts'
import type { SharePartitionKey } from './share-partition-key.ts'
import { checkExists, checkPartition } from './share-state-errors.ts'
import type { ShareContext } from './share-context.ts'
import type { ShareStateRecord } from './share-state-records.ts'

/** Deletes the state of a share partition, which need not exist (DeleteShareGroupState). */
export function deleteState(
  shard: ShareContext,
  key: SharePartitionKey,
): Decision<ShareStateRecord, undefined> | ApiError {
  const error = checkPartition(key) ?? checkExists(shard.environment, key)
  if (error !== undefined) return error
  if (shard.find(key) === undefined) return { records: [], response: undefined }
  return { records: [{ kind: 'snapshot', key, state: null }], response: undefined }
}
