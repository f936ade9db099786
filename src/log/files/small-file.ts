import type { FileSystem } from '../../platform/file-system.ts'
import { hasErrorCode } from '../../platform/system-error.ts'
import { writeBeside } from '../../platform/write-beside.ts'

/** Whether small files are synced when they are written, or left to the page cache. */
export type Durability = 'synced' | 'pageCache'

/**
 * Replaces a small file as a whole: after a crash of the process it is the old one or the new one.
 */
export function replaceFile(
  fileSystem: FileSystem,
  path: string,
  content: Uint8Array | string,
  durability: Durability,
): void {
  if (durability === 'synced') fileSystem.writeFile(path, content)
  else writeBeside(fileSystem, path, content, false)
}

/** Returns the file as text, or undefined if it is missing. */
export function readTextFile(fileSystem: FileSystem, path: string): string | undefined {
  const bytes = readFileIfThere(fileSystem, path)
  return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
}

/** Returns the bytes of the file, or undefined if it is missing. */
export function readFileIfThere(fileSystem: FileSystem, path: string): Uint8Array | undefined {
  try {
    return fileSystem.readFile(path)
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return undefined
    throw error
  }
}
