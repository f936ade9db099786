import type { FileSystem } from './file-system.ts'

/**
 * Replaces a file whole: written beside it and renamed over it, so that a crash of the process leaves the old or the new one. The entry
 * in the directory is left to the caller.
 *
 * @param sync whether the content is forced to the disk before it gets the name
 */
export function writeBeside(
  fileSystem: Pick<FileSystem, 'open' | 'rename'>,
  path: string,
  content: Uint8Array | string,
  sync: boolean,
): void {
  const beside = `${path}.tmp`
  const file = fileSystem.open(beside, { create: true })
  try {
    file.truncate(0)
    file.write([typeof content === 'string' ? Buffer.from(content) : content], 0)
    if (sync) file.sync()
  } finally {
    file.close()
  }
  fileSystem.rename(beside, path)
}
