import { join } from 'node:path'
import type { LogConfig } from './log-config.ts'
import type { LogEnvironment } from './log-environment.ts'
import { offsetOfFileName, SegmentFile } from './log-file-names.ts'
import { LogSegment } from './segment/segment.ts'

const SWAP = '.swap'

/**
 * Completes or undoes an interrupted replacement of segments (of Kafka's `LogLoader`). If all
 * cleaned segments have the suffix `.swap`, they replace the segments that they were made from;
 * otherwise they are removed. Also removes files with the suffix `.deleted`. Returns the names in
 * the directory after that.
 */
export function completeSwaps(
  environment: LogEnvironment,
  directory: string,
  config: LogConfig,
): string[] {
  const { fileSystem, durability } = environment
  const names = fileSystem.list(directory)
  if (!names.some(isTemporary)) return names
  const swaps = removeTemporaryFiles(environment, directory, names)
  if (swaps.length === 0) return fileSystem.list(directory)
  removeReplaced(environment, directory, config, swaps)
  const logsFirst = swaps.toSorted((a, b) => Number(isLogSwap(b)) - Number(isLogSwap(a)))
  for (const name of logsFirst) {
    environment.onWarning(`completed the replacement of segments by ${join(directory, name)}`)
    fileSystem.rename(join(directory, name), join(directory, name.slice(0, -SWAP.length)))
  }
  if (durability === 'synced') fileSystem.syncDirectory(directory)
  return fileSystem.list(directory)
}

function isTemporary(name: string): boolean {
  return ['.deleted', '.tmp', '.cleaned', SWAP].some((suffix) => name.endsWith(suffix))
}

/**
 * Removes `.cleaned` and `.deleted` files, and first each `.swap` at or above a `.cleaned`: it is
 * one of several that were not all renamed. Returns the other names.
 */
function removeTemporaryFiles(
  { fileSystem }: LogEnvironment,
  directory: string,
  names: readonly string[],
): string[] {
  const remove = (name: string) => fileSystem.remove(join(directory, name))
  names.filter((name) => name.endsWith('.deleted') || name.endsWith('.tmp')).forEach(remove)
  const cleaned = names.filter((name) => name.endsWith('.cleaned'))
  const minCleanedOffset = Math.min(...cleaned.map(offsetOf))
  const isUndone = (name: string) => offsetOf(name) >= minCleanedOffset
  const swaps = names.filter((name) => name.endsWith(SWAP))
  swaps.filter(isUndone).forEach(remove)
  cleaned.forEach(remove)
  return swaps.filter((name) => !isUndone(name))
}

/** Removes the files of the segments whose records are in the swapped ones. */
function removeReplaced(
  environment: LogEnvironment,
  directory: string,
  config: LogConfig,
  swaps: readonly string[],
): void {
  const { fileSystem, onWarning } = environment
  const segments = swaps
    .filter(isLogSwap)
    .map((name) => new LogSegment(environment, directory, offsetOf(name), config, SWAP))
  const from = Math.min(...segments.map(({ baseOffset }) => baseOffset))
  const to = Math.max(...segments.map(endOffsetOf))
  for (const name of fileSystem.list(directory)) {
    const offset = offsetOf(name)
    if (name.endsWith(SWAP) || !(offset >= from && offset < to)) continue
    onWarning(`removed ${join(directory, name)}, which was compacted`)
    fileSystem.remove(join(directory, name))
  }
}

function endOffsetOf(segment: LogSegment): number {
  try {
    segment.load()
    return segment.nextOffset
  } finally {
    segment.close()
  }
}

function isLogSwap(name: string): boolean {
  return offsetOfFileName(name.slice(0, -SWAP.length), SegmentFile.Log) !== undefined
}

/** Returns `NaN` for files that do not belong to a segment. */
function offsetOf(name: string): number {
  return Number.parseInt(/^\d{1,20}(?=\.)/.exec(name)?.[0] ?? '', 10)
}
