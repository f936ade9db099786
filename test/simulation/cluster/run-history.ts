import { Dice } from '../dice.ts'
import { checkEverything } from './check-everything.ts'
import { ClusterLost } from './machine/simulated-cluster.ts'
import type { History } from './history.ts'
import { People } from './steps/people.ts'
import { steps } from './steps/steps.ts'
import { withUnhandledRejections } from './unhandled-rejections.ts'
import { World } from './world.ts'

/** The failure of a history. */
export interface Failure {
  readonly error: Error
}

/**
 * Runs a history. Returns undefined when everything is as it must be.
 *
 * @param onLine called with what happens, line by line; default: nothing is written
 */
export async function runHistory(
  history: History,
  onLine?: (line: string) => void,
): Promise<Failure | undefined> {
  const world = new World(history.settings, onLine)
  world.trace.note('history', () => JSON.stringify(history.settings))
  // A killed process may still run until the end of the event. Its rejections do not count.
  const onRejection = (error: Error): void => {
    if (world.cluster.isAlive) world.time.fail(error)
  }
  try {
    await withUnhandledRejections(onRejection, () => happen(world, history))
  } catch (error) {
    if (error instanceof ClusterLost) return undefined
    return { error: error as Error }
  }
  return undefined
}

async function happen(world: World, history: History): Promise<void> {
  const people = new People(world)
  await world.time.run(async () => {
    await world.cluster.start()
    for (const step of history.steps) {
      const dice = new Dice(step.dice)
      await world.time.pass(dice.pick([0, 1, 20, 200, 1500]))
      world.trace.note('history', () => `step ${step.kind}`)
      world.launch(async () => steps[step.kind]({ world, people, dice }))
    }
    await checkEverything(world, people)
  })
  await world.time.drain()
  for (const { client, port } of world.cluster.network.connections) {
    throw new Error(`a connection of ${client} to ${port} is left open`)
  }
}
