import { basename, join } from 'node:path'
import type { FileSystem } from '../platform/file-system.ts'
import { systemError } from '../platform/system-error.ts'
import { dumpFileOf, partitionOf } from './dump-file.ts'
import type { DumpFile } from './dump-file.ts'

/** What {@link findFiles} found. */
export interface FoundFiles {
  readonly files: readonly DumpFile[]
  /** Files that were named and are none of Kafka's. */
  readonly unknown: readonly string[]
}

/**
 * What is to be dumped: named files; of a partition's directory its files; of a data directory its own and those of its
 * partitions; of one of Odradek's those of its brokers. In the order of their names, partitions by their numbers.
 *
 * @throws Error with code `ENOENT` when a path is not there
 */
export function findFiles(fileSystem: FileSystem, paths: readonly string[]): FoundFiles {
  const files: DumpFile[] = []
  const unknown: string[] = []
  for (const path of paths) {
    if (fileSystem.isDirectory(path)) {
      files.push(...filesIn(fileSystem, path))
      continue
    }
    if (!fileSystem.exists(path)) throw systemError('ENOENT', `there is no ${path}`)
    const file = dumpFileOf(path)
    if (file === undefined) unknown.push(path)
    else files.push(file)
  }
  return { files, unknown }
}

function filesIn(fileSystem: FileSystem, directory: string): DumpFile[] {
  const paths = fileSystem.list(directory).map((name) => join(directory, name))
  const directories = paths.filter((path) => fileSystem.isDirectory(path))
  const partitions = directories.filter((path) => partitionOf(path) !== undefined)
  return [
    ...ownFiles(fileSystem, directory),
    ...partitions.sort(byTopicAndNumber).flatMap((path) => ownFiles(fileSystem, path)),
    ...directories
      .filter((path) => fileSystem.exists(join(path, 'meta.properties')))
      .flatMap((path) => filesIn(fileSystem, path)),
  ]
}

function ownFiles(fileSystem: FileSystem, directory: string): DumpFile[] {
  return fileSystem.list(directory).flatMap((name) => dumpFileOf(join(directory, name)) ?? [])
}

function byTopicAndNumber(a: string, b: string): number {
  const [one, other] = [partitionOf(a)!, partitionOf(b)!]
  if (one.topic !== other.topic) return one.topic < other.topic ? -1 : 1
  return one.partition - other.partition || (basename(a) < basename(b) ? -1 : 1)
}
