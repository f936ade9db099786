import { join } from 'node:path'
import type { FileSystem } from '../../platform/file-system.ts'
import type { Uuid } from '../../platform/uuid.ts'
import { type Durability, readTextFile, replaceFile } from './small-file.ts'

const FILE_NAME = 'meta.properties'
const VERSION = '1'

/** The owner of a log directory (Kafka's `MetaProperties` version 1). */
export interface MetaProperties {
  readonly clusterId: Uuid
  readonly nodeId: number
  /** Undefined in directories formatted before directories had ids. */
  readonly directoryId: Uuid | undefined
}

/**
 * Reads `meta.properties`. Returns undefined if the directory is not formatted.
 *
 * @throws Error if the file is malformed
 */
export function readMetaProperties(
  fileSystem: FileSystem,
  directory: string,
): MetaProperties | undefined {
  const path = join(directory, FILE_NAME)
  const text = readTextFile(fileSystem, path)
  if (text === undefined) return undefined
  const properties = new Map<string, string>()
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*([^#!=:\s]+)\s*[=:]\s*(.*)$/.exec(line)
    if (match !== null) properties.set(match[1]!, match[2]!.trim().replaceAll('\\', ''))
  }
  const clusterId = properties.get('cluster.id')
  const nodeId = Number(properties.get('node.id') ?? NaN)
  if (properties.get('version') !== VERSION || clusterId === undefined || Number.isNaN(nodeId)) {
    throw new Error(`${path} is not a version ${VERSION} file with cluster.id and node.id`)
  }
  return { clusterId, nodeId, directoryId: properties.get('directory.id') }
}

/** Formats the directory. */
export function writeMetaProperties(
  fileSystem: FileSystem,
  directory: string,
  { clusterId, nodeId, directoryId }: MetaProperties,
  durability: Durability,
): void {
  const lines = ['#', `node.id=${nodeId}`, `version=${VERSION}`, `cluster.id=${clusterId}`]
  if (directoryId !== undefined) lines.push(`directory.id=${directoryId}`)
  replaceFile(fileSystem, join(directory, FILE_NAME), `${lines.join('\n')}\n`, durability)
}
