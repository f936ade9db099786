import { ErrorCode } from '../../src/protocol/error-code.ts'
import { agree, disagree } from './agree.ts'
import { append, appendAsFollower, endTransaction, refusedAppend, retry } from './append-steps.ts'
import {
  compareEpochs,
  compareMaxTimestamp,
  compareSomeReads,
  compareTimestamp,
} from './compare.ts'
import { compareProducers, reconcileProducers } from './compare-producers.ts'
import { afterTruncation } from './producers-kept.ts'
import type { Dice } from './dice.ts'
import { armFault, armKill } from './faults.ts'
import type { StepKind } from './history.ts'
import { die, restart } from './lifecycle.ts'
import { compact } from './compact-step.ts'
import { adoptCleaned } from './model-compaction.ts'
import { expectedStart } from './model-retention.ts'
import type { SimulatedBroker, SimulatedLog } from './simulated-broker.ts'

type Perform = (
  broker: SimulatedBroker,
  simulated: SimulatedLog,
  dice: Dice,
) => void | Promise<void>

/** The effect of each kind of step, on one log or on the broker. */
export const steps: Readonly<Record<StepKind, Perform>> = {
  append,
  appendAsFollower,
  endTransaction,
  retry,
  refusedAppend,
  compact,
  highWatermark(broker, { log, model }, dice) {
    const ends = model.batches.map(({ nextOffset }) => nextOffset)
    const ahead = ends.filter((end) => end > model.highWatermark && end <= model.endOffset)
    const isCaughtUp = ahead.length === 0 || dice.chance(0.6)
    const highWatermark = isCaughtUp ? model.endOffset : dice.pick(ahead)
    broker.note(`high watermark ${highWatermark}`)
    log.updateHighWatermark(highWatermark)
    model.moveHighWatermark(highWatermark)
  },
  read(broker, simulated, dice) {
    compareSomeReads(simulated, dice, 4)
    broker.note('read')
  },
  lookup(broker, simulated, dice) {
    const { readable } = simulated.model
    broker.note('look up')
    const records = readable.flatMap((batch) => batch.records)
    const nowMs = broker.clock.now()
    const timestamp = records.length > 0 ? dice.pick(records).timestamp : nowMs
    for (const moved of [0, 1, -1]) compareTimestamp(simulated, timestamp + moved)
    compareTimestamp(simulated, nowMs + 1_000_000)
    compareMaxTimestamp(simulated)
    compareEpochs(simulated)
    compareProducers(broker, simulated)
  },
  newEpoch(broker, { log, model }, dice) {
    model.leaderEpoch += dice.between(1, 2)
    const isAssigned = dice.chance(0.5)
    broker.note(`epoch ${model.leaderEpoch}${isAssigned ? ', assigned' : ''}`)
    if (isAssigned) log.assignEpochStart(model.leaderEpoch, log.logEndOffset)
  },
  roll(broker, { log }) {
    broker.note('roll')
    log.files.roll()
  },
  flush(broker, { log }) {
    broker.note('flush')
    log.durability.flush()
    if (!broker.isInTrouble)
      agree('the recovery point', log.durability.recoveryPoint, log.logEndOffset)
  },
  truncate(broker, simulated, dice) {
    const { log, model } = simulated
    const isNearEnd = dice.chance(0.6)
    const from = isNearEnd ? Math.max(model.highWatermark, model.endOffset - 6) : 0
    const offset = dice.between(Math.min(from, model.endOffset), model.endOffset + 2)
    broker.note(`truncate to ${offset}`)
    if (offset >= model.endOffset) {
      log.truncateTo(offset)
    } else if (offset < log.files.segments[0]!.baseOffset) {
      truncateFullyTo(broker, simulated, offset, () => log.truncateTo(offset))
    } else {
      truncateTo(broker, simulated, offset)
    }
    if (broker.isInTrouble) return
    agree('the latest epoch', log.latestEpoch, log.epochAt(log.logEndOffset - 1))
    compareEpochs(simulated)
  },
  truncateFully(broker, simulated, dice) {
    const { log, model } = simulated
    const offset = dice.between(Math.max(0, model.startOffset - 3), model.endOffset + 10)
    broker.note(`truncate fully and start at ${offset}`)
    truncateFullyTo(broker, simulated, offset, () => log.truncateFullyAndStartAt(offset))
  },
  deleteRecords(broker, simulated, dice) {
    const { log, model } = simulated
    const isBeyond = dice.chance(0.05)
    const offset = isBeyond
      ? model.highWatermark + 1
      : dice.between(model.startOffset, model.highWatermark)
    broker.note(`delete records below ${offset}`)
    simulated.inFlight = isBeyond ? {} : { startsAt: offset }
    const error = log.advanceLogStartOffset(offset)
    if (broker.isInTrouble) return
    agree('the error', error?.errorCode, isBeyond ? ErrorCode.OffsetOutOfRange : undefined)
    if (!isBeyond) model.moveStart(offset)
  },
  retention(broker, simulated, dice) {
    if (dice.chance(0.7)) advance(broker, dice.between(1000, 70_000))
    if (broker.isInTrouble) return
    const { log, model } = simulated
    const startsAt = expectedStart(broker, simulated)
    broker.note(`delete old segments, to start at ${startsAt}`)
    simulated.inFlight = { startsAt: startsAt ?? Infinity }
    const before = log.files.segments.map(({ baseOffset }) => baseOffset)
    const removed = log.files.deleteOldSegments()
    if (broker.isInTrouble) return
    const kept = log.files.segments.map(({ baseOffset }) => baseOffset)
    const gone = before.filter((baseOffset) => !kept.includes(baseOffset))
    agree('the number of segments removed', removed.segments, gone.length)
    if (startsAt === undefined) return followStart(simulated)
    agree('the log start offset', log.logStartOffset, startsAt)
    model.moveStart(startsAt)
  },
  advanceClock(broker, _simulated, dice) {
    advance(broker, dice.pick([1, 1000, 6000, 61_000, 400_000]))
  },
  checkpoint(broker) {
    broker.note('checkpoint')
    broker.manager.checkpoint()
    if (broker.isInTrouble) return
    for (const { model } of broker.logs) {
      model.checkpointedStartOffset = model.startOffset
      if (model.ghosts.length === 0) model.formerStartOffset = 0
    }
  },
  deleteLog(broker, simulated) {
    broker.note('delete the log')
    simulated.inFlight = { deletes: true, restartsAt: 0 }
    broker.recreate(simulated)
  },
  async restart(broker, _simulated, dice) {
    if (dice.chance(0.15)) armKill(broker, dice)
    await restart(broker, dice)
  },
  kill(broker, _simulated, dice) {
    if (dice.chance(0.4)) {
      broker.note('kill')
      die(broker, dice)
    } else {
      armKill(broker, dice)
    }
  },
  powerFailure(broker, _simulated, dice) {
    broker.note('power failure')
    broker.powerFailsAtDeath = true
    die(broker, dice)
  },
  fault(broker, _simulated, dice) {
    armFault(broker, dice)
  },
}

function truncateTo(broker: SimulatedBroker, simulated: SimulatedLog, offset: number): void {
  const { log, model } = simulated
  const remembered = afterTruncation(broker, simulated, offset)
  simulated.inFlight = { truncatesTo: offset }
  log.truncateTo(offset)
  if (broker.isInTrouble) return
  agree('the log end offset', log.logEndOffset, offset)
  const { baseOffset } = log.files.segments.at(-1)!
  const kept = model.batches.findLast(({ lastOffset }) => lastOffset < offset)?.nextOffset ?? 0
  model.truncateTo(offset, Math.max(kept, baseOffset))
  model.lastTruncatedAt = log.durability.recoveryPoint
  reconcileProducers(broker, simulated, [remembered])
}

function truncateFullyTo(
  broker: SimulatedBroker,
  simulated: SimulatedLog,
  offset: number,
  truncate: () => void,
): void {
  simulated.inFlight = { restartsAt: offset, startsAt: offset }
  truncate()
  if (broker.isInTrouble) return
  simulated.model.truncateFullyAndStartAt(offset)
  simulated.model.lastTruncatedAt = simulated.log.durability.recoveryPoint
}

/** Moves the clock. Retention may delete old segments. */
function advance(broker: SimulatedBroker, ms: number): void {
  broker.note(`${ms} ms pass`)
  const compacts = broker.settings.config.cleanupPolicy.compact
  for (const simulated of broker.logs) simulated.inFlight = { startsAt: Infinity, compacts }
  broker.clock.advance(ms)
  if (broker.isInTrouble) return
  for (const simulated of broker.logs) {
    compareProducers(broker, simulated)
    followStart(simulated)
  }
  adoptCleaned(broker)
}

/** Old segments may have been deleted. */
function followStart({ log, model }: SimulatedLog): void {
  const { logStartOffset } = log
  if (logStartOffset === model.startOffset) return
  const isBase = log.files.segments[0]!.baseOffset === logStartOffset
  if (!isBase || logStartOffset > model.highWatermark) {
    disagree(`the log starts at ${logStartOffset}`)
  }
  model.moveStart(logStartOffset)
}
