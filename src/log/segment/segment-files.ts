import { join } from 'node:path'
import type { FileHandle } from '../../platform/file-system.ts'
import { hasErrorCode, systemError } from '../../platform/system-error.ts'
import type { LogEnvironment } from '../log-environment.ts'
import { SegmentFile, segmentFileName, type SegmentSuffix } from '../log-file-names.ts'
import type { OpenFile } from './open-files.ts'

/** The files whose names change together; snapshots are the producers'. */
const kinds = [
  SegmentFile.Log,
  SegmentFile.OffsetIndex,
  SegmentFile.TimeIndex,
  SegmentFile.TransactionIndex,
]

/**
 * The files of a segment by their names, and the one with the records (Kafka's `FileRecords`): open while it is used, made when it is
 * used first.
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
  /** How often the records were changed, and how many of those changes are on the disk for sure. */
  #writes = 0
  #syncedWrites = 0
  #preallocatedBytes: number

  /**
   * @param owner what is told to {@link release} the file when others are used more
   * @param preallocatedBytes how large the file of the records is made; 0 for as large as they are
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

  /** The file with the records, which counts as used now. */
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

  /** Fills `target` with records from `position`, also when the file has been let go since the last time. */
  read(target: Uint8Array, position: number): number {
    return this.open().read(target, position)
  }

  /** Uses the file that is there, and returns its size. */
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

  /** Cuts off what was preallocated. */
  trim(size: number): void {
    if (this.#preallocatedBytes > 0) this.truncate(size)
  }

  /** What the file holds may not be on the disk, whoever wrote it. */
  markUnsynced(): void {
    this.#writes++
  }

  /** Forces the records to the disk, unless they are there. */
  sync(): void {
    if (this.#syncedWrites === this.#writes) return
    this.open().sync()
    this.#syncedWrites = this.#writes
  }

  /** As {@link sync}, but the event loop goes on meanwhile. */
  async syncLater(): Promise<void> {
    await this.#environment.openFiles.syncInTurn(async () => {
      const writes = this.#writes
      if (this.#syncedWrites === writes || this.#isGone) return
      await this.open().syncLater()
      this.#syncedWrites = Math.max(this.#syncedWrites, writes)
    })
  }

  /** Renames the files that there are. */
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

  /** Lets go of the descriptor. */
  close(): void {
    const file = this.#handle
    if (file === undefined) return
    this.#handle = undefined
    this.#environment.openFiles.closed(this.#owner)
    file.close()
  }

  /** As {@link close}, for good: what has these names from now on is another segment's. */
  abandon(): void {
    this.#isGone = true
    this.close()
  }

  #pathWith(kind: SegmentFile, suffix: SegmentSuffix): string {
    return join(this.#directory, segmentFileName(this.#baseOffset, kind) + suffix)
  }
}
