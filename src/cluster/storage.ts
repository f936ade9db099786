import { join, resolve } from 'node:path'
import { DiskFileSystem } from '../platform/disk-file-system.ts'
import type { FileSystem } from '../platform/file-system.ts'
import { MemoryFileSystem } from '../platform/memory-file-system.ts'
import { makeTemporaryDirectory } from '../platform/temporary-directory.ts'
import type { ResolvedOptions } from './options.ts'

/** Where the files of a cluster lie. */
export interface Storage {
  readonly fileSystem: FileSystem
  /** Whether the files go with the cluster, so that nothing need be forced to the disk. */
  readonly isTemporary: boolean
  /** The log directory of a broker. */
  directoryOf(brokerId: number): string
  /** Lets go of the files: removes temporary ones. */
  release(): void
  /** After a start that failed: takes away the topmost directory if it was made for it and nothing is in it. */
  undo(): void
}

/** The storage that the options ask for. A directory that is named is not made yet. */
export function openStorage({ storage, dataDir }: ResolvedOptions): Storage {
  if (storage === 'memory') return memoryStorage()
  return dataDir === undefined ? temporaryStorage() : directoryStorage(resolve(dataDir))
}

function memoryStorage(): Storage {
  const nothing = (): void => {}
  return {
    fileSystem: new MemoryFileSystem(),
    isTemporary: true,
    directoryOf: (brokerId) => `/${brokerId}`,
    release: nothing,
    undo: nothing,
  }
}

function temporaryStorage(): Storage {
  const { path, remove } = makeTemporaryDirectory('odradek-')
  return {
    fileSystem: new DiskFileSystem(),
    isTemporary: true,
    directoryOf: (brokerId) => join(path, String(brokerId)),
    release: remove,
    undo: remove,
  }
}

function directoryStorage(dataDir: string): Storage {
  const fileSystem = new DiskFileSystem()
  const isNew = !fileSystem.exists(dataDir)
  return {
    fileSystem,
    isTemporary: false,
    directoryOf: (brokerId) => join(dataDir, String(brokerId)),
    release: () => {},
    undo: () => {
      if (isNew && fileSystem.exists(dataDir) && fileSystem.list(dataDir).length === 0) {
        fileSystem.remove(dataDir)
      }
    },
  }
}
