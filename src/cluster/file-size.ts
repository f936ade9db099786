import type { FileSystem } from '../platform/file-system.ts'

/** Returns the size of a file in bytes, or 0 if it is unknown. */
export function sizeOf(disk: FileSystem, path: string): number {
  try {
    const file = disk.open(path, { readOnly: true })
    try {
      return file.size()
    } finally {
      file.close()
    }
  } catch {
    return 0
  }
}
