import type { Dice } from './dice.ts'
import type { SimulatedBroker } from './simulated-broker.ts'

/** Detectable damage by kind of file. */
const damages: readonly { ending: string; how: readonly ('lose' | 'cut' | 'garble')[] }[] = [
  { ending: '.index', how: ['lose', 'cut'] },
  { ending: '.timeindex', how: ['lose', 'cut'] },
  { ending: '.txnindex', how: ['cut'] },
  { ending: '.snapshot', how: ['lose', 'cut', 'garble'] },
  { ending: 'leader-epoch-checkpoint', how: ['lose', 'garble'] },
  { ending: '-offset-checkpoint', how: ['lose', 'garble'] },
  { ending: '.kafka_cleanshutdown', how: ['lose'] },
]

/**
 * Loses or damages files that can be rebuilt from the others. Returns their names, and whether a
 * warning must be logged (`must warn`).
 */
export function spoilFiles(broker: SimulatedBroker, dice: Dice): Set<string> {
  const { disk, directory } = broker
  const spoiled = new Set<string>()
  for (const path of filesBelow(broker, directory)) {
    const damage = damages.find(({ ending }) => path.endsWith(ending))
    if (damage === undefined || path.includes('-delete/') || !dice.chance(0.25)) continue
    const { length } = disk.readFile(path)
    const how = dice.pick(damage.how)
    if (how === 'lose') {
      disk.remove(path)
      disk.syncDirectory(path.slice(0, path.lastIndexOf('/')))
    } else if (length === 0) {
      continue
    } else {
      const file = disk.open(path)
      if (how === 'cut') file.truncate(length - 1)
      else file.write([Buffer.from('?')], dice.int(length))
      file.sync()
      file.close()
      const isNoticed = !/snapshot|offset-checkpoint/.test(path)
      if (isNoticed) spoiled.add('must warn')
    }
    spoiled.add(path.slice(path.lastIndexOf('/') + 1))
    broker.note(`  ${how} ${path}`)
  }
  return spoiled
}

/** Returns the paths of all files below a directory. */
export function filesBelow(broker: SimulatedBroker, directory: string): string[] {
  const { disk } = broker
  if (!disk.isDirectory(directory)) return []
  return disk.list(directory).flatMap((name) => {
    const path = `${directory}/${name}`
    return disk.isDirectory(path) ? filesBelow(broker, path) : [path]
  })
}
