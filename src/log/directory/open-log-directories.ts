import { hasErrorCode } from '../../platform/system-error.ts'
import type { Uuid } from '../../platform/uuid.ts'
import { isStorageError } from '../storage-guard.ts'
import { checkpointKey } from '../files/checkpoint-file.ts'
import { type BrokerLogEnvironment, LogDirectory, type StoredPartition } from './log-directory.ts'

/** What {@link openLogDirectories} opens, and for whom. */
export interface OpenLogDirectoriesOptions {
  readonly paths: readonly string[]
  /** Where the metadata log begins if there is none yet; without it the directories are not opened. Default none. */
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
 * @throws `ELOCKED` when another cluster holds one, the error of the operating system when none can be used, an `Error` when one that is
 * left out may hold the metadata log, one belongs to another broker, they belong to different clusters or have the same id,
 * `meta.properties` is missing beside the metadata log, or a partition lies in two of them. On a throw nothing stays locked.
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
    // Before anything is written, so that a start that fails leaves them as they were closed.
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

/** A directory that the disk refused. */
interface Failure {
  readonly path: string
  readonly error: Error
}

/** A metadata log must not be begun beside one that cannot be read. */
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

/** The cluster that the directories were formatted for; `undefined` when all are new. */
function clusterOf(directories: readonly LogDirectory[]): Uuid | undefined {
  const formatted = directories.filter(({ clusterId }) => clusterId !== undefined)
  const clusterId = formatted[0]?.clusterId
  const other = formatted.find((directory) => directory.clusterId !== clusterId)
  if (other === undefined) return clusterId
  throw new Error(
    `the data directory ${other.path} belongs to cluster ${other.clusterId}, not to cluster ${clusterId}: omit it: omit the directory`,
  )
}

/** The controller knows the partitions by the directory's id: with a new one they would not be found, with that of another nobody knows where. */
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

/** Two replicas of a partition on one broker: Kafka does not start either, since nobody can tell which is the right one. */
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
