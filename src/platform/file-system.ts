/**
 * The files below one broker. Everything is synchronous: a write to the page cache takes microseconds, a trip through
 * the thread pool several times that, and a state change that never awaits is atomic.
 *
 * Failures throw an `Error` with the `code` of the operating system (`ENOENT`, `EEXIST`, `EIO`, `ENOSPC`, `EACCES`).
 */
export interface FileSystem {
  /** Opens for reading and writing; `create` makes the file when it is not there; `readOnly` needs no right to write. */
  open(path: string, options?: { create?: boolean; readOnly?: boolean }): FileHandle
  /** The whole file. */
  readFile(path: string): Uint8Array
  /** Replaces the file whole: written beside it, synced, renamed over it, so that a crash leaves the old or the new one. */
  writeFile(path: string, content: Uint8Array | string): void
  /** The names in a directory, sorted; throws `ENOENT` when it is not there. */
  list(path: string): string[]
  /** Makes the directory and those above it; nothing happens when it is there. */
  makeDirectory(path: string): void
  exists(path: string): boolean
  isDirectory(path: string): boolean
  rename(from: string, to: string): void
  /** Removes a file, or a directory with all that is in it; nothing happens when it is not there. */
  remove(path: string): void
  /** Forces the entries of a directory to the disk. */
  syncDirectory(path: string): void
  /** As {@link syncDirectory}, but off the event loop; rejects with the error of the operating system. */
  syncDirectoryLater(path: string): Promise<void>
  /**
   * Takes the directory's `.lock` for this process. Returns how to let go of it; throws an `Error` with code `ELOCKED` when another
   * living process (or another cluster of this one) holds it.
   */
  lock(path: string): () => void
  /** Bytes of the volume that holds `path`. */
  space(path: string): { totalBytes: number; usableBytes: number }
}

/** One open file. Positions and sizes are in bytes. */
export interface FileHandle {
  size(): number
  /** Writes all the parts, one after the other, at `position`. */
  write(parts: readonly Uint8Array[], position: number): void
  /** Fills `target` from `position`; returns how many bytes there were. */
  read(target: Uint8Array, position: number): number
  truncate(size: number): void
  /** Forces what was written to the disk (`fdatasync`). */
  sync(): void
  /**
   * As {@link sync}, but off the event loop: resolves when everything written before the call is on the disk, rejects with the
   * error of the operating system. The file may be closed meanwhile.
   */
  syncLater(): Promise<void>
  close(): void
}
