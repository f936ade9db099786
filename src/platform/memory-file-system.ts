import { posix } from 'node:path'
import type { FileHandle, FileSystem } from './file-system.ts'
import { MemoryFile } from './memory-file.ts'
import { systemError } from './system-error.ts'

type Directory = Map<string, MemoryFile | Directory>

/** Files that live and die with the process. Paths are taken as POSIX paths, relative ones from the root. */
export class MemoryFileSystem implements FileSystem {
  readonly #capacityBytes: number
  readonly #root: Directory = new Map()
  readonly #locked = new Set<Directory>()

  /** @param capacityBytes what {@link space} reports as the volume's size; default 1 TiB */
  constructor(capacityBytes = 2 ** 40) {
    this.#capacityBytes = capacityBytes
  }

  open(path: string, options?: { create?: boolean }): FileHandle {
    const { parent, name } = this.#place(path)
    const found = parent.get(name)
    if (found === undefined && !options?.create) throw systemError('ENOENT', `open '${path}'`)
    const file = found ?? new MemoryFile()
    if (file instanceof Map) throw systemError('EISDIR', `open '${path}'`)
    parent.set(name, file)
    return new MemoryFileHandle(file)
  }

  readFile(path: string): Uint8Array {
    const found = this.#find(path)
    if (found === undefined) throw systemError('ENOENT', `open '${path}'`)
    if (found instanceof Map) throw systemError('EISDIR', `read '${path}'`)
    return found.bytes()
  }

  writeFile(path: string, content: Uint8Array | string): void {
    const { parent, name } = this.#place(path)
    if (parent.get(name) instanceof Map) throw systemError('EISDIR', `rename to '${path}'`)
    const file = new MemoryFile()
    file.write(typeof content === 'string' ? Buffer.from(content) : content, 0)
    parent.set(name, file)
  }

  list(path: string): string[] {
    return [...this.#directory(path).keys()].sort()
  }

  makeDirectory(path: string): void {
    let directory = this.#root
    for (const name of namesOf(path)) {
      const found = directory.get(name) ?? new Map<string, MemoryFile | Directory>()
      if (!(found instanceof Map)) throw systemError('EEXIST', `mkdir '${path}'`)
      directory.set(name, found)
      directory = found
    }
  }

  exists(path: string): boolean {
    return this.#find(path) !== undefined
  }

  isDirectory(path: string): boolean {
    return this.#find(path) instanceof Map
  }

  rename(from: string, to: string): void {
    const source = this.#place(from)
    const target = this.#place(to)
    const moved = source.parent.get(source.name)
    if (moved === undefined) throw systemError('ENOENT', `rename '${from}' -> '${to}'`)
    const replaced = target.parent.get(target.name)
    if (replaced === moved) return
    if (replaced instanceof Map && replaced.size > 0) {
      throw systemError('ENOTEMPTY', `rename '${from}' -> '${to}'`)
    }
    source.parent.delete(source.name)
    target.parent.set(target.name, moved)
  }

  remove(path: string): void {
    if (!this.exists(path)) return
    const { parent, name } = this.#place(path)
    parent.delete(name)
  }

  syncDirectory(path: string): void {
    this.#directory(path)
  }

  async syncDirectoryLater(path: string): Promise<void> {
    this.syncDirectory(path)
  }

  lock(path: string): () => void {
    const directory = this.#directory(path)
    if (this.#locked.has(directory)) {
      throw systemError('ELOCKED', `the data directory ${path} is in use by this process`)
    }
    directory.set('.lock', new MemoryFile())
    this.#locked.add(directory)
    return () => {
      if (this.#locked.delete(directory)) directory.delete('.lock')
    }
  }

  space(path: string): { totalBytes: number; usableBytes: number } {
    this.#directory(path)
    const usableBytes = Math.max(0, this.#capacityBytes - sizeOf(this.#root))
    return { totalBytes: this.#capacityBytes, usableBytes }
  }

  #find(path: string): MemoryFile | Directory | undefined {
    let found: MemoryFile | Directory | undefined = this.#root
    for (const name of namesOf(path)) {
      if (!(found instanceof Map)) return undefined
      found = found.get(name)
    }
    return found
  }

  #directory(path: string): Directory {
    const found = this.#find(path)
    if (found === undefined) throw systemError('ENOENT', `scandir '${path}'`)
    if (!(found instanceof Map)) throw systemError('ENOTDIR', `scandir '${path}'`)
    return found
  }

  #place(path: string): { parent: Directory; name: string } {
    const names = namesOf(path)
    const name = names.pop()
    if (name === undefined) throw systemError('EBUSY', `'${path}' is the root`)
    return { parent: this.#directory(names.join('/')), name }
  }
}

function namesOf(path: string): string[] {
  return posix
    .resolve('/', path)
    .split('/')
    .filter((name) => name !== '')
}

function sizeOf(directory: Directory): number {
  let total = 0
  for (const entry of directory.values()) total += entry instanceof Map ? sizeOf(entry) : entry.size
  return total
}

class MemoryFileHandle implements FileHandle {
  readonly #file: MemoryFile
  #isOpen = true

  constructor(file: MemoryFile) {
    this.#file = file
  }

  size(): number {
    return this.#opened().size
  }

  write(parts: readonly Uint8Array[], position: number): void {
    const file = this.#opened()
    let at = position
    for (const part of parts) {
      file.write(part, at)
      at += part.length
    }
  }

  read(target: Uint8Array, position: number): number {
    return this.#opened().read(target, position)
  }

  truncate(size: number): void {
    this.#opened().truncate(size)
  }

  sync(): void {
    this.#opened()
  }

  async syncLater(): Promise<void> {
    this.sync()
  }

  close(): void {
    this.#opened()
    this.#isOpen = false
  }

  #opened(): MemoryFile {
    if (!this.#isOpen) throw systemError('EBADF', 'the file is closed')
    return this.#file
  }
}
