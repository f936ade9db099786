import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inParallel } from '../../../src/log/files/in-parallel.ts'
import { harness, resultsDir, runHarness, testsOfClass } from '../setup/kafka-integration.ts'
import { isPartOfDay, ofAnotherDay } from './part-of-day.ts'

/** Parallel Java processes. They mostly wait, for timeouts and for each other. */
const PROCESSES = Number(process.env['KAFKA_INTEGRATION_PROCESSES'] ?? 8)
const CLASSES_PER_PROCESS = 5
const MAX_DETAIL_CHARS = 400

/**
 * Classes that take half a minute or more, slowest first. They start first, each in its own
 * process.
 */
const slowest = [
  'PlaintextAdminIntegrationTest',
  'ShareFetchAcknowledgeRequestTest',
  'EosIntegrationTest',
  'ExactlyOnceSourceIntegrationTest',
  'TransactionsTest',
  'StandbyTaskEOSIntegrationTest',
  'StandbyTaskEOSMultiRebalanceIntegrationTest',
  'SlidingWindowedKStreamIntegrationTest',
  'KStreamRepartitionIntegrationTest',
  'PositionRestartIntegrationTest',
  'VersionedKeyValueStoreIntegrationTest',
  'TransformationIntegrationTest',
  'SourceConnectorsIntegrationTest',
  'IQv2StoreIntegrationTest',
  'ResetConsumerGroupOffsetTest',
  'DescribeConsumerGroupTest',
  'ConsumerGroupHeartbeatRequestTest',
  'ConsumerBounceTest',
  'PlaintextConsumerTest',
  'QueryableStateIntegrationTest',
  'KRaftClusterTest',
  'PlaintextConsumerSubscriptionTest',
  'ProducerFailureHandlingTest',
  'NamedTopologyIntegrationTest',
  'StreamsUncaughtExceptionHandlerIntegrationTest',
  'RestoreIntegrationTest',
  'PurgeRepartitionTopicIntegrationTest',
  'ConnectorRestartApiIntegrationTest',
  'SmokeTestDriverIntegrationTest',
  'PlaintextProducerSendTest',
  'PlaintextConsumerPollTest',
  'ConsumerProtocolMigrationTest',
  'ResetIntegrationTest',
  'PlaintextConsumerFetchTest',
  'IQv2EndpointToPartitionsIntegrationTest',
  'JoinWithIncompleteMetadataIntegrationTest',
  'KTableSourceTopicRestartIntegrationTest',
]

/**
 * Classes whose tests take minutes, because they wait: several processes share them. They start
 * before all others.
 */
const shared: Readonly<Record<string, number>> = { ShareConsumerTest: 6 }

/**
 * A run takes all classes of brokers and their clients, but only the part of a day of those that
 * take long and ask the brokers for little that others do not: most are of Streams and Connect. All
 * that are asked for run.
 */
const PARTS = 5
const askedClasses = process.env['KAFKA_INTEGRATION_CLASSES']
const takesLong =
  /\.(streams|connect)\.integration\.|\.(PlaintextConsumerFetch|ResetIntegration|\w+\$WithAssignmentBatchingDisabled)Test$/

/**
 * Classes that do not run, with the reason. A class that the harness cannot load stops all other
 * classes of its process.
 */
const notRun: Readonly<Record<string, string>> = {
  RestForwardingIntegrationTest: 'needs Mockito, which the harness does not have',
  KTableKTableForeignKeyJoinIntegrationTest: 'starts no broker, and takes long',
}

/**
 * Tests whose clusters need options that the harness does not give: other feature levels, or a
 * longer interval between assignments. The list of what is not there yet leaves them out of the run
 * of their class.
 */
const withOptions: readonly { options: readonly string[]; tests: readonly string[] }[] = [
  {
    options: ['--feature', 'transaction.version=1'],
    tests: [
      'org.apache.kafka.clients.TransactionsExpirationTest#testTransactionAfterProducerIdExpiresWithTV1',
    ],
  },
  {
    options: ['--feature', 'group.version=0'],
    tests: [
      'kafka.server.ConsumerGroupHeartbeatRequestTest#testConsumerGroupHeartbeatIsInaccessibleWhenFeatureFlagNotEnabled',
      'kafka.server.ConsumerGroupDescribeRequestTest#testConsumerGroupDescribeWhenFeatureFlagNotEnabled',
      'org.apache.kafka.clients.consumer.ConsumerIntegrationTest#testAsyncConsumerWithConsumerProtocolDisabled',
    ],
  },
  {
    options: ['--feature', 'share.version=0'],
    tests: [
      'kafka.server.ShareFetchAcknowledgeRequestTest#testShareAcknowledgeRequestIsInAccessibleWhenConfigsDisabled',
      'kafka.server.ShareFetchAcknowledgeRequestTest#testShareFetchRequestIsInAccessibleWhenConfigsDisabled',
      'kafka.server.ShareGroupHeartbeatRequestTest#testShareGroupHeartbeatIsInAccessibleWhenConfigsDisabled',
      'kafka.server.ShareGroupDescribeRequestTest#testShareGroupDescribeIsInAccessibleWhenConfigsDisabled',
    ],
  },
  {
    options: ['--feature', 'streams.version=0'],
    tests: [
      'kafka.server.StreamsGroupHeartbeatRequestTest#testStreamsGroupHeartbeatIsInaccessibleWhenDisabledByFeatureConfig',
      'kafka.server.StreamsGroupDescribeRequestTest#testStreamsGroupDescribeWhenFeatureFlagNotEnabled',
    ],
  },
  {
    // They expect no second assignment before they end, which may take longer than a second.
    options: ['--config', 'group.consumer.assignment.interval.ms=15000'],
    tests: [
      'kafka.server.ConsumerProtocolMigrationTest#testDowngradeMigrationPolicy',
      'kafka.server.ConsumerProtocolMigrationTest#testOnlineMigrationWithEagerAssignmentStrategyAndDynamicMembers',
      'kafka.server.ConsumerProtocolMigrationTest#testOnlineMigrationWithEagerAssignmentStrategyAndStaticMembers',
      'kafka.server.ConsumerProtocolMigrationTest#testOnlineMigrationWithCooperativeAssignmentStrategyAndDynamicMembers',
      'kafka.server.ConsumerProtocolMigrationTest#testOnlineMigrationWithCooperativeAssignmentStrategyAndStaticMembers',
    ],
  },
]

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
  const names = new RegExp(askedClasses ?? '')
  return allClasses().filter((name) => names.test(name))
}

function allClasses(): string[] {
  const lists = ['classes.txt', 'classes-streams-connect.txt'].map((list) => join(harness, list))
  return [...lists, ownList].flatMap(linesOf)
}

/** Returns the reason why a class cannot run; `undefined` if it can. */
export function whyNotRun(className: string): string | undefined {
  const reason = notRun[simpleName(className)]
  if (reason !== undefined || !takesLong.test(className)) return reason
  const isToday = isPartOfDay(longClasses().indexOf(className), PARTS)
  return isToday || askedClasses !== undefined ? undefined : ofAnotherDay
}

function longClasses(): string[] {
  return allClasses().filter((name) => takesLong.test(name))
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
  const groups = [...groupsOf(classes), ...optionGroupsOf(classes)]
  await inParallel(groups, PROCESSES, runGroup)
  for (const group of unfinished(groups)) await runGroup(group)
  const failed = readResults().filter(({ status }) => isFailure(status))
  // A class that fails as a whole has no method, and is not listed with its full name.
  const nameOf = (result: TestResult) => classes.find((name) => isOfClass(result, name))
  const again = new Set(
    failed.map((result) => `${nameOf(result)}#${result.method}`.replace(/#$/, '')),
  )
  for (const name of again) await runAlone(name)
  return readResults()
}

async function runGroup({ tests, options }: Group): Promise<void> {
  await runHarness(['one', resultsDir, ...tests], options)
}

/**
 * Returns what processes left undone when they were killed, because the machine is slow or has not
 * enough memory: classes or tests that did not end, and those that did not start.
 */
function unfinished(groups: readonly Group[]): Group[] {
  const results = readResults()
  return groups
    .map((group) => {
      // A test with options is listed as not yet there when its class runs without them.
      const open = group.options === undefined ? ['started'] : ['started', 'not-yet']
      const isFinished = (name: string): boolean => {
        const own = results.filter((result) => isOf(result, name))
        return own.length > 0 && own.every(({ status }) => !open.includes(status))
      }
      return { ...group, tests: group.tests.filter((name) => !isFinished(name)) }
    })
    .filter(({ tests }) => tests.length > 0)
}

/** Whether it is a result of the class, or of its test. */
function isOf(result: TestResult, name: string): boolean {
  const [className, method] = name.split('#') as [string, string?]
  return isOfClass(result, className) && (method === undefined || result.method === method)
}

/** Runs a class or one of its tests, with the options that it needs. */
async function runAlone(name: string): Promise<void> {
  const { options } = withOptions.find(({ tests }) => tests.includes(name)) ?? {}
  await runHarness(['one', resultsDir, name], options)
}

/** Returns the tests of the classes that need options. */
function optionGroupsOf(classes: readonly string[]): Group[] {
  return withOptions
    .map(({ options, tests }) => ({
      options,
      tests: tests.filter((name) => classes.includes(classNameOf(name))),
    }))
    .filter(({ tests }) => tests.length > 0)
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

/** Classes or tests for one process. */
interface Group {
  readonly tests: readonly string[]
  readonly options?: readonly string[]
}

function groupsOf(classes: readonly string[]): Group[] {
  const rankOf = (name: string) => slowest.indexOf(simpleName(name))
  const alone = classes
    .filter((name) => rankOf(name) >= 0)
    .toSorted((a, b) => rankOf(a) - rankOf(b))
    .map((name) => [name])
  const divided = classes.filter((name) => simpleName(name) in shared).flatMap(partsOf)
  const others = classes.filter((name) => rankOf(name) < 0 && !(simpleName(name) in shared))
  const groups: string[][] = []
  for (let at = 0; at < others.length; at += CLASSES_PER_PROCESS) {
    groups.push(others.slice(at, at + CLASSES_PER_PROCESS))
  }
  return [...divided, ...alone, ...groups].map((tests) => ({ tests }))
}

/** Returns the tests of a class, in one list for each of its processes. */
function partsOf(className: string): string[][] {
  const count = shared[simpleName(className)]!
  const tests = testsOfClass(className).map((name) => `${className}#${name}`)
  return Array.from({ length: count }, (_, part) =>
    tests.filter((_test, at) => at % count === part),
  )
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
