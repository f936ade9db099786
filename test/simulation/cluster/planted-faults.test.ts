import { mkdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'
import { describe, expect, test } from 'vitest'
import type { historyOf } from './history.ts'
import { plantedFaults, type PlantedFault } from './planted-faults.ts'
import type { runHistory } from './run-history.ts'

/** `PLANTED_FAULTS=1` runs them. CI always does. Each fault needs a build of its own. */
const isWanted = process.env['PLANTED_FAULTS'] === '1' || process.env['ODRADEK_TEST_SCALE'] === '1'

const MAX_SEEDS = 1000
const root = resolve(import.meta.dirname, '../../..')

interface Simulator {
  readonly historyOf: typeof historyOf
  readonly runHistory: typeof runHistory
}

describe.runIf(isWanted)('a fault in the source is found by the simulator', () => {
  test.each(plantedFaults)('$name', async (fault) => {
    const simulator = await build(fault)
    for (let tried = 0; tried < MAX_SEEDS; tried++) {
      const seed = (tried + (fault.seed ?? 0)) % MAX_SEEDS
      const failure = await simulator.runHistory(simulator.historyOf(seed))
      if (failure === undefined) continue
      console.log(`${fault.name}: found by seed ${seed}: ${failure.error.message}`)
      return
    }
    expect.fail(`not found by the seeds 0 to ${MAX_SEEDS - 1}`)
  })
})

test.each(plantedFaults)('the source still has the place of the fault: $name', (fault) => {
  const text = readFileSync(join(root, 'src', fault.file), 'utf8')
  expect(text.split(fault.search)).toHaveLength(2)
})

/** Bundles the simulator with a copy of the source that has the fault. */
async function build(fault: PlantedFault): Promise<Simulator> {
  const name = fault.name.replaceAll(/\W+/g, '-')
  const directory = join(root, 'node_modules/.cache/planted-faults')
  mkdirSync(directory, { recursive: true })
  const file = join(directory, `${name}.mjs`)
  const bundle = await rolldown({
    input: join(import.meta.dirname, 'simulator.ts'),
    platform: 'node',
    external: ['@node-rs/crc32', 'snappy', 'lz4-napi', 'pino', 'fzstd'],
    plugins: [
      {
        name: 'planted-fault',
        transform: (code, id) =>
          id === join(root, 'src', fault.file) ? code.replace(fault.search, fault.replace) : null,
      },
    ],
  })
  await bundle.write({ file, format: 'esm' })
  await bundle.close()
  return (await import(pathToFileURL(file).href)) as Simulator
}
