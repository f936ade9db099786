import { dirname } from 'node:path'
import type { FileHandle } from '../../platform/file-system.ts'
import { ForwardingFileSystem } from '../../platform/forwarding-file-system.ts'
import { writeBeside } from '../../platform/write-beside.ts'
import { inParallel } from '../files/in-parallel.ts'
import { syncDirectoryLater, syncFileLater } from '../files/sync-if-there.ts'

/**
 * As many as the command line has threads for it (`bin/odradek.js`). A file system with a journal commits at once what several threads
 * wait for.
 */
const SYNCS_AT_A_TIME = 16

/**
 * A file system that can defer what is to be forced to the disk, and do it later: every file once, several at a time and
 * off the event loop. To close a thousand logs one after the other would stop the process for seconds.
 *
 * Only for what may be lost until then, as when logs are closed and nobody has said yet that they were closed cleanly.
 */
export class DeferredSyncs extends ForwardingFileSystem {
  #deferred: { readonly files: Set<string>; readonly directories: Set<string> } | undefined

  /** From now on syncs are put off. */
  defer(): void {
    this.#deferred ??= { files: new Set(), directories: new Set() }
  }

  /** Does what was put off, and goes on as before. Rejects with the error of the operating system. */
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

/** A file whose sync may be put off. */
class DeferringHandle implements FileHandle {
  readonly #file: FileHandle
  readonly #defer: () => boolean

  /** @param defer puts the sync off, or returns false */
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
