/**
 * The files of a broker. All operations are synchronous, except syncs: a write to the page cache
 * takes microseconds, a round trip through the thread pool several times that, and a change of
 * state without await is atomic.
 *
 * Failures throw an `Error` with the `code` of the operating system (`ENOENT`, `EEXIST`, `EIO`,
 * `ENOSPC`, `EACCES`).
 */
export interface FileSystem {
  /**
   * Opens for reading and writing. `create` creates the file if it does not exist; `readOnly` needs
   * no write permission.
   */
  open(path: string, options?: { create?: boolean; readOnly?: boolean }): FileHandle
  /** Returns the content of the file. */
  readFile(path: string): Uint8Array
  /**
   * Replaces the file: writes another file, syncs it, and renames it, so that a crash leaves the
   * old or the new content.
   */
  writeFile(path: string, content: Uint8Array | string): void
  /** Returns the names in a directory, sorted. Throws `ENOENT` if it does not exist. */
  list(path: string): string[]
  /** Creates the directory and its parents. Does nothing if it exists. */
  makeDirectory(path: string): void
  exists(path: string): boolean
  isDirectory(path: string): boolean
  rename(from: string, to: string): void
  /** Removes a file, or a directory with its content. Does nothing if it does not exist. */
  remove(path: string): void
  /** Forces the entries of a directory to the disk. */
  syncDirectory(path: string): void
  /**
   * Like {@link syncDirectory}, but outside the event loop. Rejects with the error of the operating
   * system.
   */
  syncDirectoryLater(path: string): Promise<void>
  /**
   * Locks the directory for this process, with a `.lock` file. Returns a function that releases the
   * lock. Throws an `Error` with code `ELOCKED` if another running process, or another cluster of
   * this one, holds it.
   */
  lock(path: string): () => void
  /** Returns the size of the volume that contains `path`, in bytes. */
  space(path: string): { totalBytes: number; usableBytes: number }
}

/** One open file. Positions and sizes are in bytes. */
export interface FileHandle {
  size(): number
  /** Writes all parts, one after the other, at `position`. */
  write(parts: readonly Uint8Array[], position: number): void
  /** Fills `target` from `position`. Returns the number of bytes read. */
  read(target: Uint8Array, position: number): number
  truncate(size: number): void
  /** Forces written bytes to the disk (`fdatasync`). */
  sync(): void
  /**
   * Like {@link sync}, but outside the event loop: resolves when everything written before the call
   * is on the disk, rejects with the error of the operating system. The file may be closed
   * meanwhile.
   */
  syncLater(): Promise<void>
  close(): void
}
