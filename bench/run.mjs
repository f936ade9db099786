/**
 * Measures whole brokers, each in its own process, beside each other. See README.md.
 *
 *   node bench/run.mjs [--scenario a,b] [--brokers odradek,kfake,kafka] [--rounds 5] [--scale 1]
 *                      [--port 19500] [--json results.json]
 *
 * @import { BrokerKind, Samples, Scenario } from './types.ts'
 */
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { brokerKinds } from './brokers/index.mjs'
import { choose } from './choose.mjs'
import { resultsTable } from './measure/results-table.mjs'
import { scenarios } from './scenarios/index.mjs'

const { values: options } = parseArgs({
  options: {
    scenario: { type: 'string' },
    brokers: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    scale: { type: 'string', default: '1' },
    port: { type: 'string', default: '19500' },
    json: { type: 'string' },
  },
})

/** @type {Samples} */
const samples = new Map()
const chosen = choose('scenario', scenarios, options.scenario)
const kinds = await available(choose('broker', brokerKinds, options.brokers))

for (let round = 0; round < Number(options.rounds); round++) {
  for (const scenario of chosen) {
    for (const kind of rotated(kinds, round)) await measure(scenario, kind, round)
  }
}

const names = kinds.map(({ name }) => name)
console.log(`\n${environment()}\n\n${resultsTable(chosen, names, samples)}`)
if (options.json !== undefined) {
  const figures = [...samples].map(([figure, values]) => [figure, Object.fromEntries(values)])
  const results = { environment: environment(), samples: Object.fromEntries(figures) }
  writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`)
}

/**
 * @param {Scenario} scenario
 * @param {BrokerKind} kind
 * @param {number} round
 */
async function measure(scenario, kind, round) {
  if (scenario.kinds !== undefined && !scenario.kinds.includes(kind.name)) return
  const context = {
    kind,
    port: Number(options.port),
    nodeArguments: [],
    scale: Number(options.scale),
  }
  try {
    const values = await scenario.run(context)
    for (const [figure, value] of Object.entries(values)) {
      record(`${scenario.name}/${figure}`, kind.name, value)
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
 * @param {number} value
 */
function record(figure, broker, value) {
  const byBroker = samples.get(figure) ?? new Map()
  samples.set(figure, byBroker.set(broker, [...(byBroker.get(broker) ?? []), value]))
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
 * No broker always comes first.
 *
 * @param {readonly BrokerKind[]} kinds
 * @param {number} round
 */
function rotated(kinds, round) {
  const first = kinds.length === 0 ? 0 : round % kinds.length
  return [...kinds.slice(first), ...kinds.slice(0, first)]
}

function environment() {
  const processors = cpus()
  const machine = `${processors.length} × ${processors[0]?.model ?? 'unknown CPU'}`
  const date = new Date().toISOString().slice(0, 10)
  return `Node ${process.version}, ${machine}, ${process.platform}, ${date}, medians of ${options.rounds} (lowest–highest)`
}
