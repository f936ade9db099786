import { dirname } from 'node:path'
import type { FileHandle } from '../../platform/file-system.ts'
import { ForwardingFileSystem } from '../../platform/forwarding-file-system.ts'
import { writeBeside } from '../../platform/write-beside.ts'
import { inParallel } from '../files/in-parallel.ts'
import { syncDirectoryLater, syncFileLater } from '../files/sync-if-there.ts'

/**
 * The number of threads that the command line uses (`bin/odradek.js`). A journaling file system
 * commits the syncs of several threads together.
 */
const SYNCS_AT_A_TIME = 16

/**
 * A file system that can defer syncs and run them later: each file once, several at a time, without
 * blocking the event loop. Closing a thousand logs one after the other would block the process for
 * seconds.
 *
 * Only for data that may be lost until then, as when logs are closed and the clean shutdown marker
 * is not written yet.
 */
export class DeferredSyncs extends ForwardingFileSystem {
  #deferred: { readonly files: Set<string>; readonly directories: Set<string> } | undefined

  /** Defers syncs from now on. */
  defer(): void {
    this.#deferred ??= { files: new Set(), directories: new Set() }
  }

  /**
   * Runs the deferred syncs, and defers no more. Rejects with the error of the operating system.
   */
  async run(): Promise<void> {
    const { files, directories } = this.#deferred ?? { files: [], directories: [] }
    this.#deferred = undefined
    await inParallel(files, SYNCS_AT_A_TIME, (path) => syncFileLater(this.inner, path))
    await inParallel(directories, SYNCS_AT_A_TIME, (path) => syncDirectoryLater(this.inner, path))
  }

  override open(path: string, options?: { create?: boolean; readOnly?: boolean }): FileHandle {
    const file = this.inner.open(path, options)
    if (options?.readOnly === true) return file
    return new DeferringHandle(file, () => this.#deferred?.files.add(path) !== undefined)
  }

  override writeFile(path: string, content: Uint8Array | string): void {
    if (this.#deferred === undefined) return this.inner.writeFile(path, content)
    writeBeside(this, path, content, true)
    this.#deferred.directories.add(dirname(path))
  }

  override rename(from: string, to: string): void {
    this.inner.rename(from, to)
    if (this.#deferred?.files.delete(from) === true) this.#deferred.files.add(to)
  }

  override remove(path: string): void {
    this.inner.remove(path)
    this.#deferred?.files.delete(path)
  }

  override syncDirectory(path: string): void {
    if (this.#deferred === undefined) this.inner.syncDirectory(path)
    else this.#deferred.directories.add(path)
  }

  override async syncDirectoryLater(path: string): Promise<void> {
    if (this.#deferred === undefined) await this.inner.syncDirectoryLater(path)
    else this.#deferred.directories.add(path)
  }
}

/** A file whose sync may be deferred. */
class DeferringHandle implements FileHandle {
  readonly #file: FileHandle
  readonly #defer: () => boolean

  /** @param defer defers the sync, or returns false */
  constructor(file: FileHandle, defer: () => boolean) {
    this.#file = file
    this.#defer = defer
  }

  size(): number {
    return this.#file.size()
  }

  write(parts: readonly Uint8Array[], position: number): void {
    this.#file.write(parts, position)
  }

  read(target: Uint8Array, position: number): number {
    return this.#file.read(target, position)
  }

  truncate(size: number): void {
    this.#file.truncate(size)
  }

  sync(): void {
    if (!this.#defer()) this.#file.sync()
  }

  syncLater(): Promise<void> {
    return this.#file.syncLater()
  }

  close(): void {
    this.#file.close()
  }
}
