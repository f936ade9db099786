import { agree, disagree } from './agree.ts'
import { compareEverything } from './compare.ts'
import { reconcileProducers } from './compare-producers.ts'
import type { ModelBatch } from './model-batch.ts'
import { compareCompacted } from './model-compaction.ts'
import type { ModelLog } from './model-log.ts'
import { afterOpening, type StartFiles } from './producers-kept.ts'
import { readLog } from './read-log.ts'
import type { SimulatedBroker, SimulatedLog } from './simulated-broker.ts'

/** The end of the previous process, and what remains of it. */
export interface Ending {
  /** The log was closed, so nothing may have changed. */
  readonly isClean: boolean
  readonly powerFailed: boolean
  /** The warnings during opening. */
  readonly warnings: readonly string[]
  /** The recovery points of the logs before. */
  readonly recoveryPoints: ReadonlyMap<SimulatedLog, number>
  /** Offsets in the checkpoint files; undefined if such a file was removed or damaged. */
  readonly startOffsets: ReadonlyMap<string, number> | undefined
  readonly highWatermarks: ReadonlyMap<string, number> | undefined
  /** The files that each attempted start found. The last one succeeded. */
  readonly starts: readonly StartFiles[]
}

/**
 * Checks that the opened log is possible after this end: everything acknowledged, or after a power
 * failure everything synced; possibly followed by unacknowledged batches, in order and complete;
 * and nothing else. The model then adopts what was found.
 */
export function reconcile(broker: SimulatedBroker, simulated: SimulatedLog, ending: Ending): void {
  const { log, model, inFlight } = simulated
  const key = `${simulated.topic} ${simulated.partition}`
  const firstOffset = log.files.segments[0]!.baseOffset
  const found = readLog(simulated)
  const { logStartOffset, logEndOffset } = log
  if (ending.startOffsets !== undefined) {
    const written = ending.startOffsets.get(key) ?? 0
    agree('the log start offset', logStartOffset, Math.max(written, firstOffset))
    if (ending.isClean) agree('the log start offset', logStartOffset, model.startOffset)
  }
  const isEmpty = found.length === 0 && logStartOffset === logEndOffset
  if (isEmpty && (inFlight.deletes || inFlight.restartsAt === logEndOffset)) {
    model.truncateFullyAndStartAt(logEndOffset)
  } else {
    checkStart(simulated, ending)
    if (inFlight.compacts) compareCompacted(simulated, found, leastEnd(simulated, ending))
    else checkBatches(broker, simulated, found, ending)
    checkEnd(simulated, found, ending)
  }
  const remembered = afterOpening(simulated, found, ending)
  const isStartWritten = ending.startOffsets !== undefined
  if (!isStartWritten) {
    model.formerStartOffset = Math.max(model.formerStartOffset, model.startOffset)
  }
  model.startOffset = logStartOffset
  model.checkpointedStartOffset = isStartWritten
    ? Math.min(model.checkpointedStartOffset, logStartOffset)
    : 0
  if (inFlight.compacts) {
    model.endOffset = Math.min(model.endOffset, logEndOffset)
    model.adoptCleaned(found, logStartOffset)
    model.isCompacted = true
  } else {
    model.adopt(found, inFlight.batches ?? [], logStartOffset)
  }
  model.endOffset = logEndOffset
  model.storedEndOffset = logEndOffset
  model.epochsKnownFrom = Math.max(model.epochsKnownFrom, inFlight.startsAt ?? 0)
  simulated.inFlight = {}
  if (ending.highWatermarks !== undefined) {
    const written = ending.highWatermarks.get(key) ?? 0
    const expected = Math.min(Math.max(written, logStartOffset), logEndOffset)
    agree('the high watermark', log.highWatermark, expected)
    const known = Math.min(model.highWatermark, logEndOffset)
    if (ending.isClean) agree('the high watermark', log.highWatermark, known)
  }
  model.moveHighWatermark(log.highWatermark)
  model.lastTruncatedAt = log.durability.recoveryPoint
  reconcileProducers(broker, simulated, remembered)
  compareEverything(simulated)
}

function checkStart({ log, model, inFlight }: SimulatedLog, ending: Ending): void {
  const { logStartOffset } = log
  const truncatesTo = inFlight.restartsAt === undefined ? (inFlight.truncatesTo ?? Infinity) : 0
  const least = Math.min(model.checkpointedStartOffset, truncatesTo)
  if (ending.startOffsets !== undefined && logStartOffset < least) {
    disagree(`the log starts at ${logStartOffset}, below the checkpoint ${least}`)
  }
  const isFullyTruncated = inFlight.restartsAt !== undefined
  const most = Math.max(
    model.startOffset,
    inFlight.startsAt ?? 0,
    isFullyTruncated ? model.endOffset : 0,
    model.formerStartOffset,
    // Batches that were dropped at the front may stay away while later ones reappear.
    ...(ending.powerFailed ? model.ghosts.map(({ baseOffset }) => baseOffset) : []),
  )
  if (logStartOffset > most) disagree(`the log starts at ${logStartOffset}, beyond ${most}`)
}

function checkEnd(simulated: SimulatedLog, found: readonly ModelBatch[], ending: Ending): void {
  const { log } = simulated
  const least = leastEnd(simulated, ending)
  if (log.logEndOffset < least) {
    disagree(`the log ends at ${log.logEndOffset}, but everything below ${least} was safe`)
  }
  const end = found.at(-1)?.nextOffset ?? log.logStartOffset
  if (log.logEndOffset !== end) {
    const isBase = log.files.segments.some(({ baseOffset }) => baseOffset === log.logEndOffset)
    if (!isBase) disagree(`the log ends at ${log.logEndOffset}, but its batches at ${end}`)
  }
}

/** Returns the offset below which nothing may be missing. */
function leastEnd(simulated: SimulatedLog, { powerFailed, recoveryPoints }: Ending): number {
  const { model, inFlight } = simulated
  if (inFlight.restartsAt !== undefined) return 0
  const safe = powerFailed ? safeEnd(model, recoveryPoints.get(simulated)!) : model.storedEndOffset
  const kept = inFlight.truncatesTo ?? Infinity
  const whole = model.batches.findLast(({ lastOffset }) => lastOffset < kept)?.nextOffset ?? 0
  return Math.min(safe, model.storedEndOffset, kept === Infinity ? kept : whole)
}

/** If the log was truncated within a batch or a gap, the safe part ends before it. */
function safeEnd({ batches }: ModelLog, recoveryPoint: number): number {
  const next = batches.find(({ lastOffset }) => lastOffset >= recoveryPoint)
  const isBehind = next === undefined || next.baseOffset < recoveryPoint
  const end = batches.findLast(({ lastOffset }) => lastOffset < recoveryPoint)?.nextOffset ?? 0
  return isBehind ? recoveryPoint : end
}

/**
 * Checks that every batch was appended there, after the same batch as before. After a power failure
 * an inactive unsynced segment may have lost its end while the next one exists, as in Kafka, but
 * only if no incomplete batch shows the loss.
 */
function checkBatches(
  { settings }: SimulatedBroker,
  simulated: SimulatedLog,
  found: readonly ModelBatch[],
  ending: Ending,
): void {
  const { model, inFlight } = simulated
  const safeEnd = leastEnd(simulated, ending)
  const ghosts = ending.powerFailed ? model.ghosts : []
  const known = [...model.batches, ...(inFlight.batches ?? []), ...ghosts]
  const { logStartOffset, files } = simulated.log
  const { segments } = files
  // The effect of the cleaner on records below the log start is not checked, because the start may
  // still move back.
  const uncleanedFrom = settings.config.cleanupPolicy.compact ? model.startOffset : 0
  const bases = new Set(segments.map(({ baseOffset }) => baseOffset))
  for (const [index, batch] of found.entries()) {
    if (batch.baseOffset < uncleanedFrom) continue
    const original = known.find((other) => other.equals(batch))
    if (original === undefined) disagree(`${batch.toString()} was never appended`)
    const place = model.batches.indexOf(original)
    if (batch.lastOffset < safeEnd && place < 0) {
      disagree(`${batch.toString()} was truncated, and what was synced in its place is not there`)
    }
    const previous = found[index - 1]
    const previousEnd = previous?.nextOffset ?? 0
    const end = Math.max(previousEnd, logStartOffset, uncleanedFrom)
    const follows = place < 0 ? original.follows : (model.batches[place - 1]?.nextOffset ?? 0)
    const before = segments.findLast(({ baseOffset }) => baseOffset < batch.baseOffset)?.path ?? ''
    const isWhole = !ending.warnings.some(
      (warning) => warning.startsWith('cut') && warning.endsWith(before),
    )
    const isLostTail =
      isWhole && ending.powerFailed && end >= safeEnd && bases.has(batch.baseOffset)
    if (follows > end && !isLostTail) {
      disagree(`between ${end} and ${batch.toString()} something is missing`)
    }
  }
}
