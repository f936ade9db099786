import { basename, join } from 'node:path'
import type { FileSystem } from '../platform/file-system.ts'
import { errorCodeOf, systemError } from '../platform/system-error.ts'
import { dumpFileOf, partitionOf } from './dump-file.ts'
import type { DumpFile } from './dump-file.ts'

/** The result of {@link findFiles}. */
export interface FoundFiles {
  readonly files: readonly DumpFile[]
  /** Paths that were named and are not files of Kafka. */
  readonly unknown: readonly string[]
  /** Directories that the operating system did not allow to be read. */
  readonly unreadable: readonly string[]
}

/**
 * Returns the files to dump: named files; for a partition's directory its files; for a data
 * directory its files and those of its partitions; for a data directory of Odradek those of its
 * brokers. They are ordered by name, and partitions by number.
 *
 * @throws Error with code `ENOENT` if a path does not exist
 */
export function findFiles(fileSystem: FileSystem, paths: readonly string[]): FoundFiles {
  const search = new Search(fileSystem)
  const files: DumpFile[] = []
  const unknown: string[] = []
  for (const path of paths) {
    if (search.isDirectory(path)) {
      files.push(...search.filesIn(path))
      continue
    }
    if (search.unreadable.includes(path)) continue
    if (!fileSystem.exists(path)) throw systemError('ENOENT', `there is no ${path}`)
    const file = dumpFileOf(path)
    if (file === undefined) unknown.push(path)
    else files.push(file)
  }
  return { files, unknown, unreadable: search.unreadable }
}

/** Searches directories. If one cannot be read, the others are searched anyway. */
class Search {
  readonly unreadable: string[] = []
  readonly #fileSystem: FileSystem

  constructor(fileSystem: FileSystem) {
    this.#fileSystem = fileSystem
  }

  isDirectory(path: string): boolean {
    return this.#attempt(path, () => this.#fileSystem.isDirectory(path), false)
  }

  filesIn(directory: string): DumpFile[] {
    const paths = this.#list(directory)
    const directories = paths.filter((path) => this.isDirectory(path))
    const partitions = directories.filter((path) => partitionOf(path) !== undefined)
    return [
      ...ownFiles(paths),
      ...partitions.sort(byTopicAndNumber).flatMap((path) => ownFiles(this.#list(path))),
      ...directories
        .filter((path) => this.#fileSystem.exists(join(path, 'meta.properties')))
        .flatMap((path) => this.filesIn(path)),
    ]
  }

  #list(directory: string): string[] {
    const names = this.#attempt(directory, () => this.#fileSystem.list(directory), [])
    return names.map((name) => join(directory, name))
  }

  #attempt<T>(path: string, look: () => T, otherwise: T): T {
    try {
      return look()
    } catch (error) {
      if (errorCodeOf(error) === undefined) throw error
      this.unreadable.push(path)
      return otherwise
    }
  }
}

function ownFiles(paths: readonly string[]): DumpFile[] {
  return paths.flatMap((path) => dumpFileOf(path) ?? [])
}

function byTopicAndNumber(a: string, b: string): number {
  const [one, other] = [partitionOf(a)!, partitionOf(b)!]
  if (one.topic !== other.topic) return one.topic < other.topic ? -1 : 1
  return one.partition - other.partition || (basename(a) < basename(b) ? -1 : 1)
}
