import { posix } from 'node:path'
import { systemError } from './system-error.ts'

/** The position of an entry: its parent directory and its name. */
interface Place<Directory> {
  readonly parent: Directory
  readonly name: string
}

/**
 * Files and directories in memory by path. Paths are POSIX paths; relative ones start at the root.
 * Errors are those of an operating system.
 */
export class FileTree<
  File extends { readonly size: number },
  Directory extends { readonly entries: ReadonlyMap<string, File | Directory> },
> {
  readonly #root: Directory
  readonly #locked = new Set<Directory>()

  constructor(root: Directory) {
    this.#root = root
  }

  find(path: string): File | Directory | undefined {
    let found: File | Directory | undefined = this.#root
    for (const name of namesOf(path)) {
      if (!isDirectory(found)) return undefined
      found = found.entries.get(name)
    }
    return found
  }

  /** Returns the position of a path, whether it exists or not. */
  place(path: string): Place<Directory> {
    const name = posix.basename(path)
    if (name === '') throw systemError('EBUSY', `'${path}' is the root`)
    return { parent: this.directory(posix.dirname(path)), name }
  }

  directory(path: string): Directory {
    const found = this.find(path)
    if (found === undefined) throw systemError('ENOENT', `scandir '${path}'`)
    if (!isDirectory(found)) throw systemError('ENOTDIR', `scandir '${path}'`)
    return found
  }

  isDirectory(path: string): boolean {
    return isDirectory(this.find(path))
  }

  /** @param make creates the file if it does not exist */
  file(path: string, make?: (parent: Directory, name: string) => File): File {
    const { parent, name } = this.place(path)
    const found = parent.entries.get(name)
    if (isDirectory(found)) throw systemError('EISDIR', `open '${path}'`)
    const file = found ?? make?.(parent, name)
    if (file === undefined) throw systemError('ENOENT', `open '${path}'`)
    return file
  }

  /** Returns the names in a directory, sorted. */
  list(path: string): string[] {
    return [...this.directory(path).entries.keys()].sort()
  }

  /** @param make creates a missing directory of the path */
  makeDirectory(path: string, make: (parent: Directory, name: string) => Directory): void {
    let directory = this.#root
    for (const name of namesOf(path)) {
      const found = directory.entries.get(name) ?? make(directory, name)
      if (!isDirectory(found)) throw systemError('EEXIST', `mkdir '${path}'`)
      directory = found
    }
  }

  /**
   * Returns what is renamed, and its new position; `undefined` if both names are the same entry.
   */
  renaming(from: string, to: string) {
    const source = this.place(from)
    const target = this.place(to)
    const moved = source.parent.entries.get(source.name)
    if (moved === undefined) throw systemError('ENOENT', `rename '${from}' -> '${to}'`)
    const replaced = target.parent.entries.get(target.name)
    if (replaced === moved) return undefined
    if (isDirectory(replaced) && replaced.entries.size > 0) {
      throw systemError('ENOTEMPTY', `rename '${from}' -> '${to}'`)
    }
    return { source, target, moved }
  }

  /**
   * Locks the directory. Returns a function that releases the lock, and returns whether it was
   * held.
   */
  lock(path: string): () => boolean {
    const directory = this.directory(path)
    if (this.#locked.has(directory)) {
      throw systemError('ELOCKED', `the data directory ${path} is in use by this process`)
    }
    this.#locked.add(directory)
    return () => this.#locked.delete(directory)
  }

  /** The total size of all files. */
  sizeInBytes(): number {
    return sizeOf<File, Directory>(this.#root)
  }
}

function isDirectory<File, Directory extends { readonly entries: object }>(
  entry: File | Directory | undefined,
): entry is Directory {
  return typeof entry === 'object' && entry !== null && 'entries' in entry
}

function sizeOf<
  File extends { readonly size: number },
  Directory extends { readonly entries: ReadonlyMap<string, File | Directory> },
>(directory: Directory): number {
  let total = 0
  for (const entry of directory.entries.values()) {
    total += isDirectory<File, Directory>(entry) ? sizeOf<File, Directory>(entry) : entry.size
  }
  return total
}

function namesOf(path: string): string[] {
  return posix
    .resolve('/', path)
    .split('/')
    .filter((name) => name !== '')
}
