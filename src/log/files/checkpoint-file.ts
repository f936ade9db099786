import type { FileSystem } from '../../platform/file-system.ts'
import { type Durability, readTextFile, replaceFile } from './small-file.ts'

const VERSION = '0'

/**
 * Kafka's text files of a version, a count and as many lines (`CheckpointFile`).
 *
 * @returns the lines split at spaces, `[]` when the file is not there or was made and never written
 * @throws Error when the file is of another version or its lines are not what it says
 */
export function readCheckpoint(
  fileSystem: FileSystem,
  path: string,
  fieldsPerLine: number,
): string[][] {
  return parseCheckpoint(readTextFile(fileSystem, path) ?? '', path, fieldsPerLine)
}

/**
 * Returns the lines of a checkpoint file's text, as {@link readCheckpoint} does.
 *
 * @param path of the file, for messages
 */
export function parseCheckpoint(text: string, path: string, fieldsPerLine: number): string[][] {
  if (text === '') return []
  // A power failure may leave the beginning of a number, which looks like one.
  if (!text.endsWith('\n')) throw new Error(`${path} is cut off`)
  const [version, count, ...rest] = text.split('\n')
  if (version !== VERSION) throw new Error(`${path} has the unknown version '${version}'`)
  const lines = rest.filter((line) => line !== '').map((line) => line.split(/\s+/))
  if (!/^\d+$/.test(count!) || Number(count) !== lines.length) {
    throw new Error(`${path} has ${lines.length} lines instead of ${count}`)
  }
  const malformed = lines.find((fields) => fields.length !== fieldsPerLine)
  if (malformed !== undefined)
    throw new Error(`${path} has a malformed line: ${malformed.join(' ')}`)
  return lines
}

/** Replaces the file by these lines. */
export function writeCheckpoint(
  fileSystem: FileSystem,
  path: string,
  lines: readonly string[],
  durability: Durability,
): void {
  const text = [VERSION, lines.length, ...lines].join('\n') + '\n'
  replaceFile(fileSystem, path, text, durability)
}

/** `topic partition` to offset, as in `recovery-point-offset-checkpoint` and its like (Kafka's `OffsetCheckpointFile`). */
export type OffsetCheckpoint = Map<string, number>

/** The key of a partition in an {@link OffsetCheckpoint}. */
export function checkpointKey(topic: string, partition: number): string {
  return `${topic} ${partition}`
}

/** @throws Error as {@link readCheckpoint} does */
export function readOffsetCheckpoint(fileSystem: FileSystem, path: string): OffsetCheckpoint {
  const offsets: OffsetCheckpoint = new Map()
  for (const [topic, partition, offset] of readCheckpoint(fileSystem, path, 3)) {
    if (!/^\d+$/.test(partition!) || !/^\d+$/.test(offset!)) {
      throw new Error(`${path} has the offset '${offset}' for ${topic}-${partition}`)
    }
    offsets.set(checkpointKey(topic!, Number(partition)), Number(offset))
  }
  return offsets
}

/** Replaces the file by these offsets. */
export function writeOffsetCheckpoint(
  fileSystem: FileSystem,
  path: string,
  offsets: OffsetCheckpoint,
  durability: Durability,
): void {
  const lines = [...offsets].map(([key, offset]) => `${key} ${offset}`)
  writeCheckpoint(fileSystem, path, lines, durability)
}
