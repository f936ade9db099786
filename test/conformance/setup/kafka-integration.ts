import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheDir, once, run } from './command.ts'
import { pomOf, resolveClasspath } from './java.ts'

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
  await addJUnit4()
  await runHarness(['zero', checkout])
  rmSync(resultsDir, { recursive: true, force: true })
}

/** Adds JUnit 4, which a class of the lists needs, to the class path of the harness. */
async function addJUnit4(): Promise<void> {
  const junit = await resolveClasspath('junit4', pomOf('junit4.pom.xml'))
  if (junit.missing !== undefined) throw new Error(`JUnit 4 is missing: ${junit.missing}`)
  const path = join(harnessDir, 'classpath')
  const classpath = readFileSync(path, 'utf8').trim()
  if (!classpath.includes(junit.classpath)) writeFileSync(path, `${classpath}:${junit.classpath}`)
}

const notYet = fileURLToPath(new URL('../kafka-integration/not-yet.tsv', import.meta.url))

/**
 * A process that takes longer hangs. Each test has a timeout of its own, and the longest processes
 * take five minutes on a machine with two cores.
 */
const PROCESS_LIMIT_S = 1800

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
    // Tests that loop over the protocols of groups use all of them.
    CLASSIC_ONLY: 'false',
    ODRADEK_ARGS: [...startOptions, ...(options ?? [])].join(' '),
    LIMIT: String(PROCESS_LIMIT_S),
  }
  return run(join(harness, 'run'), args, { env, timeoutMs: (PROCESS_LIMIT_S + 300) * 1000 })
}

/** Returns the names of the tests of a class of the harness. */
export function testsOfClass(className: string): string[] {
  const classPath = readFileSync(join(harnessDir, 'classpath'), 'utf8').trim()
  const listing = execFileSync('javap', ['-package', '-cp', classPath, className], {
    encoding: 'utf8',
  })
  return Array.from(listing.matchAll(/ void (test\w+)\(/g), ([, name]) => name!)
}
