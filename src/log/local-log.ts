import type { Uuid } from '../platform/uuid.ts'
import { writePartitionMetadata } from './directory/partition-metadata.ts'
import type { LogConfig } from './log-config.ts'
import type { LogEnvironment } from './log-environment.ts'
import { removeSegmentFiles } from './log-loader.ts'
import { LogSegment } from './segment.ts'
import type { LogSegments } from './segments.ts'

/** Which log this is. */
export interface LogIdentity {
  readonly topic: string
  readonly partition: number
  readonly topicId: Uuid
}

/** What a {@link LocalLog} begins with. */
export interface LocalLogState {
  readonly directory: string
  readonly segments: LogSegments
  /** Everything below is on the disk. */
  readonly recoveryPoint: number
}

/**
 * A partition's segments and their files, from the making of the directory to the removal of the last file (Kafka's `LocalLog`). It
 * knows nothing of replication, epochs and producers; the caller keeps those in step.
 */
export class LocalLog {
  readonly directory: string
  readonly segments: LogSegments
  readonly #identity: LogIdentity
  readonly #environment: LogEnvironment
  #config: LogConfig
  #recoveryPoint: number
  #lastFlushMs: number
  #isOnDisk: boolean

  constructor(
    identity: LogIdentity,
    config: LogConfig,
    environment: LogEnvironment,
    { directory, segments, recoveryPoint }: LocalLogState,
  ) {
    this.directory = directory
    this.segments = segments
    this.#identity = identity
    this.#environment = environment
    this.#config = config
    this.#recoveryPoint = recoveryPoint
    this.#lastFlushMs = environment.clock.now()
    this.#isOnDisk = environment.fileSystem.isDirectory(directory)
  }

  /** `orders-3` */
  get name(): string {
    return `${this.#identity.topic}-${this.#identity.partition}`
  }

  get config(): LogConfig {
    return this.#config
  }

  /** The offset of the next record. */
  get logEndOffset(): number {
    return this.segments.active.nextOffset
  }

  /** Everything below is on the disk. */
  get recoveryPoint(): number {
    return this.#recoveryPoint
  }

  /** When the log was last flushed up to its end, or opened. */
  get lastFlushMs(): number {
    return this.#lastFlushMs
  }

  /** Whether there is a directory; an idle partition has none. */
  get isOnDisk(): boolean {
    return this.#isOnDisk
  }

  updateConfig(config: LogConfig): void {
    this.#config = config
  }

  /** Kafka makes the directory with the replica; here an idle partition leaves no trace. True when it was made. */
  makeDirectory(): boolean {
    if (this.#isOnDisk) return false
    const { fileSystem, durability } = this.#environment
    fileSystem.makeDirectory(this.directory)
    writePartitionMetadata(fileSystem, this.directory, this.#identity.topicId, durability)
    this.#isOnDisk = true
    return true
  }

  /** Appends whole batches whose offsets are assigned to the active segment. Nothing has changed when it throws. */
  append(records: Uint8Array): void {
    this.segments.active.append(records, this.#config)
  }

  /** Seals the active segment and begins one at `baseOffset`. False when the active one begins there and is empty. */
  roll(baseOffset: number): boolean {
    const sealed = this.segments.active
    if (sealed.baseOffset === baseOffset) {
      if (sealed.sizeInBytes > 0) {
        throw new Error(`${this.name}: segment ${baseOffset} is not empty`)
      }
      return false
    }
    sealed.writeIndexes(false)
    const segment = this.#newSegment(baseOffset)
    this.segments.add(segment)
    segment.createFile()
    return true
  }

  /** Brings the files of everything below `offset` up to date, and to the disk unless the directory is temporary. True when that had to be done. */
  flush(offset: number): boolean {
    if (this.#recoveryPoint >= offset) return false
    const sync = this.#environment.durability === 'synced'
    for (const segment of this.segments.from(this.#recoveryPoint)) {
      if (segment.baseOffset >= offset) break
      if (sync) segment.sync()
      segment.writeIndexes(sync)
    }
    this.#recoveryPoint = offset
    this.#lastFlushMs = this.#environment.clock.now()
    return true
  }

  /** Drops the batches from the one that holds `offset` on. */
  truncateTo(offset: number): void {
    for (const segment of this.segments.removeAbove(offset)) this.#removeSegment(segment)
    this.segments.active.truncateTo(offset)
    this.#recoveryPoint = Math.min(this.#recoveryPoint, this.logEndOffset)
  }

  /** Drops everything and goes on at `offset`. */
  truncateFullyAndStartAt(offset: number): void {
    for (const segment of this.segments.all) this.#removeSegment(segment)
    const segment = this.#newSegment(offset)
    this.segments.replaceAll(segment)
    segment.createFile()
    this.#recoveryPoint = Math.min(this.#recoveryPoint, offset)
  }

  /** Lets go of the files without writing anything. */
  closeFiles(): void {
    for (const segment of this.segments.all) segment.close()
  }

  #newSegment(baseOffset: number): LogSegment {
    return new LogSegment(this.#environment, this.directory, baseOffset, this.#config)
  }

  #removeSegment(segment: LogSegment): void {
    segment.close()
    removeSegmentFiles(this.#environment, this.directory, segment.baseOffset)
  }
}
