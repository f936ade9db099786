import { dirname, join } from 'node:path'
import type { FileSystem } from '../platform/file-system.ts'
import { MemoryFileSystem } from '../platform/memory-file-system.ts'
import { makeTemporaryDirectory } from '../platform/temporary-directory.ts'
import type { ResolvedOptions } from './resolve-options.ts'
import { dataDirectoryError } from './start-errors.ts'

/** The files of a cluster. */
export interface Storage {
  readonly fileSystem: FileSystem
  /** Whether the files are deleted on close, so that they need no syncs. */
  readonly isTemporary: boolean
  /**
   * Returns the log directories of a broker, one in each data directory. The first one has the
   * metadata log, if it belongs to the first broker.
   */
  directoriesOf(brokerId: number): readonly string[]
  /**
   * Releases the files: removes temporary ones, and after a failed start the empty directories that
   * it created.
   */
  release(hasStarted: boolean): void
}

/**
 * Returns the storage of the options. Does not create the data directory yet.
 *
 * @param disk the file system of the machine
 */
export function openStorage({ storage, dataDir }: ResolvedOptions, disk: FileSystem): Storage {
  if (storage === 'memory') return memoryStorage()
  return dataDir === undefined ? temporaryStorage(disk) : directoryStorage(dataDir, disk)
}

function memoryStorage(): Storage {
  return {
    fileSystem: new MemoryFileSystem(),
    isTemporary: true,
    directoriesOf: (brokerId) => [`/${brokerId}`],
    release: () => {},
  }
}

function temporaryStorage(fileSystem: FileSystem): Storage {
  const { path, remove } = temporaryDirectory()
  return {
    fileSystem,
    isTemporary: true,
    directoriesOf: (brokerId) => [join(path, String(brokerId))],
    release: remove,
  }
}

function temporaryDirectory(): { path: string; remove: () => void } {
  try {
    return makeTemporaryDirectory('odradek-')
  } catch (error) {
    throw dataDirectoryError(error, 'a temporary directory')
  }
}

function directoryStorage(dataDirs: readonly string[], fileSystem: FileSystem): Storage {
  const missing = new Set(dataDirs.flatMap((path) => missingDirectories(fileSystem, path)))
  return {
    fileSystem,
    isTemporary: false,
    directoriesOf: (brokerId) => dataDirs.map((path) => join(path, String(brokerId))),
    release: (hasStarted) => {
      if (hasStarted) return
      for (const path of missing) {
        if (fileSystem.exists(path) && fileSystem.list(path).length === 0) fileSystem.remove(path)
      }
    },
  }
}

/** Returns the directory and its parents that do not exist, deepest first. */
function missingDirectories(fileSystem: FileSystem, path: string): string[] {
  return fileSystem.exists(path) ? [] : [path, ...missingDirectories(fileSystem, dirname(path))]
}
