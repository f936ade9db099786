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
  /** Told of a file that cannot be read and is done without. */
  readonly onWarning: (message: string) => void
}

/** Which log it is about, whether it is open or not. */
export interface CleanedPartition {
  readonly topic: string
  readonly partition: number
  /** The partition's own, in the log directory that holds the file. */
  readonly directory: string
}

/** Up to where logs are clean, in the `cleaner-offset-checkpoint` of each log directory. Read when first asked for. */
export class CleanerCheckpoints {
  readonly #options: CleanerCheckpointsOptions
  /** By the path of the log directory. */
  readonly #offsets = new Map<string, OffsetCheckpoint>()

  constructor(options: CleanerCheckpointsOptions) {
    this.#options = options
  }

  /** The offset after the last one that was cleaned; undefined when the log never was. */
  get({ directory, topic, partition }: CleanedPartition): number | undefined {
    return this.#in(dirname(directory)).get(checkpointKey(topic, partition))
  }

  /** Writes the file. Throws the error of the system when that fails. */
  set({ directory, topic, partition }: CleanedPartition, offset: number): void {
    const path = dirname(directory)
    this.#in(path).set(checkpointKey(topic, partition), offset)
    this.#write(path)
  }

  /** Forgets a log that is deleted. Throws as {@link set} does. */
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

  /** Without it the logs are cleaned from their beginning. */
  #read(file: string): OffsetCheckpoint {
    try {
      return readOffsetCheckpoint(this.#options.fileSystem, file)
    } catch (error) {
      this.#options.onWarning(`done without a checkpoint: ${String(error)}`)
      return new Map()
    }
  }

  #write(path: string): void {
    const { fileSystem, durability } = this.#options
    const file = join(path, CLEANER_CHECKPOINT_FILE)
    writeOffsetCheckpoint(fileSystem, file, this.#in(path), durability)
  }
}
