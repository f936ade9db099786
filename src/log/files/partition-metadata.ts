import { join } from 'node:path'
import type { FileSystem } from '../../platform/file-system.ts'
import type { Uuid } from '../../platform/uuid.ts'
import { type Durability, readTextFile, replaceFile } from './small-file.ts'

const FILE_NAME = 'partition.metadata'

/** Where a partition's directory says which topic it belongs to. */
export function partitionMetadataPath(directory: string): string {
  return join(directory, FILE_NAME)
}

/** Which topic the partition in this directory belongs to; `undefined` when the file is not there (Kafka's `PartitionMetadataFile`). */
export function readPartitionMetadata(fileSystem: FileSystem, directory: string): Uuid | undefined {
  const path = partitionMetadataPath(directory)
  const text = readTextFile(fileSystem, path)
  if (text === undefined) return undefined
  const match = /^version: 0\s+topic_id: ([\w-]{22})\s*$/.exec(text)
  if (match === null) throw new Error(`${path} is malformed: ${JSON.stringify(text)}`)
  return match[1]!
}

/** Says which topic the partition in this directory belongs to. */
export function writePartitionMetadata(
  fileSystem: FileSystem,
  directory: string,
  topicId: Uuid,
  durability: Durability,
): void {
  const text = `version: 0\ntopic_id: ${topicId}`
  replaceFile(fileSystem, partitionMetadataPath(directory), text, durability)
}
