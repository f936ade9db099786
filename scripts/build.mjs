// Builds the package into dist: its code bundled into a few CommonJS files, an ES module that hands on what they export,
// and the types that users see. One implementation serves both kinds of modules, so that a process which mixes them has
// one copy of everything; and it is bundled because Node takes longer to find, read and wrap hundreds of files than
// a cluster to start.
//
//   --if-stale   only when a source is newer than the last build
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundlePackage, isOlderThanSources } from './bundle.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
/** Written last, so that it is there only when a build is complete. */
const stamp = join(dist, '.built')
const require = createRequire(import.meta.url)

if (!process.argv.includes('--if-stale') || isOlderThanSources(stamp)) await build()

async function build() {
  rmSync(dist, { recursive: true, force: true })
  writeTypes()
  await bundlePackage(join(dist, 'cjs'))
  writeEsModule()
  writeFileSync(stamp, '')
}

/** The declarations of `index.ts` and of what they refer to, which is little of what there is. */
function writeTypes() {
  const all = mkdtempSync(join(tmpdir(), 'odradek-types-'))
  try {
    const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc')
    const options = ['-p', join(root, 'tsconfig.build.json'), '--outDir', all]
    execFileSync(process.execPath, [tsc, ...options], { stdio: 'inherit' })
    copyDeclarations(all, 'index.d.ts', new Set())
  } finally {
    rmSync(all, { recursive: true })
  }
}

function copyDeclarations(from, path, copied) {
  if (copied.has(path)) return
  copied.add(path)
  cpSync(join(from, path), join(dist, 'cjs', path))
  const text = readFileSync(join(from, path), 'utf8')
  for (const [, name] of text.matchAll(/(?:from |import\()['"](\.[^'"]+)\.ts['"]/g))
    copyDeclarations(from, join(dirname(path), `${name}.d.ts`), copied)
}

function writeEsModule() {
  const esm = join(dist, 'esm')
  const reexports = {
    'index.js': `export { ${Object.keys(require(join(dist, 'cjs/index.js'))).join(', ')} }`,
    'index.d.ts': 'export *',
  }
  mkdirSync(esm)
  for (const [name, names] of Object.entries(reexports))
    writeFileSync(join(esm, name), `${names} from '../cjs/index.js'\n`)
  writeFileSync(join(esm, 'package.json'), '{"type":"module"}\n')
}
