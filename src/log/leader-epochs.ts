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

/** Takes a file that is to be written and forced to the disk in the background (`BackgroundSyncs.add`). */
export type WriteLater = (path: string, write?: () => void) => void

/**
 * Where each leader's epoch begins in the log (Kafka's `LeaderEpochFileCache`), kept in `leader-epoch-checkpoint`.
 *
 * The file may be behind, as in Kafka: a restart drops epochs beyond the end or before the start of the log, and finds those of
 * batches above the recovery point in the batches. So whatever moves the recovery point has to wait for the file.
 */
export class LeaderEpochs {
  readonly #fileSystem: FileSystem
  readonly #directory: string
  readonly #durability: Durability
  /** Epochs and start offsets both ascend. */
  #entries: EpochEntry[] = []
  readonly #writeLater: WriteLater | undefined
  #isUnwritten = false

  /** @param writeLater brings the file to the disk in the background; default: it is synced whenever it is written */
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

  /** Reads the file; false when it is not there, or has nothing in it. @throws Error when it is malformed */
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

  /** -1 when there is none. */
  get latestEpoch(): number {
    return this.#entries.at(-1)?.epoch ?? -1
  }

  get entries(): readonly EpochEntry[] {
    return this.#entries
  }

  /** The epoch that `offset` was or would be written in; -1 when it is before all that is known. */
  epochForOffset(offset: number): number {
    return this.#entries.findLast(({ startOffset }) => startOffset <= offset)?.epoch ?? -1
  }

  /** Notes that `epoch` begins at `startOffset`; what contradicts it is forgotten. */
  assign(epoch: number, startOffset: number): void {
    this.note(epoch, startOffset)
    this.writeNoted()
  }

  /** As {@link assign}, but without the file: while epochs are built anew it must not hold some of them only. */
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

  /** Writes the file if something has changed since. */
  writeNoted(): void {
    if (this.#isUnwritten) this.#write()
  }

  /** As {@link writeNoted}, in the background, but before the log's recovery point moves. There must be a directory. */
  writeNotedLater(): void {
    if (!this.#isUnwritten) return
    const writeLater = this.#durability === 'synced' ? this.#writeLater : undefined
    if (writeLater === undefined) this.#write()
    else writeLater(this.#path, () => this.writeNoted())
  }

  /** Leaves the file alone from now on: it is not this log's any more, or the disk has failed. */
  abandon(): void {
    this.#isUnwritten = false
  }

  /**
   * The largest epoch not above `requestedEpoch` and the offset after its last record, for OffsetForLeaderEpoch.
   * -1 and -1 for an epoch that is newer than all that is known here.
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

  /** Forgets epochs that begin at or after `endOffset`, since the log ends there now. */
  truncateFromEnd(endOffset: number): void {
    this.noteEnd(endOffset)
    this.writeNoted()
  }

  /** As {@link truncateFromEnd}, but without the file. */
  noteEnd(endOffset: number): void {
    const kept = this.#entries.filter(({ startOffset }) => startOffset < endOffset)
    if (kept.length === this.#entries.length) return
    this.#entries = kept
    this.#isUnwritten = true
  }

  /** Forgets epochs that end before `startOffset`, since the log starts there now; the one it lies in starts with it. */
  truncateFromStart(startOffset: number): void {
    this.noteStart(startOffset)
    this.writeNoted()
  }

  /** As {@link truncateFromStart}, but without the file. */
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

  /** Writes the file where the directory has been made since. */
  writeIfAny(): void {
    if (this.#entries.length > 0) this.#write()
  }

  get #path(): string {
    return join(this.#directory, FILE_NAME)
  }

  /** Nothing happens when there is no directory. */
  #write(): void {
    this.#isUnwritten = false
    if (!this.#fileSystem.isDirectory(this.#directory)) return
    const lines = this.#entries.map(({ epoch, startOffset }) => `${epoch} ${startOffset}`)
    const durability = this.#writeLater === undefined ? this.#durability : 'pageCache'
    writeCheckpoint(this.#fileSystem, this.#path, lines, durability)
    if (this.#durability === 'synced') this.#writeLater?.(this.#path)
  }
}
