import { dirname, join } from 'node:path'
import type { FileSystem } from '../platform/file-system.ts'
import { MemoryFileSystem } from '../platform/memory-file-system.ts'
import { makeTemporaryDirectory } from '../platform/temporary-directory.ts'
import type { ResolvedOptions } from './resolve-options.ts'
import { dataDirectoryError } from './start-errors.ts'

/** Where the files of a cluster lie. */
export interface Storage {
  readonly fileSystem: FileSystem
  /** Whether the files go with the cluster, so that nothing need be forced to the disk. */
  readonly isTemporary: boolean
  /** The log directories of a broker, one in each data directory; the first holds the metadata log if it is the first broker's. */
  directoriesOf(brokerId: number): readonly string[]
  /** Lets go of the files: removes temporary ones, and after a start that failed the empty directories made for it. */
  release(hasStarted: boolean): void
}

/**
 * Returns the storage that the options ask for. A directory that is named is not made yet.
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

/** Those of a directory and the ones it lies in that are not there, the deepest first. */
function missingDirectories(fileSystem: FileSystem, path: string): string[] {
  return fileSystem.exists(path) ? [] : [path, ...missingDirectories(fileSystem, dirname(path))]
}
