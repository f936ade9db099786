import type { Log } from '../../src/log/log.ts'
import type { LogSegment } from '../../src/log/segment/segment.ts'
import { FaultyFileSystem, type FileOperation } from '../support/disk/faulty-file-system.ts'
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts'
import { append, batchOf, LogKit, readAll } from './log-kit.ts'

/** The timestamp of the first record. The others follow every millisecond. */
export const start = Date.UTC(2026, 0, 1)

/**
 * Writes four inactive segments of two records each and an active one, with everything on the disk
 * that a flush writes.
 */
export function filled(log: Log): void {
  for (let i = 0; i < 9; i++) {
    if (i > 0 && i % 2 === 0) log.files.roll()
    append(log, [`${i}`], { timestamp: start + i, epoch: i >> 2 })
  }
  log.durability.flush()
}

/**
 * Writes two segments with the offsets 1, 2 and 6, as a cleaner would make them from the inactive
 * ones.
 */
export function cleanedOf(log: Log): LogSegment[] {
  return [
    { baseOffset: 0, offsets: [1, 2] },
    { baseOffset: 4, offsets: [6] },
  ].map(({ baseOffset, offsets }) => {
    const segment = log.files.newCleanedSegment(baseOffset)
    for (const offset of offsets) {
      const partitionLeaderEpoch = offset >> 2
      const options = { baseOffset: offset, partitionLeaderEpoch, timestamp: start + offset }
      segment.append(batchOf([`${offset}`], options))
    }
    segment.becomeInactive()
    segment.flush()
    return segment
  })
}

/** Cleans the inactive segments and replaces them. */
export function replaceSealed(log: Log): void {
  log.files.replaceSegments(cleanedOf(log), log.files.segments.slice(0, -1))
}

/** Returns the values of all records, in order. */
export const valuesOf = (log: Log) => readAll(log).map(([, value]) => value)
/** Returns the files of unfinished steps. */
export const left = (kit: LogKit) =>
  kit.files().filter((name) => /\.(cleaned|swap|deleted)$/.test(name))

/**
 * Prepares a filled log and acts on it with a broker that dies at its nth file operation. Returns
 * whether it died, or completed before.
 */
export function dieAt(
  operation: number,
  memory: MemoryFileSystem,
  prepare: (log: Log) => () => void,
): boolean {
  const faulty = new FaultyFileSystem(memory)
  const log = new LogKit({ fileSystem: faulty }).log()
  filled(log)
  const act = prepare(log)
  faulty.inject({ code: 'killed', operations: changes, skip: operation, times: 1 })
  try {
    act()
  } catch (error) {
    if (!faulty.isDead) throw error
  }
  const hasDied = faulty.isDead
  faulty.kill()
  return hasDied
}

/** {@link dieAt} during a replacement of segments, when the new ones are complete on the disk. */
export function dieReplacing(operation: number, memory: MemoryFileSystem): boolean {
  return dieAt(operation, memory, (log) => {
    const cleaned = cleanedOf(log)
    return () => log.files.replaceSegments(cleaned, log.files.segments.slice(0, -1))
  })
}

/** Returns another file system with the same files. */
export function copyOf(source: MemoryFileSystem): MemoryFileSystem {
  const copy = new MemoryFileSystem()
  const copyInto = (directory: string) => {
    copy.makeDirectory(directory)
    for (const name of source.list(directory)) {
      const path = `${directory}/${name}`
      if (source.isDirectory(path)) copyInto(path)
      else copy.writeFile(path, source.readFile(path))
    }
  }
  copyInto('/data')
  return copy
}

/** All other operations leave the disk unchanged. */
const changes: FileOperation[] = ['create', 'write', 'truncate', 'rename', 'remove']

/**
 * Opens the result of a crash with a broker that dies when it renames or removes its nth file.
 * Returns whether it died.
 */
export function dieStarting(operation: number, memory: MemoryFileSystem): boolean {
  const faulty = new FaultyFileSystem(memory)
  const kit = new LogKit({ fileSystem: faulty })
  faulty.inject({ code: 'killed', operations: ['rename', 'remove'], skip: operation, times: 1 })
  try {
    kit.log()
  } catch (error) {
    if (!faulty.isDead) throw error
  }
  const hasDied = faulty.isDead
  faulty.kill()
  return hasDied
}
