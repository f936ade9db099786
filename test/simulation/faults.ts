import type { FileOperation } from '../support/disk/faulty-file-system.ts'
import type { Dice } from './dice.ts'
import type { SimulatedBroker } from './simulated-broker.ts'

const writing: readonly FileOperation[] = ['create', 'write', 'truncate', 'makeDirectory', 'rename']
const effects = ['nothing', 'half', 'everything'] as const

/**
 * Arms a kill of the process at one of its next file operations, possibly because of a power
 * failure.
 */
export function armKill(broker: SimulatedBroker, dice: Dice): void {
  const skip = dice.int(dice.chance(0.5) ? 8 : 40)
  const effect = dice.pick(effects)
  broker.powerFailsAtDeath = !broker.settings.temporary && dice.chance(0.6)
  const how = broker.powerFailsAtDeath ? 'the power is to fail' : 'the process is to be killed'
  broker.note(`  ${how} in ${skip} operations (${effect})`)
  broker.process.inject({ skip, code: 'killed', effect })
}

/** Arms a failure of one of the next file operations, or of all from then on. */
export function armFault(broker: SimulatedBroker, dice: Dice): void {
  const code = dice.pick(['EIO', 'ENOSPC', 'EACCES', 'EMFILE'])
  const skip = dice.int(dice.chance(0.5) ? 6 : 30)
  const times = dice.chance(0.5) ? 1 : Infinity
  const effect = dice.pick(effects)
  const operations = code === 'ENOSPC' ? writing : undefined
  broker.note(`  ${code} is to come in ${skip} operations, ${times} times (${effect})`)
  broker.process.inject({ code, skip, times, effect, ...(operations && { operations }) })
}
