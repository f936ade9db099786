import type { FileSystem } from '../platform/file-system.ts'

/** Returns how large a file is, 0 where that cannot be told. */
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
