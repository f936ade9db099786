import { disagree } from './agree.ts'
import type { ModelBatch, ModelRecord } from './model-batch.ts'
import type { ModelLog } from './model-log.ts'
import { readLog } from './read-log.ts'
import type { SimulatedBroker, SimulatedLog } from './simulated-broker.ts'

/**
 * Checks that the batches are a valid result of compaction: no new records; for every key the last
 * committed record below `end`, or a later one; and if that is an expired tombstone, no earlier
 * one.
 */
export function compareCompacted(
  { log, model, inFlight }: SimulatedLog,
  found: readonly ModelBatch[],
  end: number,
): void {
  const known = [...model.batches, ...(inFlight.batches ?? []), ...model.ghosts]
  const isKnown = new Set(known.flatMap(({ records }) => records.map(identityOf)))
  const foundRecords = found.flatMap((batch) => (batch.isControl ? [] : batch.records))
  const isFound = new Set(foundRecords.map(identityOf))
  for (const { records } of found) {
    for (const record of records) {
      if (!isKnown.has(identityOf(record))) {
        disagree(`the record ${identityOf(record)} was never appended`)
      }
    }
  }
  for (const last of lastOfEachKey(model, log.logStartOffset, end).values()) {
    if (isFound.has(identityOf(last))) continue
    const others = foundRecords.filter(({ key }) => key === last.key)
    const isSuperseded = others.some(({ offset }) => offset > last.offset)
    if (last.value !== null && !isSuperseded) {
      disagree(`the record ${identityOf(last)} is the last of its key, and is not there`)
    }
    const back = others.find(({ offset }) => offset < last.offset)
    if (last.value === null && back !== undefined && !isAborted(back, model)) {
      disagree(`the tombstone ${identityOf(last)} is gone, but ${identityOf(back)} is there`)
    }
  }
}

/** Adopts the content of logs that may have been cleaned. */
export function adoptCleaned({ settings, logs }: SimulatedBroker): void {
  if (!settings.config.cleanupPolicy.compact) return
  for (const simulated of logs) {
    const { log, model } = simulated
    const found = readLog(simulated)
    const before = model.readable
    const isSame = found.length === before.length && found.every((batch) => before.includes(batch))
    if (isSame) continue
    compareCompacted(simulated, found, model.endOffset)
    const end = Math.min(model.lastStableOffset, log.files.segments.at(-1)!.baseOffset)
    const cleaned = found.find((batch) => batch.lastOffset >= end && !before.includes(batch))
    if (cleaned !== undefined) disagree(`${cleaned.toString()} was cleaned, at or above ${end}`)
    model.adoptCleaned(found, log.logStartOffset)
    model.isCompacted = true
  }
}

function lastOfEachKey(
  model: ModelLog,
  logStartOffset: number,
  end: number,
): ReadonlyMap<string, ModelRecord> {
  const last = new Map<string, ModelRecord>()
  for (const batch of model.batches) {
    if (batch.isControl || batch.lastOffset >= end) continue
    for (const record of batch.records) {
      const isRead = record.offset >= logStartOffset && !isAborted(record, model, batch)
      if (isRead && record.key !== null) last.set(record.key, record)
    }
  }
  return last
}

function isAborted(
  { offset }: ModelRecord,
  { endedTransactions, batches }: ModelLog,
  batch = batches.find(
    ({ baseOffset, lastOffset }) => baseOffset <= offset && offset <= lastOffset,
  ),
): boolean {
  if (batch?.isTransactional !== true) return false
  return endedTransactions.some(
    (ended) =>
      ended.isAborted &&
      ended.producerId === batch.producerId &&
      batch.baseOffset >= ended.firstOffset &&
      batch.lastOffset < ended.lastOffset,
  )
}

function identityOf({ offset, timestamp, key, value }: ModelRecord): string {
  return `${offset} ${timestamp} ${JSON.stringify(key)} ${JSON.stringify(value)}`
}
