import type { FileSystem } from './file-system.ts'

/**
 * Replaces a file: writes another file and renames it, so that a crash of the process leaves the
 * old or the new content. The caller has to sync the directory.
 *
 * @param sync whether the content is forced to the disk before the rename
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
