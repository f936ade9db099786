import { join } from 'node:path'
import type { FileSystem } from '../../platform/file-system.ts'
import type { Uuid } from '../../platform/uuid.ts'
import { type Durability, readTextFile, replaceFile } from './small-file.ts'

const FILE_NAME = 'partition.metadata'

/** Returns the path of `partition.metadata` in a partition's directory. */
export function partitionMetadataPath(directory: string): string {
  return join(directory, FILE_NAME)
}

/**
 * Reads the topic id of a partition's directory, or undefined if the file is missing (Kafka's
 * `PartitionMetadataFile`).
 */
export function readPartitionMetadata(fileSystem: FileSystem, directory: string): Uuid | undefined {
  const path = partitionMetadataPath(directory)
  const text = readTextFile(fileSystem, path)
  if (text === undefined) return undefined
  const match = /^version: 0\s+topic_id: ([\w-]{22})\s*$/.exec(text)
  if (match === null) throw new Error(`${path} is malformed: ${JSON.stringify(text)}`)
  return match[1]!
}

/** Writes the topic id into a partition's directory. */
export function writePartitionMetadata(
  fileSystem: FileSystem,
  directory: string,
  topicId: Uuid,
  durability: Durability,
): void {
  const text = `version: 0\ntopic_id: ${topicId}`
  replaceFile(fileSystem, partitionMetadataPath(directory), text, durability)
}
