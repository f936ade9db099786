import { hasErrorCode } from '../../platform/system-error.ts'
import type { Uuid } from '../../platform/uuid.ts'
import { isStorageError } from '../storage-guard.ts'
import { checkpointKey } from '../files/checkpoint-file.ts'
import { type BrokerLogEnvironment, LogDirectory } from './log-directory.ts'
import type { StoredPartition } from './stored-partitions.ts'

/** Options of {@link openLogDirectories}. */
export interface OpenLogDirectoriesOptions {
  readonly paths: readonly string[]
  /**
   * The directory of a new metadata log; without it the directories are not opened. Default none.
   */
  readonly metadataLogDir: string | undefined
  readonly nodeId: number
  /** The cluster id for new directories, if none is formatted yet. */
  readonly clusterId: Uuid
  readonly environment: BrokerLogEnvironment
  readonly onFailure: (directory: LogDirectory) => void
  /** Called for each directory that is left out. */
  readonly onUnusable: (path: string, reason: string) => void
}

/**
 * Creates, locks, reads and formats the log directories of a broker. Directories with storage
 * errors are left out or offline if there are others.
 *
 * @throws `ELOCKED` if another cluster uses a directory; the error of the operating system if none
 * can be used; an `Error` if a left-out directory may hold the metadata log, if a directory belongs
 * to another broker, if they belong to different clusters or have the same id, if `meta.properties`
 * is missing next to the metadata log, or if a partition is in two of them. Nothing stays locked
 * then.
 */
export function openLogDirectories(options: OpenLogDirectoriesOptions): LogDirectory[] {
  const { paths, metadataLogDir, nodeId, environment, onFailure, onUnusable } = options
  const opened: LogDirectory[] = []
  const failures: Failure[] = []
  const doWithout = (path: string, error: unknown): void => {
    if (hasErrorCode(error, 'ELOCKED') || !isStorageError(error)) throw error
    failures.push({ path, error })
  }
  try {
    for (const path of paths) {
      try {
        opened.push(new LogDirectory({ path, nodeId, environment, onFailure }))
      } catch (error) {
        doWithout(path, error)
      }
    }
    const formatted = clusterOf(opened)
    checkIds(opened)
    checkDuplicates(opened)
    const checkUsable = (): void => {
      if (opened.every(({ isOffline }) => isOffline)) throw failures[0]!.error
      if (metadataLogDir === undefined) return
      checkMetadata(opened, failures, metadataLogDir, formatted === undefined)
    }
    // Before anything is written, so that a failed start leaves the directories as they were.
    checkUsable()
    for (const directory of opened) {
      directory.begin(formatted ?? options.clusterId)
      if (directory.failure !== undefined) doWithout(directory.path, directory.failure)
    }
    checkUsable()
    for (const { path, error } of failures) onUnusable(path, error.message)
    return opened
  } catch (error) {
    for (const directory of opened) directory.release()
    throw error
  }
}

/** A directory with a storage error. */
interface Failure {
  readonly path: string
  readonly error: Error
}

/** Refuses to begin a metadata log next to one that cannot be read. */
function checkMetadata(
  opened: readonly LogDirectory[],
  failures: readonly Failure[],
  metadataLogDir: string,
  areNew: boolean,
): void {
  if (opened.some(({ isOffline, hasMetadata }) => !isOffline && hasMetadata)) return
  const failed = failures.find(({ path }) => path === metadataLogDir)
  const missed = failed ?? (areNew ? undefined : failures[0])
  if (missed === undefined) return
  const { path, error } = missed
  throw new Error(
    `${path} cannot be used (${error.message}), and no other directory has the metadata log: repair the directory or restore it`,
    { cause: error },
  )
}

/** Returns the cluster id of the directories, or undefined if all are new. */
function clusterOf(directories: readonly LogDirectory[]): Uuid | undefined {
  const formatted = directories.filter(({ clusterId }) => clusterId !== undefined)
  const clusterId = formatted[0]?.clusterId
  const other = formatted.find((directory) => directory.clusterId !== clusterId)
  if (other === undefined) return clusterId
  throw new Error(
    `the data directory ${other.path} belongs to cluster ${other.clusterId}, not to cluster ${clusterId}: omit the directory`,
  )
}

/**
 * Refuses directories with the same id or a missing one. The controller finds partitions by
 * directory id: with another directory's id they would be looked up in the wrong place.
 */
function checkIds(directories: readonly LogDirectory[]): void {
  const lost = directories.find(
    ({ clusterId, hasMetadata }) => clusterId === undefined && hasMetadata,
  )
  if (lost !== undefined) {
    throw new Error(
      `${lost.path} contains a metadata log, but its meta.properties is missing: restore it`,
    )
  }
  const seen = new Map<Uuid, string>()
  for (const { path, directoryId } of directories) {
    if (directoryId === undefined) continue
    const other = seen.get(directoryId)
    seen.set(directoryId, path)
    if (other === undefined) continue
    throw new Error(
      `${other} and ${path} have the same directory.id ${directoryId}: one is a copy of the other: omit the copy`,
    )
  }
}

/**
 * Refuses a partition that is in two directories, as Kafka does: it is unknown which replica is
 * right.
 */
function checkDuplicates(directories: readonly LogDirectory[]): void {
  const seen = new Map<string, StoredPartition>()
  for (const stored of directories.flatMap(({ stored }) => stored)) {
    const { topic, partition, directory } = stored
    const other = seen.get(checkpointKey(topic, partition))
    seen.set(checkpointKey(topic, partition), stored)
    if (other === undefined) continue
    throw new Error(
      `the partition ${topic}-${partition} exists in both ${other.directory} and ${directory}: remove one of them`,
    )
  }
}
