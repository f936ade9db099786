import type { FileSystem } from '../../platform/file-system.ts'
import { type Durability, readTextFile, replaceFile } from './small-file.ts'

const VERSION = '0'

/**
 * Reads a text file of Kafka with a version, a count and that many lines (`CheckpointFile`).
 *
 * @returns the lines, split at spaces; `[]` if the file is missing or empty
 * @throws Error if the version is unknown or the lines are malformed
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
 * @param path the path of the file, for messages
 */
export function parseCheckpoint(text: string, path: string, fieldsPerLine: number): string[][] {
  if (text === '') return []
  // A power failure may truncate a number, which still looks like a number.
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

/**
 * Offsets by `topic partition`, as in `recovery-point-offset-checkpoint` (Kafka's
 * `OffsetCheckpointFile`).
 */
export type OffsetCheckpoint = Map<string, number>

/** Returns the key of a partition in an {@link OffsetCheckpoint}. */
export function checkpointKey(topic: string, partition: number): string {
  return `${topic} ${partition}`
}

/**
 * Reads a file of offsets.
 *
 * @throws Error as {@link readCheckpoint} does
 */
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
