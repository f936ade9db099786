import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isInstalled } from './setup/command.ts'
import { startBroker } from './support/broker.ts'
import type { Broker } from './support/broker.ts'
import { apiVersionsAgree, knownDifferences, sectionsNotServed } from './support/golden.ts'
import { runToEnd } from './support/processes.ts'

const tool = (name: string) =>
  fileURLToPath(new URL(`../../../shared/tools/golden/${name}`, import.meta.url))
const replayApart = fileURLToPath(new URL('./support/replay-apart.py', import.meta.url))
const recording = fileURLToPath(
  new URL('../../../shared/data/golden-broker-4.4.0.jsonl', import.meta.url),
)

const missing = !existsSync(tool('replay.py'))
  ? 'the recorded exchanges are not beside this checkout'
  : (await isInstalled('python3'))
    ? undefined
    : 'there is no python3'
if (missing !== undefined) console.warn(`the golden exchanges are skipped: ${missing}`)

/** The configs of the recorded broker, see the README of the replaying tool. */
const recordedConfig = {
  'num.partitions': 1,
  'auto.create.topics.enable': true,
  'default.replication.factor': 1,
  'group.initial.rebalance.delay.ms': 0,
  'offsets.topic.num.partitions': 5,
  'transaction.state.log.num.partitions': 5,
  'share.coordinator.state.topic.num.partitions': 5,
}

describe.skipIf(missing !== undefined)('what real Kafka 4.4.0 answered', () => {
  let broker: Broker
  let directory: string
  /** Differences by exchange, `section / name / vN`, with the text of compare.py. */
  const differences = new Map<string, string>()
  let exchanges = 0

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'odradek-golden-'))
    broker = await startBroker({ profile: 'faithful', config: recordedConfig })
    const answers = join(directory, 'answers.jsonl')
    const port = broker.bootstrapServers.split(':')[1]!
    const replayed = await runToEnd('env', [
      `PORT=${port}`,
      'python3',
      replayApart,
      tool('replay.py'),
      answers,
    ])
    const compared = await runToEnd('python3', [tool('compare.py'), answers, '-v'])
    if (compared.exitCode !== 0) throw new Error(compared.stderr)
    // Dozens of checks fail for parts that are not emulated yet. Their number is enough.
    const failed = replayed.stderr.trim().split('\n').at(-1)
    console.log(`${failed} of the scenario\n${sectionLines(compared.stdout).join('\n')}`)
    exchanges = countExchanges(compared.stdout)
    const apiVersions = await apiVersionsAgree(recording, answers)
    for (const { exchange, said } of differingExchanges(compared.stdout)) {
      const [section, name] = exchange.split(' / ')
      if (sectionsNotServed.has(section!)) continue
      if (section === 'ApiVersions' && apiVersions.has(name!)) continue
      differences.set(exchange, said)
    }
    const agreeing = exchanges - differences.size
    const percent = ((100 * agreeing) / exchanges).toFixed(1)
    console.log(`${agreeing} of ${exchanges} exchanges agree with real Kafka: ${percent} %`)
    for (const exchange of differences.keys()) {
      console.log(`  differs: ${exchange}: ${knownDifferences.get(exchange) ?? 'UNEXPLAINED'}`)
    }
  })

  afterAll(async () => {
    await broker?.stop()
    if (directory !== undefined) await rm(directory, { recursive: true, force: true })
  })

  test('at least 99 % of the served exchanges agree', () => {
    expect(exchanges).toBeGreaterThan(300)
    expect((exchanges - differences.size) / exchanges).toBeGreaterThanOrEqual(0.99)
  })

  test('each remaining difference has a reason, and each reason a difference', () => {
    const unexplained = [...differences].filter(([exchange]) => !knownDifferences.has(exchange))
    expect(Object.fromEntries(unexplained)).toEqual({})
    const gone = [...knownDifferences.keys()].filter((exchange) => !differences.has(exchange))
    expect(gone).toEqual([])
  })
})

/** `Fetch   exchanges   31  errors   31  shape   31  values   31` */
function sectionLines(compared: string): string[] {
  return compared.split('\n').filter((line) => / exchanges +\d+ /.test(line))
}

function countExchanges(compared: string): number {
  return sectionLines(compared)
    .filter((line) => !sectionsNotServed.has(line.slice(0, line.indexOf(' exchanges ')).trim()))
    .reduce((sum, line) => sum + Number(/ exchanges +(\d+)/.exec(line)![1]), 0)
}

/**
 * Returns the lines that start with `DIFF (…)` or `MISSING (…)` and a Python tuple, and the text
 * after each.
 */
function differingExchanges(compared: string): { exchange: string; said: string }[] {
  return compared
    .split(/^(?=DIFF |MISSING )/m)
    .filter((part) => /^(DIFF|MISSING) /.test(part))
    .map((part) => {
      const tuple =
        /^(?:DIFF|MISSING) \((['"])(.*?)\1, (['"])(.*?)\3, (?:\d+|None), (?:(\d+)|None), (\d+)\)/
      const [, , section, , name, version, occurrence] = tuple.exec(part)!
      const again = occurrence === '1' ? '' : ` #${occurrence}`
      return { exchange: `${section} / ${name} / v${version}${again}`, said: part.trim() }
    })
}
