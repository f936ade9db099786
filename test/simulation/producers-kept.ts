import { readOffsetCheckpoint } from '../../src/log/files/checkpoint-file.ts'
import { offsetOfFileName, SegmentFile } from '../../src/log/log-file-names.ts'
import { readProducerSnapshot } from '../../src/log/producer/producer-snapshot.ts'
import type { ModelBatch } from './model-batch.ts'
import type { ModelLog } from './model-log.ts'
import type { Ending } from './reconcile.ts'
import type { SimulatedBroker, SimulatedLog } from './simulated-broker.ts'

/**
 * The source of the producer state, by Kafka's rule: the newest snapshot above the log start offset
 * and not above the end, and the batches from there on, in their current form. A snapshot knows
 * batches in their form before cleaning.
 */
export interface Remembered {
  /** Batches that end below do not count. */
  readonly from: number
  readonly batches: readonly ModelBatch[]
}

interface SnapshotFile {
  readonly offset: number
  readonly isReadable: boolean
}

/** The producer files that a start finds. */
export interface StartFiles {
  readonly hadCleanShutdown: boolean
  /** By the path of their directory, ascending. */
  readonly snapshots: ReadonlyMap<string, readonly SnapshotFile[]>
  readonly startOffsets: ReadonlyMap<string, number>
  readonly recoveryPoints: ReadonlyMap<string, number>
}

export function startFilesOf(broker: SimulatedBroker, spoiled: ReadonlySet<string>): StartFiles {
  const { disk, directory } = broker
  const checkpoint = (name: string): ReadonlyMap<string, number> => {
    try {
      return readOffsetCheckpoint(disk, `${directory}/${name}`)
    } catch {
      return new Map()
    }
  }
  return {
    hadCleanShutdown:
      disk.exists(`${directory}/.kafka_cleanshutdown`) && !spoiled.has('.kafka_cleanshutdown'),
    snapshots: new Map(
      broker.logs.map(({ log }) => [log.directory, snapshotsOf(broker, log.directory)]),
    ),
    startOffsets: checkpoint('log-start-offset-checkpoint'),
    recoveryPoints: checkpoint('recovery-point-offset-checkpoint'),
  }
}

/**
 * Returns the source after a truncation within the segments. If all producers have expired, only
 * the snapshot knows them.
 */
export function afterTruncation(
  broker: SimulatedBroker,
  { log, model }: SimulatedLog,
  offset: number,
): Remembered {
  const start = Math.min(model.startOffset, offset)
  const snapshot = newest(snapshotsOf(broker, log.directory), start, offset)
  const batches = model.batches.filter(({ lastOffset }) => lastOffset < offset)
  const read = log.producers.activeProducers().length === 0 ? [] : batches
  return remembered(model.remembered, model, snapshot, start, read)
}

/**
 * Returns the source after the log was opened. Snapshots of any of several attempted starts may
 * count, because a start writes what it knew.
 */
export function afterOpening(
  { log, model, topic, partition, inFlight }: SimulatedLog,
  found: readonly ModelBatch[],
  { starts, warnings, powerFailed }: Ending,
): readonly Remembered[] {
  const bases = log.files.segments.map(({ baseOffset }) => baseOffset)
  const { directory, logStartOffset, logEndOffset } = log
  const below = model.batches.filter(
    ({ lastOffset }) => lastOffset < logStartOffset && lastOffset >= bases[0]!,
  )
  const counted = [...below, ...found]
  const key = `${topic} ${partition}`
  const of = (files: StartFiles, limit: number, known: readonly ModelBatch[]): Remembered => {
    const snapshots = files.snapshots.get(directory) ?? []
    const recoveryPoint = files.hadCleanShutdown ? Infinity : (files.recoveryPoints.get(key) ?? 0)
    const recovered = bases.filter((base, index) => {
      const isFlushed = (bases[index + 1] ?? Infinity) <= recoveryPoint
      return !isFlushed || isUnindexed(base, directory, warnings)
    })
    if (recovered.length === 0) {
      const end = Math.min(logEndOffset, limit)
      const snapshot = newest(withoutStrays(snapshots, bases), logStartOffset, end)
      return remembered(known, model, snapshot, logStartOffset, counted)
    }
    // Recovery writes its state at its end, where only a snapshot above the start counts.
    if (logEndOffset <= logStartOffset) return { from: logEndOffset, batches: [] }
    const start = files.startOffsets.get(key) ?? 0
    const snapshot = newest(snapshots, start, Math.min(recovered[0]!, limit))
    const from = recoveredFrom(counted, bases, recovered, start)
    return remembered(known, model, snapshot, from, counted)
  }
  // An interrupted truncation may have written its state at its end.
  const truncatedTo = (inFlight.truncatesTo ?? Infinity) - 1
  // A snapshot that reappears with dropped batches knows the batches before it.
  const ghosts = powerFailed ? [...model.remembered, ...model.ghosts] : []
  const dropped = ghosts.sort((a, b) => a.baseOffset - b.baseOffset)
  return starts.flatMap((files) => [
    of(files, Infinity, model.remembered),
    of(files, truncatedTo, model.remembered),
    ...(powerFailed ? [of(files, Infinity, dropped)] : []),
  ])
}

/**
 * Without a snapshot, recovery reads all batches of its segments, also those below the log start
 * offset.
 */
function recoveredFrom(
  batches: readonly ModelBatch[],
  bases: readonly number[],
  recovered: readonly number[],
  start: number,
): number {
  const base = recovered.findLast((offset) => offset <= start)
  if (base === undefined) return start
  const next = bases.find((offset) => offset > base) ?? Infinity
  const isIn = ({ baseOffset, lastOffset }: ModelBatch) => baseOffset >= base && lastOffset < next
  return (batches.findLast(isIn)?.nextOffset ?? 0) > start ? base : start
}

function remembered(
  before: readonly ModelBatch[],
  { producersFrom }: ModelLog,
  snapshot: number | undefined,
  start: number,
  batches: readonly ModelBatch[],
): Remembered {
  if (snapshot === undefined) return { from: start, batches }
  const known = before.filter(({ lastOffset }) => lastOffset < snapshot)
  const read = batches.filter(({ lastOffset }) => lastOffset >= snapshot)
  return { from: producersFrom, batches: [...known, ...read] }
}

function newest(
  snapshots: readonly SnapshotFile[],
  above: number,
  end: number,
): number | undefined {
  const isUsable = ({ offset, isReadable }: SnapshotFile) =>
    isReadable && offset > above && offset <= end
  return snapshots.findLast(isUsable)?.offset
}

/**
 * A start removes snapshots that are not at a base offset, except for the newest, before it has
 * read that.
 */
function withoutStrays(
  snapshots: readonly SnapshotFile[],
  bases: readonly number[],
): readonly SnapshotFile[] {
  const strays = snapshots.filter(({ offset }) => !bases.includes(offset))
  const newestStray = strays.at(-1)
  const isKept = newestStray !== undefined && newestStray.offset > bases.at(-1)!
  return snapshots.filter(
    (snapshot) => !strays.includes(snapshot) || (isKept && snapshot === newestStray),
  )
}

function isUnindexed(base: number, directory: string, warnings: readonly string[]): boolean {
  const path = `${directory}/${String(base).padStart(20, '0')}.log`
  return warnings.includes(`rebuilt the indexes of ${path}`)
}

/** Ascending. */
function snapshotsOf({ disk }: SimulatedBroker, directory: string): SnapshotFile[] {
  if (!disk.isDirectory(directory)) return []
  const found = disk.list(directory).flatMap((name) => {
    const offset = offsetOfFileName(name, SegmentFile.ProducerSnapshot)
    return offset === undefined
      ? []
      : [{ offset, isReadable: isReadable(disk, `${directory}/${name}`) }]
  })
  return found.sort((a, b) => a.offset - b.offset)
}

function isReadable(disk: SimulatedBroker['disk'], path: string): boolean {
  try {
    readProducerSnapshot(disk, path)
    return true
  } catch {
    return false
  }
}
