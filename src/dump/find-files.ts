import { basename, join } from 'node:path'
import type { FileSystem } from '../platform/file-system.ts'
import { errorCodeOf, systemError } from '../platform/system-error.ts'
import { dumpFileOf, partitionOf } from './dump-file.ts'
import type { DumpFile } from './dump-file.ts'

/** What {@link findFiles} found. */
export interface FoundFiles {
  readonly files: readonly DumpFile[]
  /** Files that were named and are none of Kafka's. */
  readonly unknown: readonly string[]
  /** Directories that the operating system did not let be read. */
  readonly unreadable: readonly string[]
}

/**
 * What is to be dumped: named files; of a partition's directory its files; of a data directory its own and those of its
 * partitions; of one of Odradek's those of its brokers. In the order of their names, partitions by their numbers.
 *
 * @throws Error with code `ENOENT` when a path is not there
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

/** Looks through directories; one that cannot be read does not keep the others from being dumped. */
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
