import {
  closeSync,
  constants,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
  writeSync,
  writevSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { lockDirectory } from './directory-lock.ts'
import type { FileHandle, FileSystem } from './file-system.ts'
import { systemError } from './system-error.ts'

/** A buffer to read small files. */
const smallFile = Buffer.allocUnsafeSlow(4096)

/** The real disk. */
export class DiskFileSystem implements FileSystem {
  open(path: string, options?: { create?: boolean; readOnly?: boolean }): FileHandle {
    const access = options?.readOnly ? constants.O_RDONLY : constants.O_RDWR
    const flags = options?.create ? access | constants.O_CREAT : access
    return new DiskFileHandle(openSync(path, flags, 0o644))
  }

  readFile(path: string): Uint8Array {
    const fd = openSync(path, constants.O_RDONLY)
    try {
      const count = readSync(fd, smallFile, 0, smallFile.length, 0)
      // Node's own function takes three times as long for small files, of which each partition has
      // three.
      return count < smallFile.length
        ? Uint8Array.prototype.slice.call(smallFile, 0, count)
        : readFileSync(fd)
    } finally {
      closeSync(fd)
    }
  }

  writeFile(path: string, content: Uint8Array | string): void {
    const beside = `${path}.tmp`
    const fd = openSync(beside, 'w', 0o644)
    try {
      writeFileSync(fd, content)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(beside, path)
    this.syncDirectory(dirname(path))
  }

  list(path: string): string[] {
    return readdirSync(path).sort()
  }

  makeDirectory(path: string): void {
    // Not with Node's own recursion, which never ends if a parent exists but accepts no entries, as
    // in `/proc`.
    if (this.isDirectory(path)) return
    const parent = dirname(path)
    if (parent !== path) this.makeDirectory(parent)
    mkdirSync(path)
  }

  exists(path: string): boolean {
    return existsSync(path)
  }

  isDirectory(path: string): boolean {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
  }

  rename(from: string, to: string): void {
    renameSync(from, to)
  }

  remove(path: string): void {
    rmSync(path, { recursive: true, force: true })
  }

  syncDirectory(path: string): void {
    // Windows can neither open directories nor needs to sync them.
    if (process.platform === 'win32') return
    const fd = openSync(path, constants.O_RDONLY)
    try {
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  }

  async syncDirectoryLater(path: string): Promise<void> {
    if (process.platform === 'win32') return
    const fd = openSync(path, constants.O_RDONLY)
    try {
      await new Promise<void>((resolve, reject) => {
        fsync(fd, (error) => (error === null ? resolve() : reject(error)))
      })
    } finally {
      closeSync(fd)
    }
  }

  lock(path: string): () => void {
    return lockDirectory(path)
  }

  space(path: string): { totalBytes: number; usableBytes: number } {
    const { blocks, bavail, bsize } = statfsSync(path)
    return { totalBytes: blocks * bsize, usableBytes: bavail * bsize }
  }
}

class DiskFileHandle implements FileHandle {
  readonly #fd: number
  #syncsUnderWay = 0
  #isClosed = false

  constructor(fd: number) {
    this.#fd = fd
  }

  size(): number {
    return fstatSync(this.#fd).size
  }

  write(parts: readonly Uint8Array[], position: number): void {
    if (parts.length === 1) {
      this.#writeWhole(parts[0]!, 0, position)
      return
    }
    let written = writevSync(this.#fd, parts, position)
    let at = position
    for (const part of parts) {
      if (written < part.length) this.#writeWhole(part, written, at + written)
      written = Math.max(0, written - part.length)
      at += part.length
    }
  }

  read(target: Uint8Array, position: number): number {
    let filled = 0
    while (filled < target.length) {
      const count = readSync(this.#fd, target, filled, target.length - filled, position + filled)
      if (count === 0) break
      filled += count
    }
    return filled
  }

  truncate(size: number): void {
    ftruncateSync(this.#fd, size)
  }

  sync(): void {
    fdatasyncSync(this.#fd)
  }

  syncLater(): Promise<void> {
    this.#syncsUnderWay++
    return new Promise((resolve, reject) => {
      fdatasync(this.#fd, (error) => {
        this.#syncsUnderWay--
        if (this.#isClosed && this.#syncsUnderWay === 0) closeSync(this.#fd)
        if (error === null) resolve()
        else reject(error)
      })
    })
  }

  /**
   * Keep the descriptor during a sync: otherwise another file could get its number and be synced
   * instead.
   */
  close(): void {
    if (this.#isClosed) throw systemError('EBADF', 'the file is closed')
    this.#isClosed = true
    if (this.#syncsUnderWay === 0) closeSync(this.#fd)
  }

  /** Writes everything: the operating system may write less than it is given. */
  #writeWhole(bytes: Uint8Array, from: number, position: number): void {
    for (let done = from; done < bytes.length;) {
      done += writeSync(this.#fd, bytes, done, bytes.length - done, position + done - from)
    }
  }
}
