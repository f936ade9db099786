import { posix } from 'node:path'
import type { FileHandle, FileSystem } from './file-system.ts'
import { MemoryFileSystem } from './memory-file-system.ts'
import { OverlayFile, OverlayFileHandle } from './overlay-file.ts'
import { SplicedFileHandle } from './spliced-file.ts'

/** Differences between the files of a directory and their view. */
export interface DirectoryView {
  /** The names of hidden files. */
  readonly hidden: ReadonlySet<string>
  /** The visible parts of some files, by name. */
  readonly spliced: ReadonlyMap<
    string,
    readonly { readonly position: number; readonly sizeInBytes: number }[]
  >
}

const asItIs: DirectoryView = { hidden: new Set(), spliced: new Map() }

/**
 * Makes directories of another file system writable without changing them: reads come from the file
 * system below; writes, renames and removals happen only in memory. The files below must not change
 * meanwhile.
 *
 * Otherwise like {@link MemoryFileSystem}; {@link attach} adds directories.
 */
export class OverlayFileSystem implements FileSystem {
  readonly #below: FileSystem
  /** All directories, and the files that were created here. */
  readonly #memory = new MemoryFileSystem()
  /** The files of attached directories that still exist, by directory and name. */
  readonly #attached = new Map<string, Map<string, OverlayFile>>()

  constructor(below: FileSystem) {
    this.#below = below
  }

  /** Shows the files of a directory below under another path, without its subdirectories. */
  attach(path: string, directoryBelow: string, { hidden, spliced }: DirectoryView = asItIs): void {
    const files = new Map<string, OverlayFile>()
    for (const name of this.#below.list(directoryBelow)) {
      const pathBelow = posix.join(directoryBelow, name)
      if (hidden.has(name) || this.#below.isDirectory(pathBelow)) continue
      const parts = spliced.get(name)
      const openBelow = (): FileHandle => {
        const file = this.#below.open(pathBelow, { readOnly: true })
        return parts === undefined ? file : new SplicedFileHandle(file, parts)
      }
      files.set(name, new OverlayFile(pathBelow, openBelow))
    }
    this.#memory.makeDirectory(path)
    this.#attached.set(posix.resolve('/', path), files)
  }

  open(path: string, options?: { create?: boolean; readOnly?: boolean }): FileHandle {
    const file = this.#find(path)
    return file === undefined ? this.#memory.open(path, options) : new OverlayFileHandle(file)
  }

  readFile(path: string): Uint8Array {
    const file = this.#find(path)
    if (file === undefined) return this.#memory.readFile(path)
    const handle = new OverlayFileHandle(file)
    try {
      const bytes = Buffer.allocUnsafeSlow(handle.size())
      return bytes.subarray(0, handle.read(bytes, 0))
    } finally {
      handle.close()
    }
  }

  writeFile(path: string, content: Uint8Array | string): void {
    this.#memory.writeFile(path, content)
    this.#forget(path)
  }

  list(path: string): string[] {
    const attached = this.#attached.get(posix.resolve('/', path))
    const names = this.#memory.list(path)
    return attached === undefined ? names : [...names, ...attached.keys()].sort()
  }

  makeDirectory(path: string): void {
    this.#memory.makeDirectory(path)
  }

  exists(path: string): boolean {
    return this.#find(path) !== undefined || this.#memory.exists(path)
  }

  isDirectory(path: string): boolean {
    return this.#memory.isDirectory(path)
  }

  rename(from: string, to: string): void {
    const file = this.#find(from)
    if (file === undefined) {
      this.#memory.rename(from, to)
      this.#forget(to)
      this.#moveDirectories(from, to)
      return
    }
    this.#forget(from)
    this.#memory.remove(to)
    const { directory, name } = placeOf(to)
    const files = this.#attached.get(directory) ?? new Map<string, OverlayFile>()
    this.#attached.set(directory, files.set(name, file))
  }

  remove(path: string): void {
    this.#forget(path)
    this.#memory.remove(path)
    for (const directory of this.#directoriesIn(path)) this.#attached.delete(directory)
  }

  async syncDirectoryLater(path: string): Promise<void> {
    this.syncDirectory(path)
  }

  syncDirectory(path: string): void {
    this.#memory.syncDirectory(path)
  }

  /** Locks only in memory; nothing is written below. */
  lock(path: string): () => void {
    return this.#memory.lock(path)
  }

  space(path: string): { totalBytes: number; usableBytes: number } {
    return this.#memory.space(path)
  }

  #find(path: string): OverlayFile | undefined {
    const { directory, name } = placeOf(path)
    return this.#attached.get(directory)?.get(name)
  }

  #forget(path: string): void {
    const { directory, name } = placeOf(path)
    this.#attached.get(directory)?.delete(name)
  }

  #moveDirectories(from: string, to: string): void {
    for (const directory of this.#directoriesIn(from)) {
      const files = this.#attached.get(directory)!
      this.#attached.delete(directory)
      const moved = posix.resolve('/', to) + directory.slice(posix.resolve('/', from).length)
      this.#attached.set(moved, files)
    }
  }

  /** Returns the attached directories at or below a path. */
  #directoriesIn(path: string): string[] {
    const top = posix.resolve('/', path)
    return [...this.#attached.keys()].filter(
      (directory) => directory === top || directory.startsWith(`${top}/`),
    )
  }
}

function placeOf(path: string): { directory: string; name: string } {
  const { dir, base } = posix.parse(posix.resolve('/', path))
  return { directory: dir, name: base }
}
