import { dirname, join } from 'node:path'
import type { MetadataLogReader } from '../controller/metadata-log.ts'
import { readMetaProperties } from '../log/files/meta-properties.ts'
import {
  METADATA_TOPIC,
  offsetOfFileName,
  partitionDirectoryName,
  SegmentFile,
} from '../log/log-file-names.ts'
import type { FileSystem } from '../platform/file-system.ts'
import { batchesOf, type BatchView } from '../record/batch-view.ts'
import { CorruptRecordError } from '../record/corrupt-record-error.ts'
import type { Storage } from './storage.ts'

/** Returns the ids of the brokers with a directory next to that of a broker. */
export function storedBrokerIds(storage: Storage, brokerId: number): number[] {
  const ids = new Set<number>()
  for (const dataDir of storage.directoriesOf(brokerId).map((path) => dirname(path))) {
    for (const name of namesIn(storage.fileSystem, dataDir)) {
      if (/^\d+$/.test(name)) ids.add(Number(name))
    }
  }
  return [...ids]
}

/** Whether a broker has a copy of the metadata log. */
export function hasMetadataLog(storage: Storage, brokerId: number): boolean {
  return metadataDirectory(storage, brokerId) !== undefined
}

/**
 * Returns the copies of the metadata log of brokers that do not run, next to the directory of a
 * broker. Copies of another cluster, and those that cannot be read, are omitted.
 */
export function storedMetadataLogs(
  storage: Storage,
  brokerId: number,
  isRunning: (brokerId: number) => boolean,
  clusterId: string,
): MetadataLogReader[] {
  return storedBrokerIds(storage, brokerId).flatMap((id) => {
    if (isRunning(id)) return []
    const directory = metadataDirectory(storage, id)
    if (directory === undefined) return []
    try {
      const properties = readMetaProperties(storage.fileSystem, dirname(directory))
      if (properties?.clusterId !== clusterId) return []
      return new StoredMetadataLog(id, batchesIn(storage.fileSystem, directory))
    } catch {
      return []
    }
  })
}

/** A copy of the metadata log in the files of a broker that does not run. */
class StoredMetadataLog implements MetadataLogReader {
  readonly nodeId: number
  readonly #batches: readonly BatchView[]

  constructor(nodeId: number, batches: readonly BatchView[]) {
    this.nodeId = nodeId
    this.#batches = batches
  }

  get endOffset(): number {
    return this.#batches.at(-1)?.nextOffset ?? 0
  }

  get lastEpoch(): number {
    return this.#batches.at(-1)?.partitionLeaderEpoch ?? 0
  }

  endOffsetForEpoch(epoch: number): { epoch: number; endOffset: number } {
    const last = this.#batches.findLast((batch) => batch.partitionLeaderEpoch <= epoch)
    if (last === undefined) return { epoch, endOffset: 0 }
    return { epoch: last.partitionLeaderEpoch, endOffset: last.nextOffset }
  }

  read(fromOffset: number): Iterable<Uint8Array> {
    return this.#batches
      .filter(({ lastOffset }) => lastOffset >= fromOffset)
      .map(({ bytes }) => bytes)
  }
}

/** Returns the valid batches, in order; a start would truncate at a torn or damaged one. */
function batchesIn(fileSystem: FileSystem, directory: string): BatchView[] {
  const batches: BatchView[] = []
  const segments = fileSystem
    .list(directory)
    .filter((name) => offsetOfFileName(name, SegmentFile.Log) !== undefined)
    .sort()
  try {
    for (const name of segments) {
      for (const batch of batchesOf(fileSystem.readFile(join(directory, name)))) {
        const isNext = batch.baseOffset === (batches.at(-1)?.nextOffset ?? 0)
        if (!isNext || !batch.isChecksumValid) return batches
        batches.push(batch)
      }
    }
  } catch (error) {
    if (!(error instanceof CorruptRecordError)) throw error
  }
  return batches
}

function metadataDirectory({ fileSystem, directoriesOf }: Storage, id: number): string | undefined {
  return directoriesOf(id)
    .map((path) => join(path, partitionDirectoryName(METADATA_TOPIC, 0)))
    .find((path) => fileSystem.exists(path))
}

/** Returns no names for a directory that cannot be listed; opening it reports the error. */
function namesIn(fileSystem: FileSystem, path: string): string[] {
  try {
    return fileSystem.list(path)
  } catch {
    return []
  }
}
