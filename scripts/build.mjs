// Builds the package into dist: its code, bundled into a few CommonJS files, an ES module that
// re-exports it, and the public types. Both kinds of modules have the same implementation, so that
// a process that uses both has one copy of all state. The code is bundled because Node takes longer
// to find, read and wrap hundreds of files than a cluster takes to start.
//
//   --if-stale   only if a source is newer than the last build
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundlePackage, isOlderThanSources } from './bundle.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
const require = createRequire(import.meta.url)

if (!process.argv.includes('--if-stale') || isOlderThanSources(join(dist, '.built'))) await build()

/**
 * Builds into a new directory, which replaces the last build when it is complete. So processes that
 * run the last build, or build concurrently, are not disturbed.
 */
async function build() {
  const fresh = join(root, `.dist-${process.pid}`)
  try {
    mkdirSync(fresh)
    // First, so that it is older than files that are edited during the build.
    writeFileSync(join(fresh, '.built'), '')
    writeTypes(fresh)
    await bundlePackage(join(fresh, 'cjs'))
    writeEsModule(fresh)
    rmSync(dist, { recursive: true, force: true })
    renameSync(fresh, dist)
  } catch (error) {
    // A concurrent build of the same sources was faster.
    if (error.code !== 'ENOTEMPTY') throw error
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}

/** Writes the declarations of `index.ts` and of the files that it refers to. */
function writeTypes(folder) {
  const all = join(folder, 'types')
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc')
  const options = ['-p', join(root, 'tsconfig.build.json'), '--outDir', all]
  execFileSync(process.execPath, [tsc, ...options], { stdio: 'inherit' })
  copyDeclarations(all, join(folder, 'cjs'), 'index.d.ts', new Set())
  rmSync(all, { recursive: true })
}

function copyDeclarations(from, to, path, copied) {
  if (copied.has(path)) return
  copied.add(path)
  cpSync(join(from, path), join(to, path))
  const text = readFileSync(join(from, path), 'utf8')
  for (const [, name] of text.matchAll(/(?:from |import\()['"](\.[^'"]+)\.ts['"]/g))
    copyDeclarations(from, to, join(dirname(path), `${name}.d.ts`), copied)
}

function writeEsModule(folder) {
  const esm = join(folder, 'esm')
  const names = Object.keys(require(join(folder, 'cjs/index.js')))
  mkdirSync(esm)
  writeFileSync(join(esm, 'index.js'), `export { ${names.join(', ')} } from '../cjs/index.js'\n`)
  writeFileSync(join(esm, 'index.d.ts'), `export * from '../cjs/index.js'\n`)
  writeFileSync(join(esm, 'package.json'), '{"type":"module"}\n')
}
