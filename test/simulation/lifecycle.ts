import { readOffsetCheckpoint } from '../../src/log/files/checkpoint-file.ts'
import { disagree } from './agree.ts'
import { checkFiles } from './check-files.ts'
import { Dice } from './dice.ts'
import { armFault, armKill } from './faults.ts'
import { type StartFiles, startFilesOf } from './producers-kept.ts'
import { reconcile } from './reconcile.ts'
import type { SimulatedBroker, SimulatedLog } from './simulated-broker.ts'
import { spoilFiles } from './spoil-files.ts'

const MAX_ATTEMPTS = 5

/** Closes and opens again. In between, files that can be rebuilt may get lost. */
export async function restart(broker: SimulatedBroker, dice: Dice): Promise<void> {
  const isAtOnce = dice.chance(0.5)
  broker.note(isAtOnce ? 'restart' : 'restart, closing many files at a time')
  // While closed, the logs rely on deferred syncs. Checkpoints are written only after these.
  broker.recoveryPoints = recoveryPointsOf(broker)
  if (!isAtOnce) await broker.manager.closeLogs()
  broker.manager.close()
  if (broker.isInTrouble) return
  broker.clock.forgetDeadlines()
  checkFiles(broker)
  if (!broker.settings.temporary && dice.chance(0.2)) {
    broker.note('  the power fails when all is closed')
    broker.disk = broker.disk.afterPowerFailure(dice)
  }
  reopen(broker, dice, { isClean: true, powerFailed: false })
}

/** Kills the process between two operations, possibly with a power failure. */
export function die(broker: SimulatedBroker, dice: Dice): void {
  const recoveryPoints = recoveryPointsOf(broker)
  const powerFailed = broker.powerFailsAtDeath
  broker.die(dice)
  broker.powerFailsAtDeath = false
  reopen(broker, dice, { isClean: false, powerFailed }, recoveryPoints)
}

/**
 * After a disk failure: the affected logs are offline, the fault is removed, and the broker starts
 * again.
 */
export function restartAfterFault(broker: SimulatedBroker, dice: Dice): void {
  broker.note('restart after the fault')
  broker.process.heal()
  const recoveryPoints = recoveryPointsOf(broker)
  if (dice.chance(0.5)) broker.process.kill()
  else broker.manager.close()
  broker.clock.forgetDeadlines()
  broker.disk.setCapacity(2 ** 40)
  reopen(broker, dice, { isClean: false, powerFailed: false }, recoveryPoints)
}

function reopen(
  broker: SimulatedBroker,
  dice: Dice,
  how: { isClean: boolean; powerFailed: boolean },
  recoveryPoints = recoveryPointsOf(broker),
): void {
  const spoiled = dice.chance(0.25) ? spoilFiles(broker, dice) : new Set<string>()
  let { powerFailed } = how
  let isClean = how.isClean && !spoiled.has('.kafka_cleanshutdown')
  const warnings = broker.warnings.length
  const starts: StartFiles[] = []
  for (let attempt = dice.chance(0.2) ? 1 : 2; ; attempt++) {
    const startOffsets = checkpoint(broker, 'log-start-offset-checkpoint', spoiled)
    const highWatermarks = checkpoint(broker, 'replication-offset-checkpoint', spoiled)
    starts.push(startFilesOf(broker, spoiled))
    if (startLogs(broker, attempt === 1 ? dice : undefined)) {
      broker.recoveryPoints = undefined
      const isKept = isClean && spoiled.size === 0
      const ending = {
        isClean: isKept,
        powerFailed,
        warnings: broker.warnings.slice(warnings),
        recoveryPoints,
        startOffsets,
        highWatermarks,
        starts,
      }
      for (const simulated of broker.logs) reconcile(broker, simulated, ending)
      break
    }
    if (attempt > MAX_ATTEMPTS) disagree('the logs are not opened any more')
    isClean = false
    powerFailed ||= broker.powerFailsAtDeath
    broker.die(new Dice(dice.seed()))
    broker.powerFailsAtDeath = false
  }
  if (isClean && spoiled.has('must warn') && broker.warnings.length === warnings) {
    throw new Error('nobody was told of the files that were spoiled')
  }
}

/**
 * Opens all logs. Returns true if all are open.
 *
 * @param dice for a fault while they are opened
 */
function startLogs(broker: SimulatedBroker, dice: Dice | undefined): boolean {
  try {
    broker.start(() => {
      if (dice === undefined) return
      if (dice.chance(0.5)) armKill(broker, dice)
      else armFault(broker, dice)
    })
  } catch (error) {
    if (!broker.isInTrouble) throw error
    broker.note(`  not opened: ${String(error)}`)
    return false
  }
  if (broker.isInTrouble) return false
  broker.process.heal()
  broker.powerFailsAtDeath = false
  return true
}

/**
 * Returns the recovery points of the logs. It has no meaning that they are not below the log start.
 */
function recoveryPointsOf(broker: SimulatedBroker): ReadonlyMap<SimulatedLog, number> {
  if (broker.recoveryPoints !== undefined) return broker.recoveryPoints
  return new Map(
    broker.logs.map((simulated) => {
      const { logStartOffset, durability } = simulated.log
      const { recoveryPoint, durableOffset } = durability
      const committed = broker.settings.durability === 'fsync' ? durableOffset : 0
      return [simulated, Math.max(committed, recoveryPoint > logStartOffset ? recoveryPoint : 0)]
    }),
  )
}

function checkpoint(broker: SimulatedBroker, name: string, spoiled: Set<string>) {
  if (spoiled.has(name)) return undefined
  try {
    return readOffsetCheckpoint(broker.disk, `${broker.directory}/${name}`)
  } catch {
    return undefined
  }
}
