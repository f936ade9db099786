import { isDeepStrictEqual } from 'node:util'
import { agree, disagree } from './agree.ts'
import type { ModelBatch } from './model-batch.ts'
import { type ModelProducer, ModelProducers } from './model-producers.ts'
import type { Remembered } from './producers-kept.ts'
import type { SimulatedBroker, SimulatedLog } from './simulated-broker.ts'

/** Compares the producer state of the log. Expired producers may be missing. */
export function compareProducers(broker: SimulatedBroker, simulated: SimulatedLog): void {
  const { log, model } = simulated
  for (const producerId of model.producers.entries.keys()) {
    if (log.producers.activeProducers().some((active) => active.producerId === producerId)) continue
    if (!isExpirable(broker, model.producers.entries.get(producerId)!)) continue
    model.expired = new Map(model.expired).set(producerId, model.endOffset - 1)
  }
  model.forgetProducers()
  const found = actual(simulated)
  if (isDeepStrictEqual(found, expected(model.producers))) return
  const wanted = [...expected(model.producers)]
  disagree(`the producers are ${JSON.stringify([...found])} instead of ${JSON.stringify(wanted)}`)
}

/**
 * Adapts the model after the log was opened or truncated: the state from batches below its start
 * may be gone, and expired producers may be back.
 */
export function reconcileProducers(
  broker: SimulatedBroker,
  simulated: SimulatedLog,
  possible: readonly Remembered[],
): void {
  const { log, model } = simulated
  const starts = [...possible.map(({ from }) => from), log.files.segments[0]!.baseOffset]
  for (const { from, batches } of possible) {
    const expired = expiredIfFrom(broker, simulated, from, batches)
    if (expired === undefined) continue
    const before = [model.producersFrom, model.remembered, model.expired] as const
    model.producersFrom = from
    model.remembered = [...batches]
    model.expired = expired
    model.forgetProducers()
    if (knowsUnreplicated(simulated, [...starts, model.startOffset])) return
    ;[model.producersFrom, model.remembered, model.expired] = before
    model.forgetProducers()
  }
  const [wanted] = possible
  model.producersFrom = wanted!.from
  model.remembered = [...wanted!.batches]
  model.forgetProducers()
  compareProducers(broker, simulated)
  agree('the last stable offset', log.lastStableOffset, model.lastStableOffset)
}

/**
 * Returns the missing producers if the others are those of the batches from an offset on; undefined
 * if that is impossible.
 */
function expiredIfFrom(
  broker: SimulatedBroker,
  simulated: SimulatedLog,
  from: number,
  batches: readonly ModelBatch[],
): Map<number, number> | undefined {
  const { model } = simulated
  const found = actual(simulated)
  // A replacement of a missing producer has not expired.
  const ends = [...model.expired].map(([id, last]) => [id, Math.min(last, model.endOffset - 1)])
  const expired = new Map(ends as [number, number][])
  const all = ModelProducers.of(batches.filter(({ lastOffset }) => lastOffset >= from))
  const unexpired = model.producersSince(from, batches)
  const producerIds = new Set([...found.keys(), ...all.entries.keys()])
  for (const producerId of producerIds) {
    const producer = unexpired.entries.get(producerId)
    const whole = all.entries.get(producerId)
    const active = found.get(producerId)
    if (active === undefined) {
      const isGone = producer === undefined || isExpirable(broker, producer)
      if (!isGone) return undefined
      expired.set(producerId, model.endOffset - 1)
    } else if (isDeepStrictEqual(active, producer && stateOf(producer))) {
      continue
    } else if (isDeepStrictEqual(active, whole && stateOf(whole))) {
      expired.delete(producerId)
    } else {
      const offset = expiredBefore(broker, active, ofProducer(batches, producerId))
      if (offset === undefined) return undefined
      expired.set(producerId, offset)
    }
  }
  return expired
}

/** An expired producer is not loaded from a snapshot, but starts with the batches after it. */
function expiredBefore(
  broker: SimulatedBroker,
  active: unknown,
  batches: readonly ModelBatch[],
): number | undefined {
  for (let count = 1; count < batches.length; count++) {
    const [before] = ModelProducers.of(batches.slice(0, count)).entries.values()
    const [since] = ModelProducers.of(batches.slice(count)).entries.values()
    const isExpired = before !== undefined && isExpirable(broker, before)
    if (isExpired && isDeepStrictEqual(active, since && stateOf(since))) {
      return batches[count - 1]!.lastOffset
    }
  }
  return undefined
}

function ofProducer(batches: readonly ModelBatch[], producerId: number): readonly ModelBatch[] {
  return batches.filter((batch) => batch.producerId === producerId)
}

/** A snapshot does not contain transactions that have ended but are not replicated yet. */
function knowsUnreplicated({ log, model }: SimulatedLog, starts: readonly number[]): boolean {
  const before = model.knownEnds
  const ends = model.endedTransactions.map(({ lastOffset }) => lastOffset + 1)
  const possible = starts.flatMap((from) => [0, ...ends].map((endsFrom) => ({ from, endsFrom })))
  model.knownEnds = [...before, ...possible]
  model.narrowLastStableOffset(log.lastStableOffset)
  if (model.lastStableOffset === log.lastStableOffset) return true
  model.knownEnds = before
  return false
}

function isExpirable(
  { clock, settings }: SimulatedBroker,
  { currentTxnStartOffset, lastTimestamp }: ModelProducer,
): boolean {
  const silentMs = clock.now() - lastTimestamp
  return currentTxnStartOffset < 0 && silentMs >= settings.producerIdExpirationMs
}

function actual({ log }: SimulatedLog): ReadonlyMap<number, unknown> {
  return new Map(
    log.producers.activeProducers().map((active) => [active.producerId, stateOf(active)]),
  )
}

function expected({ entries }: ModelProducers): ReadonlyMap<number, unknown> {
  return new Map([...entries].map(([producerId, producer]) => [producerId, stateOf(producer)]))
}

function stateOf(producer: Omit<ModelProducer, 'lastOffset'>) {
  const { producerEpoch, lastSequence, lastTimestamp, coordinatorEpoch } = producer
  const { currentTxnStartOffset } = producer
  return { producerEpoch, lastSequence, lastTimestamp, coordinatorEpoch, currentTxnStartOffset }
}
