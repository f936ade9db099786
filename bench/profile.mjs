/**
 * Runs one scenario against Odradek under V8's CPU profiler and prints where its time went. See
 * README.md.
 *
 *   node bench/profile.mjs SCENARIO [--build DIR|REVISION] [--scale 1] [--port 19500] [--top 40]
 *   [--keep file.cpuprofile]
 */
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { namedBuilds } from './builds/index.mjs'
import { choose } from './choose.mjs'
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
  },
})

const [scenario] = choose('scenario', scenarios, positionals[0] ?? '')
const [kind] = namedBuilds(options.build)
if (kind === undefined) throw new Error('no build')
const notReady = await kind.prepare()
if (notReady !== undefined) throw new Error(`it cannot be profiled: ${notReady}`)

const profileDir = mkdtempSync(join(tmpdir(), 'odradek-bench-profile-'))
try {
  const figures = await scenario?.run({
    kind,
    port: Number(options.port),
    nodeArguments: ['--cpu-prof', `--cpu-prof-dir=${profileDir}`],
    scale: Number(options.scale),
  })
  const [name] = readdirSync(profileDir)
  if (name === undefined) throw new Error('the broker left no profile: it did not end by itself')
  const file = join(profileDir, name)
  if (options.keep !== undefined) cpSync(file, options.keep)
  console.log(`${scenario?.name} under the profiler: ${JSON.stringify(figures)}\n`)
  print(file)
} finally {
  rmSync(profileDir, { recursive: true, force: true })
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
