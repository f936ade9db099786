import type { Log } from '../../src/log/log.ts'
import type { LogSegment } from '../../src/log/segment/segment.ts'
import { FaultyFileSystem, type FileOperation } from '../support/disk/faulty-file-system.ts'
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts'
import { append, batchOf, LogKit, readAll } from './log-kit.ts'

/** When the first record was produced; the others follow every millisecond. */
export const start = Date.UTC(2026, 0, 1)

/** Four sealed segments of two records each and an active one, with everything on the disk that a flush brings there. */
export function filled(log: Log): void {
  for (let i = 0; i < 9; i++) {
    if (i > 0 && i % 2 === 0) log.roll()
    append(log, [`${i}`], { timestamp: start + i, epoch: i >> 2 })
  }
  log.flush()
}

/** Two segments that hold but the offsets 1, 2 and 6, as if a cleaner had made them of the sealed ones. */
export function cleanedOf(log: Log): LogSegment[] {
  return [
    { baseOffset: 0, offsets: [1, 2] },
    { baseOffset: 4, offsets: [6] },
  ].map(({ baseOffset, offsets }) => {
    const segment = log.newCleanedSegment(baseOffset)
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

/** Cleans the sealed segments, and puts what came out in their place. */
export function replaceSealed(log: Log): void {
  log.replaceSegments(cleanedOf(log), log.segments.slice(0, -1))
}

/** The values of all records, in their order. */
export const valuesOf = (log: Log) => readAll(log).map(([, value]) => value)
/** Files that are on their way in or out. */
export const left = (kit: LogKit) =>
  kit.files().filter((name) => /\.(cleaned|swap|deleted)$/.test(name))

/**
 * Prepares a filled log, then acts on it with a broker that dies at the nth operation on a file. Returns whether it died, or got through
 * before.
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

/** {@link dieAt} while segments are replaced, the new ones being whole on the disk. */
export function dieReplacing(operation: number, memory: MemoryFileSystem): boolean {
  return dieAt(operation, memory, (log) => {
    const cleaned = cleanedOf(log)
    return () => log.replaceSegments(cleaned, log.segments.slice(0, -1))
  })
}

/** Another file system with the same files. */
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

/** Between two of the others nothing on the disk is different. */
const changes: FileOperation[] = ['create', 'write', 'truncate', 'rename', 'remove']

/** Opens what a crash left, with a broker that dies again when it renames or removes its nth file. Returns whether it died. */
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
