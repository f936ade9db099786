/**
 * Measures the log of the built package against the limit of the machine, and whole brokers at the
 * same jobs. See README.md.
 *
 * @import { LogFigure, LogSuite, Samples } from './types.ts'
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { choose } from './choose.mjs'
import { logSuites } from './log/index.mjs'
import { logTable } from './log/log-table.mjs'

const { values: options } = parseArgs({
  options: {
    suite: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    scale: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
})

if (options.help) console.log(help())
else await measureAll()

async function measureAll() {
  console.log(`${environment()}\n`)
  for (const suite of choose('suite', logSuites, options.suite)) {
    const directory = mkdtempSync(join(tmpdir(), `odradek-bench-log-${suite.name}-`))
    const remove = () => rmSync(directory, { recursive: true, force: true })
    const interrupted = () => {
      remove()
      process.exit(130)
    }
    process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
    try {
      console.log(`**${suite.name}**\n\n${await measureSuite(suite, directory)}\n`)
    } finally {
      process.off('SIGINT', interrupted).off('SIGTERM', interrupted)
      remove()
    }
  }
}

/**
 * @param {LogSuite} suite
 * @param {string} directory
 */
async function measureSuite(suite, directory) {
  const { figures, close } = await suite.open({ directory, scale: Number(options.scale) })
  /** @type {Samples} */
  const samples = new Map()
  try {
    for (let round = 0; round < Number(options.rounds); round++) {
      for (const figure of figures) await measureFigure(figure, round, samples)
      console.error(`${suite.name}: round ${round + 1}`)
    }
  } finally {
    await close?.()
  }
  return logTable(figures, samples)
}

/**
 * Measures the ways one after the other. Each round starts with a different one.
 *
 * @param {LogFigure} figure
 * @param {number} round
 * @param {Samples} samples
 */
async function measureFigure({ title, contestants }, round, samples) {
  const first = round % contestants.length
  const byName = samples.get(title) ?? new Map()
  samples.set(title, byName)
  for (const { name, measure } of [...contestants.slice(first), ...contestants.slice(0, first)]) {
    byName.set(name, [...(byName.get(name) ?? []), await measure()])
  }
}

function environment() {
  const processors = cpus()
  const machine = `${processors.length} × ${processors[0]?.model ?? 'unknown CPU'}`
  const date = new Date().toISOString().slice(0, 10)
  return `Node ${process.version}, ${machine}, ${process.platform}, ${date}, medians of ${options.rounds} (lowest–highest), scale ${options.scale}`
}

function help() {
  const suites = logSuites.map(({ name, summary }) => `  ${name.padEnd(12)} ${summary}`)
  return `Measures the log of the built package (npm run build) against the minimum that any log has to do.

  node bench/log.mjs [--suite append,read] [--rounds 5] [--scale 1]

Suites; all if --suite is not given:
${suites.join('\n')}

  --rounds   how often everything is measured; the table has medians, and ratios of figures of the same round
  --scale    a factor for the number of bytes: 1 for figures to keep, 0.1 to try it

Files are in the system's temporary directory, up to 3 GB, and removed afterwards. The suite "brokers" needs what
bench/run.mjs needs. A broker that cannot run on the machine is left out.`
}
