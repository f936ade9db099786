import { join } from 'node:path'
import type { FileSystem } from '../platform/file-system.ts'
import { parseCheckpoint, writeCheckpoint } from './files/checkpoint-file.ts'
import type { EpochEndOffset } from './log-types.ts'
import { type Durability, readTextFile } from './files/small-file.ts'

const FILE_NAME = 'leader-epoch-checkpoint'

interface EpochEntry {
  readonly epoch: number
  readonly startOffset: number
}

/** Writes a file and forces it to the disk in the background (`BackgroundSyncs.add`). */
export type WriteLater = (path: string, write?: () => void) => void

/**
 * The start offset of each leader epoch of a log (Kafka's `LeaderEpochFileCache`), stored in
 * `leader-epoch-checkpoint`.
 *
 * As in Kafka, the file may be out of date: a restart drops epochs beyond the end or before the
 * start of the log, and reads those above the recovery point from the batches. Therefore the
 * recovery point moves only after the file is written.
 */
export class LeaderEpochs {
  readonly #fileSystem: FileSystem
  readonly #directory: string
  readonly #durability: Durability
  /** Ordered by epoch and by start offset. */
  #entries: EpochEntry[] = []
  readonly #writeLater: WriteLater | undefined
  #isUnwritten = false

  /**
   * @param writeLater writes and syncs the file in the background; default: every write is synced
   */
  constructor(
    fileSystem: FileSystem,
    directory: string,
    durability: Durability,
    writeLater?: WriteLater,
  ) {
    this.#writeLater = writeLater
    this.#fileSystem = fileSystem
    this.#directory = directory
    this.#durability = durability
  }

  /**
   * Reads the file. Returns false if it is missing or empty.
   *
   * @throws Error if the file is malformed
   */
  load(): boolean {
    const path = this.#path
    const text = readTextFile(this.#fileSystem, path)
    if (!text) return false
    const lines = parseCheckpoint(text, path, 2)
    const malformed = lines.find((fields) => fields.some((field) => !/^\d+$/.test(field)))
    if (malformed !== undefined) throw new Error(`${path} has the line '${malformed.join(' ')}'`)
    this.#entries = lines.map(([epoch, startOffset]) => ({
      epoch: Number(epoch),
      startOffset: Number(startOffset),
    }))
    return true
  }

  /** The newest epoch; -1 when there is none. */
  get latestEpoch(): number {
    return this.#entries.at(-1)?.epoch ?? -1
  }

  get entries(): readonly EpochEntry[] {
    return this.#entries
  }

  /**
   * Returns the epoch of the record at `offset`, or -1 if the offset is before all known epochs.
   */
  epochForOffset(offset: number): number {
    return this.#entries.findLast(({ startOffset }) => startOffset <= offset)?.epoch ?? -1
  }

  /**
   * Adds an epoch that begins at `startOffset`, and writes the file. Removes the epochs that
   * contradict it.
   */
  assign(epoch: number, startOffset: number): void {
    this.note(epoch, startOffset)
    this.writeNoted()
  }

  /**
   * As {@link assign}, without writing the file. While epochs are rebuilt, the file must not hold
   * only some of them.
   */
  note(epoch: number, startOffset: number): void {
    if (epoch < 0) return
    const last = this.#entries.at(-1)
    if (last !== undefined && last.epoch === epoch && last.startOffset <= startOffset) return
    if (last !== undefined && (epoch <= last.epoch || startOffset <= last.startOffset)) {
      this.#entries = this.#entries.filter(
        (entry) => entry.epoch < epoch && entry.startOffset < startOffset,
      )
    }
    this.#entries = [...this.#entries, { epoch, startOffset }]
    this.#isUnwritten = true
  }

  /** Writes the file if epochs have changed since the last write. */
  writeNoted(): void {
    if (this.#isUnwritten) this.#write()
  }

  /**
   * As {@link writeNoted}, in the background, but before the recovery point of the log moves. The
   * directory must exist.
   */
  writeNotedLater(): void {
    if (!this.#isUnwritten) return
    const writeLater = this.#durability === 'synced' ? this.#writeLater : undefined
    if (writeLater === undefined) this.#write()
    else writeLater(this.#path, () => this.writeNoted())
  }

  /** Cancels pending writes: the file may belong to another log now, or the disk has failed. */
  abandon(): void {
    this.#isUnwritten = false
  }

  /**
   * Returns the largest epoch up to `requestedEpoch` and the offset after its last record, for
   * OffsetForLeaderEpoch. Returns -1 and -1 for an epoch newer than all known epochs.
   */
  endOffsetFor(requestedEpoch: number, logEndOffset: number): EpochEndOffset {
    if (requestedEpoch >= 0 && requestedEpoch === this.latestEpoch) {
      return { epoch: requestedEpoch, endOffset: logEndOffset }
    }
    const higher = this.#entries.find(({ epoch }) => epoch > requestedEpoch)
    if (requestedEpoch < 0 || higher === undefined) return { epoch: -1, endOffset: -1 }
    const floor = this.#entries.findLast(({ epoch }) => epoch <= requestedEpoch)
    return { epoch: floor?.epoch ?? requestedEpoch, endOffset: higher.startOffset }
  }

  /** Removes the epochs that begin at or after the new end of the log. */
  truncateFromEnd(endOffset: number): void {
    this.noteEnd(endOffset)
    this.writeNoted()
  }

  /** As {@link truncateFromEnd}, without writing the file. */
  noteEnd(endOffset: number): void {
    const kept = this.#entries.filter(({ startOffset }) => startOffset < endOffset)
    if (kept.length === this.#entries.length) return
    this.#entries = kept
    this.#isUnwritten = true
  }

  /**
   * Removes the epochs that end before the new start of the log. The epoch that contains the start
   * begins there.
   */
  truncateFromStart(startOffset: number): void {
    this.noteStart(startOffset)
    this.writeNoted()
  }

  /** As {@link truncateFromStart}, without writing the file. */
  noteStart(startOffset: number): void {
    const current = this.#entries.findLastIndex((entry) => entry.startOffset <= startOffset)
    if (current < 0) return
    const { epoch, startOffset: oldStart } = this.#entries[current]!
    if (current === 0 && oldStart === startOffset) return
    this.#entries = [{ epoch, startOffset }, ...this.#entries.slice(current + 1)]
    this.#isUnwritten = true
  }

  clear(): void {
    if (this.#entries.length === 0) return
    this.#entries = []
    this.#write()
  }

  /** Writes the file after the directory was created. */
  writeIfAny(): void {
    if (this.#entries.length > 0) this.#write()
  }

  get #path(): string {
    return join(this.#directory, FILE_NAME)
  }

  /** Does nothing if the directory does not exist. */
  #write(): void {
    this.#isUnwritten = false
    if (!this.#fileSystem.isDirectory(this.#directory)) return
    const lines = this.#entries.map(({ epoch, startOffset }) => `${epoch} ${startOffset}`)
    const durability = this.#writeLater === undefined ? this.#durability : 'pageCache'
    writeCheckpoint(this.#fileSystem, this.#path, lines, durability)
    if (this.#durability === 'synced') this.#writeLater?.(this.#path)
  }
}
