import { hasErrorCode } from '../../platform/system-error.ts'
import type { Uuid } from '../../platform/uuid.ts'
import { isStorageError } from '../storage-guard.ts'
import { checkpointKey } from './checkpoint-file.ts'
import { type BrokerLogEnvironment, LogDirectory, type StoredPartition } from './log-directory.ts'

/** What {@link openLogDirectories} opens, and for whom. */
export interface OpenLogDirectoriesOptions {
  readonly paths: readonly string[]
  /** The one that cannot be done without. */
  readonly metadataLogDir: string | undefined
  readonly nodeId: number
  /** What new directories are formatted with, when none is formatted yet. */
  readonly clusterId: Uuid
  readonly environment: BrokerLogEnvironment
  readonly onFailure: (directory: LogDirectory) => void
  /** Told of directories that are done without. */
  readonly onUnusable: (path: string, reason: string) => void
}

/**
 * Makes, locks, reads and formats the log directories of a broker. Those that the disk refuses are left out or offline, if there are
 * others.
 *
 * @throws `ELOCKED` when another cluster holds one, the error of the operating system when none or not the one of the metadata log can be
 * used, an `Error` when one belongs to another broker, they belong to different clusters, `meta.properties` is missing beside the
 * metadata log, or a partition lies in two of them. On a throw nothing stays locked.
 */
export function openLogDirectories(options: OpenLogDirectoriesOptions): LogDirectory[] {
  const { paths, metadataLogDir, nodeId, environment, onFailure, onUnusable } = options
  const opened: LogDirectory[] = []
  let firstFailure: unknown
  const doWithout = (path: string, error: unknown): void => {
    const isNeeded = path === metadataLogDir || hasErrorCode(error, 'ELOCKED')
    if (isNeeded || !isStorageError(error)) throw error
    onUnusable(path, error.message)
    firstFailure ??= error
  }
  try {
    for (const path of paths) {
      try {
        opened.push(new LogDirectory({ path, nodeId, environment, onFailure }))
      } catch (error) {
        doWithout(path, error)
      }
    }
    checkFormatted(opened)
    const clusterId = clusterOf(opened) ?? options.clusterId
    for (const directory of opened) {
      directory.format(clusterId)
      if (directory.failure !== undefined) doWithout(directory.path, directory.failure)
    }
    if (opened.every(({ isOffline }) => isOffline)) throw firstFailure
    checkDuplicates(opened)
    return opened
  } catch (error) {
    for (const directory of opened) directory.release()
    throw error
  }
}

/** The cluster that the directories were formatted for; `undefined` when all are new. */
function clusterOf(directories: readonly LogDirectory[]): Uuid | undefined {
  const formatted = directories.filter(({ clusterId }) => clusterId !== undefined)
  const clusterId = formatted[0]?.clusterId
  const other = formatted.find((directory) => directory.clusterId !== clusterId)
  if (other === undefined) return clusterId
  throw new Error(
    `the data directory ${other.path} belongs to cluster ${other.clusterId}, not to cluster ${clusterId}`,
  )
}

/** With new ids nothing in it would be found again: the controller knows the partitions by the directory's id. */
function checkFormatted(directories: readonly LogDirectory[]): void {
  const lost = directories.find(
    ({ clusterId, hasMetadata }) => clusterId === undefined && hasMetadata,
  )
  if (lost === undefined) return
  throw new Error(
    `${lost.path} holds a metadata log, but its meta.properties is missing: restore it`,
  )
}

/** Two replicas of a partition on one broker: Kafka does not start either, since nobody can tell which is the right one. */
function checkDuplicates(directories: readonly LogDirectory[]): void {
  const seen = new Map<string, StoredPartition>()
  for (const stored of directories.flatMap(({ stored }) => stored)) {
    const { topic, partition, directory } = stored
    const other = seen.get(checkpointKey(topic, partition))
    seen.set(checkpointKey(topic, partition), stored)
    if (other === undefined) continue
    throw new Error(
      `the partition ${topic}-${partition} is found in both ${other.directory} and ${directory}: remove one of them`,
    )
  }
}
