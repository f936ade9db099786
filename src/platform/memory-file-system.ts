import type { FileHandle, FileSystem } from './file-system.ts'
import { FileTree } from './file-tree.ts'
import { MemoryFile } from './memory-file.ts'
import { systemError } from './system-error.ts'

class MemoryDirectory {
  readonly entries = new Map<string, MemoryFile | MemoryDirectory>()
}

/**
 * Files in memory, which are lost when the process exits. Paths are POSIX paths; relative ones
 * start at the root.
 */
export class MemoryFileSystem implements FileSystem {
  readonly #capacityBytes: number
  readonly #tree = new FileTree<MemoryFile, MemoryDirectory>(new MemoryDirectory())

  /** @param capacityBytes the size of the volume that {@link space} returns; default 1 TiB */
  constructor(capacityBytes = 2 ** 40) {
    this.#capacityBytes = capacityBytes
  }

  open(path: string, options?: { create?: boolean }): FileHandle {
    return new MemoryFileHandle(this.#tree.file(path, options?.create === true ? make : undefined))
  }

  readFile(path: string): Uint8Array {
    return this.#tree.file(path).bytes()
  }

  writeFile(path: string, content: Uint8Array | string): void {
    const { parent, name } = this.#tree.place(path)
    if (this.#tree.isDirectory(path)) throw systemError('EISDIR', `rename to '${path}'`)
    make(parent, name).write(typeof content === 'string' ? Buffer.from(content) : content, 0)
  }

  list(path: string): string[] {
    return this.#tree.list(path)
  }

  makeDirectory(path: string): void {
    this.#tree.makeDirectory(path, (parent, name) => {
      const directory = new MemoryDirectory()
      parent.entries.set(name, directory)
      return directory
    })
  }

  exists(path: string): boolean {
    return this.#tree.find(path) !== undefined
  }

  isDirectory(path: string): boolean {
    return this.#tree.isDirectory(path)
  }

  rename(from: string, to: string): void {
    const renaming = this.#tree.renaming(from, to)
    if (renaming === undefined) return
    const { source, target, moved } = renaming
    source.parent.entries.delete(source.name)
    target.parent.entries.set(target.name, moved)
  }

  remove(path: string): void {
    if (!this.exists(path)) return
    const { parent, name } = this.#tree.place(path)
    parent.entries.delete(name)
  }

  syncDirectory(path: string): void {
    this.#tree.directory(path)
  }

  async syncDirectoryLater(path: string): Promise<void> {
    this.syncDirectory(path)
  }

  lock(path: string): () => void {
    const unlock = this.#tree.lock(path)
    const { entries } = this.#tree.directory(path)
    entries.set('.lock', new MemoryFile())
    return () => {
      if (unlock()) entries.delete('.lock')
    }
  }

  space(path: string): { totalBytes: number; usableBytes: number } {
    this.#tree.directory(path)
    const usableBytes = Math.max(0, this.#capacityBytes - this.#tree.sizeInBytes())
    return { totalBytes: this.#capacityBytes, usableBytes }
  }
}

function make({ entries }: MemoryDirectory, name: string): MemoryFile {
  const file = new MemoryFile()
  entries.set(name, file)
  return file
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
