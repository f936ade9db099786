import { join } from 'node:path'
import type { FileHandle } from '../../platform/file-system.ts'
import { hasErrorCode, systemError } from '../../platform/system-error.ts'
import type { LogEnvironment } from '../log-environment.ts'
import { SegmentFile, segmentFileName, type SegmentSuffix } from '../log-file-names.ts'
import type { OpenFile } from './open-files.ts'

/** The files that are renamed together. Snapshots belong to the producers. */
const kinds = [
  SegmentFile.Log,
  SegmentFile.OffsetIndex,
  SegmentFile.TimeIndex,
  SegmentFile.TransactionIndex,
]

/**
 * The files of a segment, and the open `.log` file (Kafka's `FileRecords`). The file is opened, and
 * created, at its first use.
 */
export class SegmentFiles {
  readonly #environment: LogEnvironment
  readonly #directory: string
  readonly #baseOffset: number
  readonly #owner: OpenFile
  #suffix: SegmentSuffix
  #isOnDisk = false
  #isGone = false
  #handle: FileHandle | undefined
  /** The number of changes to the records, and the number of those known to be on the disk. */
  #writes = 0
  #syncedWrites = 0
  #preallocatedBytes: number

  /**
   * @param owner is asked to {@link release} the file when other files are used more
   * @param preallocatedBytes the initial size of the `.log` file; 0 for no preallocation
   */
  constructor(
    environment: LogEnvironment,
    directory: string,
    baseOffset: number,
    suffix: SegmentSuffix,
    owner: OpenFile,
    preallocatedBytes: number,
  ) {
    this.#environment = environment
    this.#directory = directory
    this.#baseOffset = baseOffset
    this.#suffix = suffix
    this.#owner = owner
    this.#preallocatedBytes = preallocatedBytes
  }

  pathOf(kind: SegmentFile): string {
    return this.#pathWith(kind, this.#suffix)
  }

  exists(kind: SegmentFile): boolean {
    return this.#environment.fileSystem.exists(this.pathOf(kind))
  }

  /** Returns the `.log` file, and notes its use. */
  open(): FileHandle {
    const { fileSystem, openFiles } = this.#environment
    if (this.#handle !== undefined) {
      openFiles.used(this.#owner)
      return this.#handle
    }
    const path = this.pathOf(SegmentFile.Log)
    if (this.#isGone) throw systemError('ENOENT', `${path} is not of this segment any more`)
    const file = fileSystem.open(path, { create: !this.#isOnDisk })
    this.#handle = file
    openFiles.opened(this.#owner)
    if (!this.#isOnDisk && this.#preallocatedBytes > 0) file.truncate(this.#preallocatedBytes)
    this.#isOnDisk = true
    return file
  }

  /** Reads records from `position` into `target`. Opens the file again if it was closed. */
  read(target: Uint8Array, position: number): number {
    return this.open().read(target, position)
  }

  /** Opens an existing file, and returns its size. */
  openStored(): number {
    this.#isOnDisk = true
    this.#preallocatedBytes = 0
    return this.open().size()
  }

  write(records: Uint8Array, position: number): void {
    this.open().write([records], position)
    this.#writes++
  }

  truncate(size: number): void {
    this.open().truncate(size)
    this.#preallocatedBytes = 0
    this.#writes++
  }

  /** Cuts off preallocated space. */
  trim(size: number): void {
    if (this.#preallocatedBytes > 0) this.truncate(size)
  }

  /** Notes that the content may not be on the disk. */
  markUnsynced(): void {
    this.#writes++
  }

  /** Syncs the records unless they are on the disk. */
  sync(): void {
    if (this.#syncedWrites === this.#writes) return
    this.open().sync()
    this.#syncedWrites = this.#writes
  }

  /** As {@link sync}, without blocking the event loop. */
  async syncLater(): Promise<void> {
    await this.#environment.openFiles.syncInTurn(async () => {
      const writes = this.#writes
      if (this.#syncedWrites === writes || this.#isGone) return
      await this.open().syncLater()
      this.#syncedWrites = Math.max(this.#syncedWrites, writes)
    })
  }

  /** Renames the files that exist. */
  renameTo(suffix: SegmentSuffix): void {
    const { fileSystem } = this.#environment
    for (const kind of kinds) {
      try {
        fileSystem.rename(this.pathOf(kind), this.#pathWith(kind, suffix))
      } catch (error) {
        if (!hasErrorCode(error, 'ENOENT')) throw error
      }
    }
    this.#suffix = suffix
  }

  remove(): void {
    for (const kind of kinds) this.#environment.fileSystem.remove(this.pathOf(kind))
  }

  /** Closes the descriptor. */
  close(): void {
    const file = this.#handle
    if (file === undefined) return
    this.#handle = undefined
    this.#environment.openFiles.closed(this.#owner)
    file.close()
  }

  /** As {@link close}, for good: another segment may use these names from now on. */
  abandon(): void {
    this.#isGone = true
    this.close()
  }

  #pathWith(kind: SegmentFile, suffix: SegmentSuffix): string {
    return join(this.#directory, segmentFileName(this.#baseOffset, kind) + suffix)
  }
}
