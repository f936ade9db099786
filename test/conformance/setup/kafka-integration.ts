import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheDir, once, run } from './command.ts'

const checkout = fileURLToPath(new URL('../../..', import.meta.url))

/** The harness that runs Kafka's own integration tests. It is not in this repository. */
export const harness = join(checkout, '../shared/tools/kafka-it')

/** The folder for the build of the harness, and for its output. */
export const harnessDir = join(cacheDir, 'kafka-integration')
export const resultsDir = join(harnessDir, 'results')

/**
 * Builds the package and the harness if they are out of date, and removes results of an earlier
 * run.
 */
export async function installKafkaIntegration(): Promise<void> {
  execFileSync(process.execPath, [join(checkout, 'scripts/build.mjs'), '--if-stale'])
  const sources = readdirSync(harness, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  await once('kafka-integration', sources, () => runHarness(['build']))
  if (!existsSync(join(harnessDir, 'classpath'))) await runHarness(['build'])
  await runHarness(['zero', checkout])
  rmSync(resultsDir, { recursive: true, force: true })
}

const notYet = fileURLToPath(new URL('../kafka-integration/not-yet.tsv', import.meta.url))

/** As the clusters of Kafka's tests do, brokers serve unstable versions. */
const startOptions = [
  '--profile faithful',
  '--first-broker-id 0',
  '--config unstable.api.versions.enable=true',
]

/**
 * Runs a command of the harness.
 *
 * @param options of `odradek start`; tests that are not run without them are run then. Default:
 *   none
 */
export function runHarness(args: readonly string[], options?: readonly string[]): Promise<string> {
  const env = {
    ...process.env,
    WORK: harnessDir,
    NOT_YET: options === undefined ? notYet : '',
    ODRADEK_ARGS: [...startOptions, ...(options ?? [])].join(' '),
    LIMIT: '900',
  }
  return run(join(harness, 'run'), args, { env, timeoutMs: 1_200_000 })
}
