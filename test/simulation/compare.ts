import { ApiError } from '../../src/protocol/api-error.ts'
import { batchesOf } from '../../src/record/batch-view.ts'
import type { ReadInfo, ReadIsolation } from '../../src/log/log-types.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { agree, disagree } from './agree.ts'
import type { Dice } from './dice.ts'
import type { ModelBatch } from './model-batch.ts'
import type { SimulatedLog } from './simulated-broker.ts'

export const isolations: readonly ReadIsolation[] = ['highWatermark', 'lastStableOffset', 'logEnd']

/** Compares the start and end offsets of the log. */
export function compareOffsets({ log, model }: SimulatedLog): void {
  agree('the log start offset', log.logStartOffset, model.startOffset)
  agree('the log end offset', log.logEndOffset, model.endOffset)
  agree('the high watermark', log.highWatermark, model.highWatermark)
  model.narrowLastStableOffset(log.lastStableOffset)
  agree('the last stable offset', log.lastStableOffset, model.lastStableOffset)
  if (log.durability.recoveryPoint > log.logEndOffset) {
    disagree(
      `the recovery point ${log.durability.recoveryPoint} is beyond the end ${log.logEndOffset}`,
    )
  }
}

/** Compares one read with the expected result. */
export function compareRead(
  { log, model }: SimulatedLog,
  offset: number,
  maxBytes: number,
  isolation: ReadIsolation,
  minOneMessage: boolean,
): void {
  const what = `read(${offset}, ${maxBytes}, ${isolation}, ${minOneMessage})`
  const read = log.read(offset, maxBytes, isolation, minOneMessage)
  if (offset < model.startOffset || offset > model.endOffset) {
    agree(what, read, ApiError.of(ErrorCode.OffsetOutOfRange))
    return
  }
  if (read instanceof ApiError) disagree(`${what} answers the error ${read.errorCode}`)
  const limit = model.limitOf(isolation)
  const bases = log.files.segments.map(({ baseOffset }) => baseOffset)
  const expected = expectedBatches(model.batches, bases, offset, limit, maxBytes, minOneMessage)
  compareBytes(what, read, expected)
  if (isolation !== 'lastStableOffset') agree(`${what}: aborted`, read.abortedTransactions, null)
  else if (!model.isStartLost) compareAborted(what, read, offset, expected, model)
}

/** Reads from every offset and to every limit. */
export function compareEverything(simulated: SimulatedLog): void {
  const { model } = simulated
  compareOffsets(simulated)
  for (const isolation of isolations) {
    for (let offset = model.startOffset; offset <= model.endOffset;) {
      compareRead(simulated, offset, 600, isolation, true)
      const next = model.batches.find((batch) => batch.lastOffset >= offset)
      offset = Math.max(offset, next?.lastOffset ?? offset) + 1
    }
  }
  compareEpochs(simulated)
  for (const { records } of model.readable) {
    for (const { timestamp } of records.slice(0, 1)) compareTimestamp(simulated, timestamp)
  }
  compareMaxTimestamp(simulated)
}

export function compareSomeReads(simulated: SimulatedLog, dice: Dice, count: number): void {
  const { model } = simulated
  for (let read = 0; read < count; read++) {
    const isOutside = dice.chance(0.02)
    const offset = isOutside
      ? dice.pick([model.startOffset - 1, model.endOffset + 1])
      : dice.between(model.startOffset, model.endOffset)
    const maxBytes = dice.pick([0, 1, 100, 300, 1000, 100_000])
    compareRead(simulated, offset, maxBytes, dice.pick(isolations), dice.chance(0.8))
  }
}

/**
 * Compares ListOffsets by time: the first record at or after the log start that is not older, if it
 * is in the first segment that is not older. Skipped if the log start has moved back because it was
 * not in a checkpoint: earlier records counted as deleted, and their indexes were not synced.
 */
export function compareTimestamp({ log, model }: SimulatedLog, timestamp: number): void {
  if (model.isStartLost) return
  const first = recordsOf(model.readable).find(
    (record) => record.offset >= model.startOffset && record.timestamp >= timestamp,
  )
  const found = log.offsetForTimestamp(timestamp)
  const searched = log.files.segments.find(
    ({ maxTimestamp }) => maxTimestamp.timestamp >= timestamp,
  )
  const isElsewhere =
    searched !== undefined && first !== undefined && first.offset >= searched.nextOffset
  const expected = isElsewhere ? undefined : first
  agree(
    `the offset for the timestamp ${timestamp}`,
    found && [found.offset, found.timestamp, found.leaderEpoch],
    expected && [expected.offset, expected.timestamp, expected.epoch],
  )
}

/**
 * Compares the largest timestamp. A record below the log start may be found while its segment
 * exists.
 */
export function compareMaxTimestamp({ log, model }: SimulatedLog): void {
  // The cleaner may keep an empty batch with the timestamp of a removed record.
  if (model.isCompacted) return
  const found = log.offsetOfMaxTimestamp()
  if (found !== undefined && found.offset < model.startOffset) return
  const records = recordsOf(model.readable)
  const max = Math.max(...records.map(({ timestamp }) => timestamp))
  const expected = records.find(({ timestamp }) => timestamp === max)
  agree('the offset of the largest timestamp', found?.offset, expected?.offset)
}

/** Compares OffsetForLeaderEpoch for the epochs that have records. */
export function compareEpochs({ log, model }: SimulatedLog): void {
  // The epoch may have started with refused batches, beyond the end.
  agree('the latest epoch', log.latestEpoch, log.epochAt(Infinity))
  const { readable } = model
  for (const [index, batch] of readable.entries()) {
    const from = Math.max(batch.baseOffset, model.startOffset)
    if (from < model.epochsKnownFrom) continue
    agree(`the epoch at ${from}`, log.epochAt(from), batch.epoch)
    const next = readable[index + 1]
    if (next !== undefined && next.epoch === batch.epoch) continue
    const { epoch, endOffset } = log.endOffsetForEpoch(batch.epoch)
    agree(`the epoch not above ${batch.epoch}`, epoch, batch.epoch)
    const last = next?.baseOffset ?? model.endOffset
    if (endOffset < batch.nextOffset || endOffset > last) {
      disagree(`epoch ${epoch} ends at ${endOffset}, not at ${batch.nextOffset} to ${last}`)
    }
  }
}

function expectedBatches(
  batches: readonly ModelBatch[],
  segmentBases: readonly number[],
  offset: number,
  limit: number,
  maxBytes: number,
  minOneMessage: boolean,
): readonly ModelBatch[] {
  if (offset >= limit) return []
  const from = batches.findIndex(({ lastOffset }) => lastOffset >= offset)
  if (from < 0) return []
  const segmentEnd = segmentBases.find((base) => base > batches[from]!.baseOffset) ?? Infinity
  const expected: ModelBatch[] = []
  let sizeInBytes = 0
  for (const batch of batches.slice(from)) {
    if (batch.lastOffset >= limit || batch.baseOffset >= segmentEnd) break
    sizeInBytes += batch.bytes.length
    if (sizeInBytes > maxBytes && (expected.length > 0 || !minOneMessage)) break
    expected.push(batch)
  }
  return expected
}

function compareBytes(what: string, read: ReadInfo, expected: readonly ModelBatch[]): void {
  const actual = Buffer.concat(read.slices)
  agree(`${what}: size`, read.sizeInBytes, actual.length)
  if (actual.equals(Buffer.concat(expected.map(({ bytes }) => bytes)))) return
  const found = [...batchesOf(actual)].map(
    ({ baseOffset, lastOffset, sizeInBytes }) =>
      `${baseOffset}..${lastOffset} (${sizeInBytes} bytes)`,
  )
  disagree(`${what} gives ${found.join(', ')} instead of ${expected.join(', ')}`)
}

/**
 * Compares the aborted transactions of read_committed. If a transaction started before the log
 * start, or was cleaned, its first offset may be unknown, as long as its remaining records are
 * covered. If nothing of it remains, it may be missing.
 */
function compareAborted(
  what: string,
  { abortedTransactions }: ReadInfo,
  offset: number,
  expected: readonly ModelBatch[],
  { startOffset, batches, endedTransactions, isCompacted }: SimulatedLog['model'],
): void {
  const told = [...(abortedTransactions ?? disagree(`${what} tells no aborted transactions`))]
  const end = expected.at(-1)?.nextOffset ?? 0
  for (const { producerId, firstOffset, lastOffset, isAborted } of endedTransactions) {
    if (!isAborted || lastOffset < offset || firstOffset >= end) continue
    const left = batches.find(
      (batch) =>
        batch.producerId === producerId &&
        batch.isTransactional &&
        !batch.isControl &&
        batch.records.length > 0 &&
        batch.baseOffset >= firstOffset &&
        batch.lastOffset >= startOffset,
    )
    const latest = left === undefined || left.baseOffset > lastOffset ? lastOffset : left.baseOffset
    const index = told.findIndex(
      (aborted) =>
        aborted.producerId === producerId &&
        aborted.firstOffset >= firstOffset &&
        aborted.firstOffset <= (firstOffset < startOffset || isCompacted ? latest : firstOffset),
    )
    if (index >= 0) told.splice(index, 1)
    else if (latest < end && latest !== lastOffset) {
      disagree(`${what} does not tell that ${producerId} aborted from ${firstOffset} on`)
    }
  }
  if (told.length > 0) disagree(`${what} tells aborted ${JSON.stringify(told)} that are not`)
}

function recordsOf(batches: readonly ModelBatch[]) {
  return batches.flatMap(({ records, epoch }) => records.map((record) => ({ ...record, epoch })))
}
