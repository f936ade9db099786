import type { FileSystem } from '../../platform/file-system.ts'
import { hasErrorCode } from '../../platform/system-error.ts'

/** Syncs a file. Does nothing if it was removed with its partition. */
export function syncFile(fileSystem: FileSystem, path: string): void {
  const file = ifThere(() => fileSystem.open(path))
  try {
    file?.sync()
  } finally {
    file?.close()
  }
}

/** As {@link syncFile}, without blocking the event loop. */
export async function syncFileLater(fileSystem: FileSystem, path: string): Promise<void> {
  const file = ifThere(() => fileSystem.open(path))
  try {
    await file?.syncLater()
  } finally {
    file?.close()
  }
}

/** As {@link syncFile}, for the entries of a directory. */
export function syncDirectory(fileSystem: FileSystem, path: string): void {
  ifThere(() => fileSystem.syncDirectory(path))
}

/** As {@link syncDirectory}, without blocking the event loop. */
export async function syncDirectoryLater(fileSystem: FileSystem, path: string): Promise<void> {
  try {
    await fileSystem.syncDirectoryLater(path)
  } catch (error) {
    if (!hasErrorCode(error, 'ENOENT')) throw error
  }
}

function ifThere<T>(action: () => T): T | undefined {
  try {
    return action()
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return undefined
    throw error
  }
}
