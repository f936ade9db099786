import { posix } from 'node:path'
import { CrashableDirectory, DirectoryJournal } from './crashable-directory.ts'
import { CrashableFile } from './crashable-file.ts'
import type { FileHandle, FileSystem } from '../../../src/platform/file-system.ts'
import { FileTree } from '../../../src/platform/file-tree.ts'
import type { Random } from '../../../src/platform/random.ts'
import { systemError } from '../../../src/platform/system-error.ts'
import { systemTurn, type Turn } from '../../../src/platform/turn.ts'
import { writeBeside } from '../../../src/platform/write-beside.ts'

const UNBOUNDED_BYTES = 2 ** 40

export interface CrashableFileSystemOptions {
  /** Writes that need more fail with `ENOSPC`, after writing as much as fits. Default 1 TiB. */
  readonly capacityBytes?: number
  /**
   * Whether the sync of a file whose size has changed also makes all earlier changes of names, and
   * truncations of other files, durable. `true` (the default) is the behaviour of ext4 and xfs,
   * whose journal keeps this order. `false` is what POSIX guarantees.
   */
  readonly fileSyncKeepsNames?: boolean
  /** Completes the syncs that run outside the event loop; default the machine's. */
  readonly turn?: Turn
}

/**
 * Files in memory that distinguish written bytes from bytes on the disk, so that every outcome of a
 * power failure can be tested ({@link afterPowerFailure}). Readers see everything that was written.
 * Only {@link FileHandle.sync} and {@link syncDirectory} make it durable:
 *
 * - Any writes to a file since its last sync may be lost, torn between sectors of 512 bytes, or
 *   survive without earlier ones. The size may have any value in between, with zeros where bytes
 *   below it are lost. Truncated bytes never reappear after bytes that were written later.
 * - Names that were created, changed and removed since the last sync of their directory may be lost
 *   from the end, in order, as on a journaling file system. Renaming is atomic. The content of a
 *   file and its name survive independently: a file that was written, not synced, and renamed over
 *   another may be empty.
 *
 * Without `sync` the memory use grows with every write.
 */
export class CrashableFileSystem implements FileSystem {
  #capacityBytes: number
  readonly #fileSyncKeepsNames: boolean
  readonly #turn: Turn
  readonly #journal: DirectoryJournal
  #root = new CrashableDirectory()
  #tree = new FileTree<CrashableFile, CrashableDirectory>(this.#root)

  constructor(options: CrashableFileSystemOptions = {}) {
    this.#capacityBytes = options.capacityBytes ?? UNBOUNDED_BYTES
    this.#fileSyncKeepsNames = options.fileSyncKeepsNames ?? true
    this.#turn = options.turn ?? systemTurn
    this.#journal = new DirectoryJournal(this.#fileSyncKeepsNames)
  }

  /**
   * Returns the state after a power failure at this moment. This file system continues, so that
   * many outcomes of one moment can be tested. Nothing is locked in the new one.
   */
  afterPowerFailure(random: Random): CrashableFileSystem {
    const survivor = new CrashableFileSystem({
      capacityBytes: this.#capacityBytes,
      fileSyncKeepsNames: this.#fileSyncKeepsNames,
      turn: this.#turn,
    })
    survivor.#root = this.#journal.afterPowerFailure(this.#root, random)
    survivor.#tree = new FileTree(survivor.#root)
    return survivor
  }

  /** Makes the volume larger or smaller. Existing files remain. */
  setCapacity(capacityBytes: number): void {
    this.#capacityBytes = capacityBytes
  }

  open(path: string, options?: { create?: boolean }): FileHandle {
    const file = this.#tree.file(path, options?.create === true ? this.#make : undefined)
    return new CrashableFileHandle(this.#volume, file)
  }

  readFile(path: string): Uint8Array {
    return this.#tree.file(path).bytes()
  }

  writeFile(path: string, content: Uint8Array | string): void {
    const { parent } = this.#tree.place(path)
    if (this.#tree.isDirectory(path)) throw systemError('EISDIR', `rename to '${path}'`)
    writeBeside(this, path, content, true)
    this.#journal.syncDirectory(parent)
  }

  list(path: string): string[] {
    return this.#tree.list(path)
  }

  makeDirectory(path: string): void {
    this.#tree.makeDirectory(path, (directory, name) => {
      const entry = new CrashableDirectory()
      this.#journal.change({ directory, name, entry })
      return entry
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
    this.#journal.change(
      { directory: source.parent, name: source.name, entry: undefined },
      { directory: target.parent, name: target.name, entry: moved },
    )
  }

  remove(path: string): void {
    const found = this.#tree.find(path)
    if (found === undefined) return
    const { parent, name } = this.#tree.place(path)
    if (found instanceof CrashableDirectory) {
      for (const below of [...found.entries.keys()].sort()) this.remove(posix.join(path, below))
    }
    this.#journal.change({ directory: parent, name, entry: undefined })
  }

  syncDirectory(path: string): void {
    this.#journal.syncDirectory(this.#tree.directory(path))
  }

  async syncDirectoryLater(path: string): Promise<void> {
    this.#tree.directory(path)
    await this.#turn.next()
    this.syncDirectory(path)
  }

  lock(path: string): () => void {
    const unlock = this.#tree.lock(path)
    this.#tree.file(posix.join(path, '.lock'), this.#make)
    return () => {
      if (unlock()) this.remove(posix.join(path, '.lock'))
    }
  }

  space(path: string): { totalBytes: number; usableBytes: number } {
    this.#tree.directory(path)
    return { totalBytes: this.#capacityBytes, usableBytes: this.#usableBytes() }
  }

  readonly #volume: Volume = {
    nextTurn: () => this.#turn.next(),
    usableBytes: () => this.#usableBytes(),
    nextChange: () => this.#journal.next(),
    onSynced: (lastSizeChange) => {
      if (this.#fileSyncKeepsNames) this.#journal.syncTo(lastSizeChange)
    },
  }

  /** Computed only where it matters. */
  #usableBytes(): number {
    if (this.#capacityBytes >= UNBOUNDED_BYTES) return this.#capacityBytes
    return Math.max(0, this.#capacityBytes - this.#tree.sizeInBytes())
  }

  readonly #make = (directory: CrashableDirectory, name: string): CrashableFile => {
    const entry = new CrashableFile()
    this.#journal.change({ directory, name, entry })
    entry.lastSizeChange = this.#journal.next()
    return entry
  }
}

/** The interface of a file to its volume. */
interface Volume {
  readonly nextTurn: () => Promise<void>
  readonly usableBytes: () => number
  /** Returns the position in the journal of a change that happens now. */
  readonly nextChange: () => number
  readonly onSynced: (lastSizeChange: number) => void
}

class CrashableFileHandle implements FileHandle {
  readonly #volume: Volume
  readonly #file: CrashableFile
  #isOpen = true

  constructor(volume: Volume, file: CrashableFile) {
    this.#volume = volume
    this.#file = file
  }

  size(): number {
    return this.#opened().size
  }

  write(parts: readonly Uint8Array[], position: number): void {
    const file = this.#opened()
    let at = position
    for (const part of parts) {
      const room = this.#roomFor(at + part.length)
      const written = part.subarray(0, Math.max(0, room - at))
      if (written.length > 0) this.#write(file, written, at)
      if (written.length < part.length) throw systemError('ENOSPC', 'no space left, write')
      at += part.length
    }
  }

  read(target: Uint8Array, position: number): number {
    return this.#opened().read(target, position)
  }

  truncate(size: number): void {
    const file = this.#opened()
    if (size === file.size) return
    if (this.#roomFor(size) < size) throw systemError('ENOSPC', 'no space left, ftruncate')
    file.truncate(size, this.#volume.nextChange())
  }

  sync(): void {
    const file = this.#opened()
    file.sync()
    this.#volume.onSynced(file.lastSizeChange)
  }

  async syncLater(): Promise<void> {
    const file = this.#opened()
    const { changes, lastSizeChange } = file
    await this.#volume.nextTurn()
    file.sync(changes)
    this.#volume.onSynced(lastSizeChange)
  }

  close(): void {
    this.#opened()
    this.#isOpen = false
  }

  #write(file: CrashableFile, bytes: Uint8Array, position: number): void {
    const { size } = file
    file.write(bytes, position)
    if (file.size !== size) file.lastSizeChange = this.#volume.nextChange()
  }

  /** Returns the maximum size of the file, if it is to become `size` bytes long. */
  #roomFor(size: number): number {
    const added = size - this.#file.size
    if (added <= 0) return size
    return this.#file.size + Math.min(added, this.#volume.usableBytes())
  }

  #opened(): CrashableFile {
    if (!this.#isOpen) throw systemError('EBADF', 'the file is closed')
    return this.#file
  }
}
