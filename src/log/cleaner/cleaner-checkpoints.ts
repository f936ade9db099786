import { dirname, join } from 'node:path'
import type { FileSystem } from '../../platform/file-system.ts'
import {
  checkpointKey,
  type OffsetCheckpoint,
  readOffsetCheckpoint,
  writeOffsetCheckpoint,
} from '../files/checkpoint-file.ts'
import type { Durability } from '../files/small-file.ts'

const CLEANER_CHECKPOINT_FILE = 'cleaner-offset-checkpoint'

export interface CleanerCheckpointsOptions {
  readonly fileSystem: FileSystem
  readonly durability: Durability
  /** Called for each file that cannot be read. */
  readonly onWarning: (message: string) => void
}

/** A partition, open or not. */
export interface CleanedPartition {
  readonly topic: string
  readonly partition: number
  /** The partition's directory in the log directory with the file. */
  readonly directory: string
}

/**
 * The offsets up to which logs are clean, in the `cleaner-offset-checkpoint` of each log directory.
 * Read at the first use.
 */
export class CleanerCheckpoints {
  readonly #options: CleanerCheckpointsOptions
  /** By path of the log directory. */
  readonly #offsets = new Map<string, OffsetCheckpoint>()

  constructor(options: CleanerCheckpointsOptions) {
    this.#options = options
  }

  /** Returns the offset after the last cleaned one, or undefined if the log was never cleaned. */
  get({ directory, topic, partition }: CleanedPartition): number | undefined {
    return this.#in(dirname(directory)).get(checkpointKey(topic, partition))
  }

  /**
   * Sets an offset and writes the file.
   *
   * @throws the error of the operating system
   */
  set({ directory, topic, partition }: CleanedPartition, offset: number): void {
    const path = dirname(directory)
    this.#in(path).set(checkpointKey(topic, partition), offset)
    this.#write(path)
  }

  /** Removes a deleted log. Throws as {@link set} does. */
  remove({ directory, topic, partition }: CleanedPartition): void {
    const path = dirname(directory)
    if (this.#in(path).delete(checkpointKey(topic, partition))) this.#write(path)
  }

  #in(path: string): OffsetCheckpoint {
    let offsets = this.#offsets.get(path)
    if (offsets === undefined) {
      offsets = this.#read(join(path, CLEANER_CHECKPOINT_FILE))
      this.#offsets.set(path, offsets)
    }
    return offsets
  }

  /** Reads the file. Without it, logs are cleaned from their start. */
  #read(file: string): OffsetCheckpoint {
    try {
      return readOffsetCheckpoint(this.#options.fileSystem, file)
    } catch (error) {
      this.#options.onWarning(`continues without a checkpoint: ${String(error)}`)
      return new Map()
    }
  }

  #write(path: string): void {
    const { fileSystem, durability } = this.#options
    const file = join(path, CLEANER_CHECKPOINT_FILE)
    writeOffsetCheckpoint(fileSystem, file, this.#in(path), durability)
  }
}
