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

/** Returns the offset to write for a log, or undefined if it can be omitted. */
const offsetOf: Readonly<Record<OffsetCheckpointKind, (log: Log) => number | undefined>> = {
  recoveryPoint: (log) => log.durability.recoveryPoint,
  logStartOffset: ({ logStartOffset, files }) =>
    logStartOffset > files.segments[0]!.baseOffset ? logStartOffset : undefined,
  highWatermark: (log) => log.highWatermark,
}

/** The checkpoint files of a log directory, with the offsets of all logs, open or not. */
export class OffsetCheckpoints {
  readonly #environment: Pick<LogEnvironment, 'fileSystem' | 'durability' | 'onWarning'>
  readonly #directory: string
  readonly #offsets: Readonly<Record<OffsetCheckpointKind, OffsetCheckpoint>>

  /**
   * Reads the files. Ignores a malformed file: its logs are only opened more slowly.
   *
   * @param areExpected whether the files must exist, because partitions were closed here cleanly
   * @throws the error of the operating system
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

  /** Returns the offsets of a log. */
  of(topic: string, partition: number): Readonly<Record<OffsetCheckpointKind, number>> {
    const key = checkpointKey(topic, partition)
    return {
      recoveryPoint: this.#offsets.recoveryPoint.get(key) ?? 0,
      logStartOffset: this.#offsets.logStartOffset.get(key) ?? 0,
      highWatermark: this.#offsets.highWatermark.get(key) ?? 0,
    }
  }

  /** Removes the offsets of a deleted partition. */
  forget(topic: string, partition: number): void {
    for (const kind of kinds) this.#offsets[kind].delete(checkpointKey(topic, partition))
  }

  /** Writes one file with the offsets of these logs, and the known offsets of the others. */
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
        onWarning(`continues without a checkpoint: ${path} is missing or empty`)
      }
      return offsets
    } catch (error) {
      if (isStorageError(error)) throw error
      onWarning(`continues without a checkpoint: ${String(error)}`)
      return new Map()
    }
  }

  #pathOf(kind: OffsetCheckpointKind): string {
    return join(this.#directory, fileNames[kind])
  }
}

/** Returns whether even the header is missing, which a file without offsets has. */
function isEmpty(fileSystem: FileSystem, path: string): boolean {
  return (readFileIfThere(fileSystem, path)?.length ?? 0) === 0
}
