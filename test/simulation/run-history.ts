import { ApiError } from '../../src/protocol/api-error.ts'
import { CleaningAborted } from '../../src/log/cleaner/cleaning-aborted.ts'
import { errorCodeOf } from '../../src/platform/system-error.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { agree, disagree, Disagreement } from './agree.ts'
import { compareEverything, compareOffsets, compareSomeReads } from './compare.ts'
import { Dice } from './dice.ts'
import type { History, Step } from './history.ts'
import { die, restart, restartAfterFault } from './lifecycle.ts'
import { SimulatedBroker } from './simulated-broker.ts'
import { steps } from './steps.ts'

/** The error of a history, and the steps before it. */
export interface Failure {
  readonly error: Error
  readonly trace: readonly string[]
}

/** Runs a history. Returns undefined if the log always agreed with the model. */
export async function runHistory({
  settings,
  steps: taken,
}: History): Promise<Failure | undefined> {
  const broker = new SimulatedBroker(settings)
  try {
    for (const step of taken) {
      await takeStep(broker, step)
      // Two appends that share a sync may happen in one turn of the event loop.
      if (settings.durability !== 'fsync' || (step.dice & 1) === 0) await nextTurn()
    }
    await finish(broker)
  } catch (error) {
    return { error: error as Error, trace: broker.trace }
  }
  return undefined
}

async function takeStep(broker: SimulatedBroker, step: Step): Promise<void> {
  const dice = new Dice(step.dice)
  if (broker.isInTrouble) await attempt(broker, dice, () => {})
  const simulated = dice.pick(broker.logs)
  await attempt(broker, dice, async () => {
    if (broker.logs.length > 1) broker.note(`[${simulated.partition}]`)
    await steps[step.kind](broker, simulated, dice)
    broker.clock.advance(0)
    if (broker.settings.durability === 'fsync') await commit(broker, dice.chance(0.6))
    if (broker.isInTrouble) return
    for (const other of broker.logs) {
      compareOffsets(other)
      other.model.onSynced(other.log.durability.recoveryPoint)
      other.inFlight = {}
    }
    compareSomeReads(simulated, dice, 1)
  })
}

/** Makes everything that was appended durable, now or soon. */
async function commit(broker: SimulatedBroker, isAwaited: boolean): Promise<void> {
  const commits = broker.logs.map(({ log }) => Promise.resolve(log.durability.commit()))
  if (!isAwaited) return
  await Promise.all(commits)
  if (broker.isInTrouble) return
  for (const { log } of broker.logs)
    agree('the durable offset', log.durability.durableOffset, log.logEndOffset)
}

/** Waits until background work of a step is done, such as the sync of an inactive segment. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}

/** Does something that a kill or a fault may interrupt, and then starts the broker again. */
async function attempt(
  broker: SimulatedBroker,
  dice: Dice,
  action: () => void | Promise<void>,
): Promise<void> {
  try {
    await action()
  } catch (error) {
    const isOfTrouble = error instanceof Disagreement || error instanceof CleaningAborted
    if (errorCodeOf(error) === undefined && !(isOfTrouble && broker.isInTrouble)) throw error
    broker.note(`  ${String(error)}`)
    if (!broker.process.isDead) return restartAfterFault(broker, dice)
  }
  if (broker.process.isDead) return die(broker, dice)
  if (!broker.isInTrouble) return
  await untilOffline(broker)
  if (broker.process.isDead) return die(broker, dice)
  const isDoneWithout = broker.warnings.at(-1)?.startsWith('continues without a checkpoint')
  const isDeleted = broker.logs.some(({ inFlight }) => inFlight.deletes)
  if (!isDoneWithout && !isDeleted && broker.logs.every(({ log }) => !log.isOffline))
    disagree('no log is offline after a fault')
  for (const { log } of broker.logs) {
    if (!log.isOffline) continue
    const read = log.read(log.logStartOffset, 100, 'logEnd', true)
    agree('a read', read, ApiError.of(ErrorCode.KafkaStorageError))
  }
  restartAfterFault(broker, dice)
}

/** A background sync that failed is noticed when the other syncs have ended. */
async function untilOffline({ logs, process }: SimulatedBroker): Promise<void> {
  let turns = 0
  do await nextTurn()
  while (++turns < 10 && !process.isDead && logs.every(({ log }) => !log.isOffline))
}

/** Opens everything once more without faults, and compares everything. */
async function finish(broker: SimulatedBroker): Promise<void> {
  const dice = new Dice(1)
  if (broker.isInTrouble) await attempt(broker, dice, () => {})
  broker.process.heal()
  broker.powerFailsAtDeath = false
  await attempt(broker, dice, () => restart(broker, dice))
  for (const simulated of broker.logs) compareEverything(simulated)
}
