import { posix } from 'node:path'
import type { FileHandle, FileSystem } from '../../../src/platform/file-system.ts'
import { systemError } from '../../../src/platform/system-error.ts'
import { writeBeside } from '../../../src/platform/write-beside.ts'

/**
 * The operations of a file system that can fail. Replacing a whole file consists of several of
 * them.
 */
export type FileOperation =
  | 'open'
  | 'create'
  | 'read'
  | 'write'
  | 'truncate'
  | 'sync'
  | 'list'
  | 'makeDirectory'
  | 'rename'
  | 'remove'
  | 'syncDirectory'

/** A fault: which operations fail, and how. */
export interface FileFault {
  /** Default: all. */
  readonly operations?: readonly FileOperation[]
  /** The files and directories, by path; default all. */
  readonly isAffected?: (path: string) => boolean
  /** The number of operations that succeed first; default none. */
  readonly skip?: number
  /** The number of operations that fail; default all from then on. */
  readonly times?: number
  /**
   * The code of the error that is thrown, such as `EIO`, `ENOSPC`, `EACCES`, `EMFILE`. With
   * `killed` the process dies: this operation and all later ones throw {@link FileSystemDead} and
   * do nothing.
   */
  readonly code: string
  /**
   * The effect of the operation: `nothing` (the default), `half` (the first half of the bytes of a
   * write; otherwise nothing), or `everything`, as when only the result is lost.
   */
  readonly effect?: 'nothing' | 'half' | 'everything'
}

/**
 * Thrown by a file system whose process was killed. It looks like a disk error, so that code that
 * the dead process still runs fails in the same places.
 */
export class FileSystemDead extends Error {
  override readonly name = 'FileSystemDead'
  readonly code = 'EKILLED'
}

/**
 * A file system that injects faults into another one. It shows how a broker behaves when its disk
 * is full or broken, or when it dies between any two steps. Checking whether a file exists never
 * fails.
 */
export class FaultyFileSystem implements FileSystem {
  readonly #inner: FileSystem
  readonly #faults = new Set<{ readonly fault: FileFault; seen: number }>()
  readonly #unlocks = new Set<() => void>()
  #operations = 0
  #failures = 0
  #isDead = false

  constructor(inner: FileSystem) {
    this.#inner = inner
  }

  /** The number of operations so far. */
  get operations(): number {
    return this.#operations
  }

  /** The number of operations that failed. */
  get failures(): number {
    return this.#failures
  }

  get isDead(): boolean {
    return this.#isDead
  }

  /** Injects a fault. Returns a function that removes it. */
  inject(fault: FileFault): () => void {
    const injected = { fault, seen: 0 }
    this.#faults.add(injected)
    return () => this.#faults.delete(injected)
  }

  /** Removes all faults. */
  heal(): void {
    this.#faults.clear()
  }

  /**
   * Kills the process: every later operation throws {@link FileSystemDead}, its locks are released,
   * and its writes remain.
   */
  kill(): void {
    this.#isDead = true
    for (const unlock of this.#unlocks) unlock()
    this.#unlocks.clear()
  }

  open(path: string, options?: { create?: boolean }): FileHandle {
    const creates = options?.create === true && !this.#living.exists(path)
    return this.#run(creates ? 'create' : 'open', path, () => {
      return new FaultyFileHandle(this.#inner.open(path, options), path, this.#run)
    })
  }

  readFile(path: string): Uint8Array {
    return this.#run('read', path, () => this.#inner.readFile(path))
  }

  writeFile(path: string, content: Uint8Array | string): void {
    writeBeside(this, path, content, true)
    this.syncDirectory(posix.dirname(path))
  }

  list(path: string): string[] {
    return this.#run('list', path, () => this.#inner.list(path))
  }

  makeDirectory(path: string): void {
    if (this.#living.isDirectory(path)) return
    this.#run('makeDirectory', path, () => this.#inner.makeDirectory(path))
  }

  exists(path: string): boolean {
    return this.#living.exists(path)
  }

  isDirectory(path: string): boolean {
    return this.#living.isDirectory(path)
  }

  rename(from: string, to: string): void {
    this.#run('rename', from, () => this.#inner.rename(from, to))
  }

  remove(path: string): void {
    if (!this.#living.exists(path)) return
    if (this.#inner.isDirectory(path)) {
      for (const name of this.#inner.list(path)) this.remove(posix.join(path, name))
    }
    this.#run('remove', path, () => this.#inner.remove(path))
  }

  syncDirectory(path: string): void {
    this.#run('syncDirectory', path, () => this.#inner.syncDirectory(path))
  }

  async syncDirectoryLater(path: string): Promise<void> {
    await this.#run('syncDirectory', path, () => handled(this.#inner.syncDirectoryLater(path)))
  }

  lock(path: string): () => void {
    const unlock = this.#living.lock(path)
    this.#unlocks.add(unlock)
    return () => {
      if (this.#unlocks.delete(unlock)) unlock()
    }
  }

  space(path: string): { totalBytes: number; usableBytes: number } {
    return this.#living.space(path)
  }

  get #living(): FileSystem {
    if (this.#isDead) throw new FileSystemDead('the process was killed')
    return this.#inner
  }

  readonly #run: Run = (operation, path, action, half) => {
    const fault = this.#take(operation, path)
    if (fault === undefined) return action()
    if (fault.effect === 'everything') action()
    if (fault.effect === 'half') half?.()
    this.#failures++
    throw this.#errorOf(fault, operation, path)
  }

  /** Counts the operation, and returns the fault that applies to it. */
  #take(operation: FileOperation, path: string): FileFault | undefined {
    if (this.#isDead) throw new FileSystemDead('the process was killed')
    this.#operations++
    let found: FileFault | undefined
    for (const injected of this.#faults) {
      const { operations, isAffected, skip = 0, times = Infinity } = injected.fault
      if (operations !== undefined && !operations.includes(operation)) continue
      if (isAffected !== undefined && !isAffected(path)) continue
      const seen = injected.seen++
      if (seen >= skip && seen < skip + times) found ??= injected.fault
    }
    return found
  }

  #errorOf({ code }: FileFault, operation: FileOperation, path: string): Error {
    if (code !== 'killed') return systemError(code, `${operation} '${path}'`)
    this.kill()
    return new FileSystemDead(`killed at ${operation} '${path}'`)
  }
}

/**
 * Runs the operation unless a fault applies. `half` is the effect of an operation that is cut
 * short.
 */
type Run = <T>(operation: FileOperation, path: string, action: () => T, half?: () => void) => T

class FaultyFileHandle implements FileHandle {
  readonly #inner: FileHandle
  readonly #path: string
  readonly #run: Run

  constructor(inner: FileHandle, path: string, run: Run) {
    this.#inner = inner
    this.#path = path
    this.#run = run
  }

  size(): number {
    return this.#inner.size()
  }

  write(parts: readonly Uint8Array[], position: number): void {
    this.#run(
      'write',
      this.#path,
      () => this.#inner.write(parts, position),
      () => this.#inner.write([firstHalf(parts)], position),
    )
  }

  read(target: Uint8Array, position: number): number {
    return this.#run('read', this.#path, () => this.#inner.read(target, position))
  }

  truncate(size: number): void {
    this.#run('truncate', this.#path, () => this.#inner.truncate(size))
  }

  sync(): void {
    this.#run('sync', this.#path, () => this.#inner.sync())
  }

  async syncLater(): Promise<void> {
    await this.#run('sync', this.#path, () => handled(this.#inner.syncLater()))
  }

  close(): void {
    this.#inner.close()
  }
}

/**
 * Marks a promise as handled: after a fault it is not awaited, and its own error must not end the
 * process.
 */
function handled(done: Promise<void>): Promise<void> {
  done.catch(() => {})
  return done
}

function firstHalf(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = Buffer.concat(parts)
  return bytes.subarray(0, bytes.length >> 1)
}
