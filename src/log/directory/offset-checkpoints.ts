import { join } from 'node:path'
import type { FileSystem } from '../../platform/file-system.ts'
import type { Log } from '../log.ts'
import type { LogEnvironment, OffsetCheckpointKind } from '../log-environment.ts'
import { isStorageError } from '../storage-guard.ts'
import {
  checkpointKey,
  type OffsetCheckpoint,
  readOffsetCheckpoint,
  writeOffsetCheckpoint,
} from '../files/checkpoint-file.ts'
import { readFileIfThere } from '../files/small-file.ts'

const fileNames: Readonly<Record<OffsetCheckpointKind, string>> = {
  recoveryPoint: 'recovery-point-offset-checkpoint',
  logStartOffset: 'log-start-offset-checkpoint',
  highWatermark: 'replication-offset-checkpoint',
}

const kinds = Object.keys(fileNames) as OffsetCheckpointKind[]

/** What is written down of a log; `undefined` when that can be done without. */
const offsetOf: Readonly<Record<OffsetCheckpointKind, (log: Log) => number | undefined>> = {
  recoveryPoint: (log) => log.durability.recoveryPoint,
  logStartOffset: ({ logStartOffset, files }) =>
    logStartOffset > files.segments[0]!.baseOffset ? logStartOffset : undefined,
  highWatermark: (log) => log.highWatermark,
}

/** The checkpoint files of a log directory that hold offsets of all its logs, those that are not open included. */
export class OffsetCheckpoints {
  readonly #environment: Pick<LogEnvironment, 'fileSystem' | 'durability' | 'onWarning'>
  readonly #directory: string
  readonly #offsets: Readonly<Record<OffsetCheckpointKind, OffsetCheckpoint>>

  /**
   * Reads the files; throws what the disk throws. One that is not what it should be is done without: logs are only opened more slowly.
   *
   * @param areExpected whether partitions were closed here cleanly, so that the files have to be there
   */
  constructor(
    environment: Pick<LogEnvironment, 'fileSystem' | 'durability' | 'onWarning'>,
    directory: string,
    areExpected: boolean,
  ) {
    this.#environment = environment
    this.#directory = directory
    this.#offsets = {
      recoveryPoint: this.#read('recoveryPoint', areExpected),
      logStartOffset: this.#read('logStartOffset', areExpected),
      highWatermark: this.#read('highWatermark', areExpected),
    }
  }

  /** What is known of a log. */
  of(topic: string, partition: number): Readonly<Record<OffsetCheckpointKind, number>> {
    const key = checkpointKey(topic, partition)
    return {
      recoveryPoint: this.#offsets.recoveryPoint.get(key) ?? 0,
      logStartOffset: this.#offsets.logStartOffset.get(key) ?? 0,
      highWatermark: this.#offsets.highWatermark.get(key) ?? 0,
    }
  }

  /** The partition is gone. */
  forget(topic: string, partition: number): void {
    for (const kind of kinds) this.#offsets[kind].delete(checkpointKey(topic, partition))
  }

  /** Writes one file anew: where these logs are; what is known of the others stays. */
  write(kind: OffsetCheckpointKind, logs: Iterable<Log>): void {
    const offsets = this.#offsets[kind]
    for (const log of logs) {
      if (!log.files.isOnDisk) continue
      const key = checkpointKey(log.topic, log.partition)
      const offset = offsetOf[kind](log)
      if (offset === undefined) offsets.delete(key)
      else offsets.set(key, offset)
    }
    const { fileSystem, durability } = this.#environment
    writeOffsetCheckpoint(fileSystem, this.#pathOf(kind), offsets, durability)
  }

  #read(kind: OffsetCheckpointKind, isExpected: boolean): OffsetCheckpoint {
    const { fileSystem, onWarning } = this.#environment
    const path = this.#pathOf(kind)
    try {
      const offsets = readOffsetCheckpoint(fileSystem, path)
      if (isExpected && offsets.size === 0 && isEmpty(fileSystem, path)) {
        onWarning(`done without a checkpoint: ${path} is missing or empty`)
      }
      return offsets
    } catch (error) {
      if (isStorageError(error)) throw error
      onWarning(`done without a checkpoint: ${String(error)}`)
      return new Map()
    }
  }

  #pathOf(kind: OffsetCheckpointKind): string {
    return join(this.#directory, fileNames[kind])
  }
}

/** Not even the header is there, which a file that holds no offsets has. */
function isEmpty(fileSystem: FileSystem, path: string): boolean {
  return (readFileIfThere(fileSystem, path)?.length ?? 0) === 0
}
