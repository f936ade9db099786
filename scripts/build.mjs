// Builds the package into dist: CommonJS with types, and an ES module that hands on what the CommonJS one exports.
// One implementation serves both, so that a process which mixes them has one copy of everything, and because Node
// loads hundreds of small CommonJS files twice as fast as ES modules.
//
//   --if-stale   only when a source is newer than the last build
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
/** Written last, so that it is there only when a build is complete. */
const stamp = join(dist, '.built')
const require = createRequire(import.meta.url)

if (!process.argv.includes('--if-stale') || isStale()) build()

function isStale() {
  const built = statSync(stamp, { throwIfNoEntry: false })
  if (built === undefined) return true
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  return sources.some((name) => statSync(join(root, 'src', name)).mtimeMs > built.mtimeMs)
}

function build() {
  rmSync(dist, { recursive: true, force: true })
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc')
  execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], {
    stdio: 'inherit',
  })
  writePackageType('cjs', 'commonjs')
  writePackageType('esm', 'module')
  useOwnRequire(join(dist, 'cjs', 'platform'))
  const names = Object.keys(require(join(dist, 'cjs', 'index.js')))
  const reexport = `import cjs from '../cjs/index.js'\nexport const { ${names.join(', ')} } = cjs\n`
  writeFileSync(join(dist, 'esm', 'index.js'), reexport)
  writeFileSync(join(dist, 'esm', 'index.d.ts'), `export * from '../cjs/index.js'\n`)
  writeFileSync(stamp, '')
}

/** In the sources, which are ES modules, `require` has to be made; CommonJS has its own. */
function useOwnRequire(platform) {
  const user = join(platform, 'lazy-package.js')
  writeFileSync(user, readFileSync(user, 'utf8').replace('./require.mjs', './require.js'))
  writeFileSync(join(platform, 'require.js'), 'exports.load = require\n')
}

function writePackageType(folder, type) {
  mkdirSync(join(dist, folder), { recursive: true })
  writeFileSync(join(dist, folder, 'package.json'), `${JSON.stringify({ type })}\n`)
}
