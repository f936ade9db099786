import { dirname } from 'node:path'
import type { FileHandle } from '../../platform/file-system.ts'
import { ForwardingFileSystem } from '../../platform/forwarding-file-system.ts'
import { writeBeside } from '../../platform/write-beside.ts'
import { syncDirectoryLater, syncFileLater } from './sync-if-there.ts'

/** As many as Node's thread pool has threads. */
const SYNCS_AT_A_TIME = 4

/**
 * A file system that can put off what is to be forced to the disk, so that it is done in the end: every file once, several at a time and
 * off the event loop. To close a thousand logs one after the other would stop the process for seconds.
 *
 * Only for what may be lost until then, as when logs are closed and nobody has said yet that they were closed cleanly.
 */
export class DeferredSyncs extends ForwardingFileSystem {
  #deferred: { readonly files: Set<string>; readonly directories: Set<string> } | undefined

  /** From now on syncs are put off, except on files that are open already. */
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
    return this.#deferred === undefined ? file : this.#withoutSync(file, path)
  }

  override writeFile(path: string, content: Uint8Array | string): void {
    if (this.#deferred === undefined) return this.inner.writeFile(path, content)
    writeBeside(this.inner, path, content, false)
    this.#deferred.files.add(path)
    this.#deferred.directories.add(dirname(path))
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

  #withoutSync(file: FileHandle, path: string): FileHandle {
    const defer = (): void => {
      if (this.#deferred === undefined) file.sync()
      else this.#deferred.files.add(path)
    }
    return {
      size: () => file.size(),
      write: (parts, position) => file.write(parts, position),
      read: (target, position) => file.read(target, position),
      truncate: (size) => file.truncate(size),
      sync: defer,
      syncLater: () => file.syncLater(),
      close: () => file.close(),
    }
  }
}

/** Does something with every item, with so many of them at a time. */
export async function inParallel<T>(
  items: Iterable<T>,
  atATime: number,
  action: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...items]
  const work = async (): Promise<void> => {
    for (let item; (item = waiting.pop()) !== undefined;) await action(item)
  }
  await Promise.all(Array.from({ length: atATime }, work))
}
