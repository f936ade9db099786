/**
 * Measures whole brokers, each in its own process, in turns. See README.md, or `--help`.
 *
 * @import { BrokerKind, Samples, Scenario } from './types.ts'
 */
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { brokerKinds } from './brokers/index.mjs'
import { namedBuilds } from './builds/index.mjs'
import { choose } from './choose.mjs'
import { resultsTable } from './measure/results-table.mjs'
import { scenarios } from './scenarios/index.mjs'

const { values: options } = parseArgs({
  options: {
    builds: { type: 'string' },
    brokers: { type: 'string' },
    scenario: { type: 'string' },
    rounds: { type: 'string' },
    scale: { type: 'string', default: '1' },
    port: { type: 'string', default: '19500' },
    together: { type: 'boolean', default: false },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
const defaultRounds = options.builds === undefined ? 5 : 10
const rounds = Number(options.rounds ?? defaultRounds)

/** The ports that a broker may try, when several run at the same time. */
const portsOfBroker = 8

/** @type {Samples} */
const samples = new Map()

if (options.help) console.log(help())
else await measureAll()

async function measureAll() {
  const chosen = choose('scenario', scenarios, options.scenario)
  const kinds = await available([...namedBuilds(options.builds), ...chosenBrokers()])
  for (let round = 0; round < rounds; round++) {
    for (const scenario of chosen) {
      const turns = rotated(kinds, round).map((kind, place) => () => {
        return measure(scenario, kind, round, Number(options.port) + place * portsOfBroker)
      })
      if (options.together) await Promise.all(turns.map((turn) => turn()))
      else for (const turn of turns) await turn()
    }
  }
  console.log(`\n${environment()}\n\n${resultsTable(chosen, kinds, samples)}`)
  if (options.json !== undefined) writeResults(options.json)
}

/** With `--builds`, only peers that are named in addition. */
function chosenBrokers() {
  if (options.builds !== undefined && options.brokers === undefined) return []
  return choose('broker', brokerKinds, options.brokers)
}

/**
 * @param {Scenario} scenario
 * @param {BrokerKind} kind
 * @param {number} round
 * @param {number} port
 */
async function measure(scenario, kind, round, port) {
  if (scenario.isOfOdradek && kind.packageDir === undefined) return
  const context = { kind, port, nodeArguments: [], scale: Number(options.scale) }
  try {
    const values = await scenario.run(context)
    for (const [figure, value] of Object.entries(values)) {
      record(`${scenario.name}/${figure}`, kind.name, round, value)
    }
    console.error(`round ${round + 1} ${scenario.name} ${kind.name} ${JSON.stringify(values)}`)
  } catch (error) {
    console.error(`round ${round + 1} ${scenario.name} ${kind.name} failed:`, error)
    process.exitCode = 1
  }
}

/**
 * @param {string} figure
 * @param {string} broker
 * @param {number} round
 * @param {number} value
 */
function record(figure, broker, round, value) {
  const byBroker = samples.get(figure) ?? new Map()
  samples.set(figure, byBroker)
  const values = byBroker.get(broker) ?? Array.from({ length: rounds })
  byBroker.set(broker, values)
  values[round] = value
}

/** @param {readonly BrokerKind[]} wanted */
async function available(wanted) {
  const found = []
  for (const kind of wanted) {
    const reason = await kind.prepare()
    if (reason === undefined) found.push(kind)
    else console.error(`${kind.name} is left out: ${reason}`)
  }
  return found
}

/**
 * Returns the brokers in a different order in each round, so that none is always first.
 *
 * @param {readonly BrokerKind[]} kinds
 * @param {number} round
 */
function rotated(kinds, round) {
  const first = kinds.length === 0 ? 0 : round % kinds.length
  return [...kinds.slice(first), ...kinds.slice(0, first)]
}

/** @param {string} file */
function writeResults(file) {
  const figures = [...samples].map(([figure, values]) => [figure, Object.fromEntries(values)])
  const results = { environment: environment(), samples: Object.fromEntries(figures) }
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`)
}

function environment() {
  const processors = cpus()
  const machine = `${processors.length} × ${processors[0]?.model ?? 'unknown CPU'}`
  const date = new Date().toISOString().slice(0, 10)
  return `Node ${process.version}, ${machine}, ${process.platform}, ${date}, medians of ${rounds} (lowest–highest), scale ${options.scale}`
}

function help() {
  const names = scenarios.map(
    ({ name, figures }) => `  ${name.padEnd(27)} ${figures[0]?.title ?? ''}`,
  )
  return `Measures Odradek, franz-go's kfake and Apache Kafka in turns, or builds of Odradek in turns.

  node bench/run.mjs                              Odradek of this checkout, kfake and Kafka: all scenarios
  node bench/run.mjs --builds main,.              this checkout against main, ten rounds
  node bench/run.mjs --builds HEAD~5,../other     two builds: a git revision and a built checkout
  node bench/run.mjs --builds .,.                 the same build twice: shows the noise of the machine

Options:
  --builds A,B     builds of Odradek; each is a directory with a build, or a git revision, which is built in a
                   temporary worktree and kept in bench/.cache/builds. The ratios are to the first one.
  --brokers NAMES  ${brokerKinds.map(({ name }) => name).join(',')}, separated by commas; all if --builds is not given, else none
  --scenario NAMES separated by commas; all if not given
  --rounds N       how often each scenario runs with each broker (5, or 10 with --builds; 95 % confidence needs 6)
  --scale X        a factor for the counts of records: 1 for figures to keep, 0.1 to try it (1)
  --port PORT      the first port that is tried (19500)
  --together       the brokers of a round run at the same time instead of in turns, and so get the same load. On a busy
                   machine, this makes the ratios of CPU times much more exact. Ignore times that clients see.
  --json FILE      also writes the single values of each round

Scenarios, with the first figure of each:
${names.join('\n')}

CPU times and memory come from /proc, so this runs on Linux only. README.md explains the figures.`
}
