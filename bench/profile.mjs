/**
 * Runs one scenario against Odradek under V8's CPU profiler and prints where its time went. See
 * README.md, or `--help`.
 *
 * @import { Scenario } from './types.ts'
 */
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { namedBuilds } from './builds/index.mjs'
import { byFolder, readCpuProfile } from './measure/cpu-profile.mjs'
import { projectPath } from './project.mjs'
import { scenarios } from './scenarios/index.mjs'

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    build: { type: 'string', default: projectPath('.') },
    scale: { type: 'string', default: '1' },
    port: { type: 'string', default: '19500' },
    top: { type: 'string', default: '40' },
    keep: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

const scenarioNames = scenarios.map(({ name }) => name)
const scenario = scenarios.find(({ name }) => name === positionals[0])

if (options.help) console.log(help())
else if (scenario === undefined || positionals.length > 1) {
  console.error(`name one scenario: ${scenarioNames.join(', ')}`)
  process.exitCode = 1
} else await profile(scenario)

/** @param {Scenario} chosen */
async function profile(chosen) {
  const [kind] = namedBuilds(options.build)
  if (kind === undefined) throw new Error('no build')
  const notReady = await kind.prepare()
  if (notReady !== undefined) throw new Error(`it cannot be profiled: ${notReady}`)
  const profileDir = mkdtempSync(join(tmpdir(), 'odradek-bench-profile-'))
  try {
    const figures = await chosen.run({
      kind,
      port: Number(options.port),
      nodeArguments: ['--cpu-prof', `--cpu-prof-dir=${profileDir}`],
      scale: Number(options.scale),
    })
    const [file] = readdirSync(profileDir)
    if (file === undefined) throw new Error('the broker left no profile: it did not end by itself')
    const path = join(profileDir, file)
    if (options.keep !== undefined) cpSync(path, options.keep)
    console.log(`${chosen.name} under the profiler: ${JSON.stringify(figures)}\n`)
    print(path)
  } finally {
    rmSync(profileDir, { recursive: true, force: true })
  }
}

/** @param {string} file */
function print(file) {
  const functions = readCpuProfile(file)
  const totalMs = functions.reduce((sum, { selfMs }) => sum + selfMs, 0)
  const line = (/** @type {{ name: string, selfMs: number }} */ { name, selfMs }) =>
    `${selfMs.toFixed(0).padStart(8)} ms ${((selfMs / totalMs) * 100).toFixed(1).padStart(5)} %  ${name}`
  console.log(`self time of ${totalMs.toFixed(0)} ms, by folder`)
  console.log(byFolder(functions).map(line).join('\n'))
  console.log('\nand by function')
  console.log(functions.slice(0, Number(options.top)).map(line).join('\n'))
}

function help() {
  return `Runs one scenario against Odradek under V8's CPU profiler and prints where its time went.

  node bench/profile.mjs round-trip                  this checkout
  node bench/profile.mjs round-trip --build HEAD~5   a git revision, or a directory with a build

Options:
  --build DIR|REVISION  the build that is profiled (this checkout)
  --scale X             a factor for the counts of records (1)
  --port PORT           the first port that is tried (19500)
  --top N               how many functions are printed (40)
  --keep FILE           also keeps the profile, as a .cpuprofile file for the viewers of Chrome and of editors

Scenarios:
${scenarioNames.map((name) => `  ${name}`).join('\n')}`
}
