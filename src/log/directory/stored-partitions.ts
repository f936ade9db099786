import { join } from 'node:path'
import type { FileSystem } from '../../platform/file-system.ts'
import type { Uuid } from '../../platform/uuid.ts'
import { checkpointKey } from '../files/checkpoint-file.ts'
import { readPartitionMetadata } from '../files/partition-metadata.ts'
import { DELETED_DIRECTORY_SUFFIX, partitionOfDirectoryName } from '../log-file-names.ts'
import { isStorageError } from '../storage-guard.ts'

/** A partition's directory, as found at the start of the broker. */
export interface StoredPartition {
  readonly topic: string
  readonly partition: number
  /** From `partition.metadata`; undefined if that file is missing or malformed. */
  readonly topicId: Uuid | undefined
  readonly directory: string
  /** If false, `partition.metadata` may not have reached the disk when its records did. */
  readonly hadCleanShutdown: boolean
}

interface StoredPartitionsEnvironment {
  readonly fileSystem: FileSystem
  readonly onWarning: (message: string) => void
}

/**
 * Returns the partitions in a log directory, by {@link checkpointKey}. Removes the files of deleted
 * partitions.
 *
 * @param hadCleanShutdown whether the directory was closed cleanly
 */
export function findStoredPartitions(
  environment: StoredPartitionsEnvironment,
  path: string,
  hadCleanShutdown: boolean,
): Map<string, StoredPartition> {
  const { fileSystem } = environment
  const stored = new Map<string, StoredPartition>()
  for (const name of fileSystem.list(path)) {
    const directory = join(path, name)
    if (name.endsWith(DELETED_DIRECTORY_SUFFIX)) {
      fileSystem.remove(directory)
      continue
    }
    const found = partitionOfDirectoryName(name)
    if (found === undefined || !fileSystem.isDirectory(directory)) continue
    const topicId = readTopicId(environment, directory)
    const key = checkpointKey(found.topic, found.partition)
    stored.set(key, { ...found, topicId, directory, hadCleanShutdown })
  }
  return stored
}

/** A malformed file must not keep the other partitions from being served. */
function readTopicId(
  { fileSystem, onWarning }: StoredPartitionsEnvironment,
  directory: string,
): Uuid | undefined {
  try {
    return readPartitionMetadata(fileSystem, directory)
  } catch (error) {
    if (isStorageError(error)) throw error
    onWarning(`continues without a topic id: ${String(error)}`)
    return undefined
  }
}
