import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inParallel } from '../../../src/log/files/in-parallel.ts'
import { harness, resultsDir, runHarness } from '../setup/kafka-integration.ts'

/** Parallel Java processes. They mostly wait, for timeouts and for each other. */
const PROCESSES = Number(process.env['KAFKA_INTEGRATION_PROCESSES'] ?? 8)
const CLASSES_PER_PROCESS = 5
const MAX_DETAIL_CHARS = 400

/**
 * Classes that take half a minute or more, slowest first. They start first, each in its own
 * process.
 */
const slowest = [
  'EosIntegrationTest',
  'ExactlyOnceSourceIntegrationTest',
  'TransactionsTest',
  'StandbyTaskEOSIntegrationTest',
  'StandbyTaskEOSMultiRebalanceIntegrationTest',
  'SlidingWindowedKStreamIntegrationTest',
  'KStreamRepartitionIntegrationTest',
  'PositionRestartIntegrationTest',
  'PlaintextAdminIntegrationTest',
  'VersionedKeyValueStoreIntegrationTest',
  'TransformationIntegrationTest',
  'SourceConnectorsIntegrationTest',
  'IQv2StoreIntegrationTest',
  'ResetConsumerGroupOffsetTest',
  'ConsumerBounceTest',
  'QueryableStateIntegrationTest',
  'KRaftClusterTest',
  'ProducerFailureHandlingTest',
  'NamedTopologyIntegrationTest',
  'StreamsUncaughtExceptionHandlerIntegrationTest',
  'RestoreIntegrationTest',
  'PurgeRepartitionTopicIntegrationTest',
  'ConnectorRestartApiIntegrationTest',
]

/**
 * Classes that the harness cannot load, with the reason. Such a class stops all other classes of
 * its process.
 */
const unloadable: Readonly<Record<string, string>> = {
  RestForwardingIntegrationTest: 'needs Mockito, which the harness does not have',
}

/**
 * Tests whose clusters have feature levels that the harness does not ask for, with the options that
 * give them. The list of what is not there yet leaves them out of the run of their class.
 */
const withOptions: Readonly<Record<string, readonly string[]>> = {
  'org.apache.kafka.clients.TransactionsExpirationTest#testTransactionAfterProducerIdExpiresWithTV1':
    ['--feature', 'transaction.version=1'],
}

/** The result of one of Kafka's tests. */
export interface TestResult {
  readonly className: string
  readonly method: string
  readonly displayName: string
  /** `started` if it did not end. */
  readonly status: string
  readonly detail: string
}

const ownList = fileURLToPath(new URL('../kafka-integration/classes.txt', import.meta.url))

/** Returns the classes in the lists of the harness and in ours, or the requested ones. */
export function classesOfLists(): string[] {
  const asked = new RegExp(process.env['KAFKA_INTEGRATION_CLASSES'] ?? '')
  const lists = ['classes.txt', 'classes-streams-connect.txt'].map((list) => join(harness, list))
  return [...lists, ownList].flatMap(linesOf).filter((name) => asked.test(name))
}

/** Returns the reason why a class cannot run; `undefined` if it can. */
export function whyNotRun(className: string): string | undefined {
  return unloadable[simpleName(className)]
}

/** Whether it is a result of the class, or of the class as a whole. */
export function isOfClass(result: TestResult, className: string): boolean {
  return simpleName(result.className) === simpleName(className)
}

/**
 * Runs the classes, then their tests that need options, and then each failed test again, alone.
 * Returns the last result of each test.
 */
export async function runClasses(classes: readonly string[]): Promise<readonly TestResult[]> {
  await inParallel(groupsOf(classes), PROCESSES, async (group) => {
    await runHarness(['one', resultsDir, ...group])
  })
  for (const name of Object.keys(withOptions)) {
    if (classes.includes(classNameOf(name))) await runAlone(name)
  }
  const failed = readResults().filter(({ status }) => isFailure(status))
  // A class that fails as a whole has no method, and is not listed with its full name.
  const nameOf = (result: TestResult) => classes.find((name) => isOfClass(result, name))
  const again = new Set(
    failed.map((result) => `${nameOf(result)}#${result.method}`.replace(/#$/, '')),
  )
  for (const name of again) await runAlone(name)
  return readResults()
}

/** Runs a class or one of its tests, with the options that it needs. */
async function runAlone(name: string): Promise<void> {
  await runHarness(['one', resultsDir, name], withOptions[name])
}

function classNameOf(test: string): string {
  return test.split('#', 1)[0]!
}

/**
 * Returns the parts that a class waits for, if none of its tests has run; otherwise `undefined`.
 */
export function whyNoneRan(results: readonly TestResult[]): string | undefined {
  const notYet = results.filter(({ status }) => status === 'not-yet')
  const others = results.filter(({ status }) => status !== 'not-yet' && status !== 'skipped')
  if (notYet.length === 0 || others.length > 0) return undefined
  return [...new Set(notYet.map(({ detail }) => detail))].join(', ')
}

export function isFailure(status: string): boolean {
  return status === 'failed' || status === 'started'
}

/** Returns the test and its failure in one line. */
export function describeFailure({ method, displayName, status, detail }: TestResult): string {
  const what = status === 'started' ? 'did not end' : detail.slice(0, MAX_DETAIL_CHARS)
  return `${method} ${displayName}: ${what}`
}

function groupsOf(classes: readonly string[]): string[][] {
  const rankOf = (name: string) => slowest.indexOf(simpleName(name))
  const alone = classes
    .filter((name) => rankOf(name) >= 0)
    .toSorted((a, b) => rankOf(a) - rankOf(b))
    .map((name) => [name])
  const others = classes.filter((name) => rankOf(name) < 0)
  const groups: string[][] = []
  for (let at = 0; at < others.length; at += CLASSES_PER_PROCESS) {
    groups.push(others.slice(at, at + CLASSES_PER_PROCESS))
  }
  return [...alone, ...groups]
}

function simpleName(className: string): string {
  return className.slice(className.lastIndexOf('.') + 1)
}

/** Returns the last result of each test. */
function readResults(): TestResult[] {
  const excuses = readExcuses()
  const last = new Map<string, TestResult>()
  for (const line of linesOf(join(resultsDir, 'results.tsv'))) {
    const [className = '', method = '', displayName = '', status = '', , detail = ''] =
      line.split('\t')
    if (status === '' || status === 'refused') continue
    const result = { className, method, displayName, status, detail }
    const name = `${className}#${method} ${displayName}`
    const isExcused = isFailure(status) && excuses.some((excuse) => excuse.test(name))
    last.set(name, isExcused ? { ...result, status: 'excused' } : result)
  }
  return [...last.values()]
}

/**
 * Returns names of tests that fail for reasons listed by the harness: another version of Kafka,
 * internals of a broker, deliberate differences.
 */
function readExcuses(): RegExp[] {
  return linesOf(join(harness, 'verdicts.tsv')).map((line) => new RegExp(line.split('\t')[0]!))
}

function linesOf(path: string): string[] {
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.filter((line) => line.trim() !== '' && !line.startsWith('#'))
}
