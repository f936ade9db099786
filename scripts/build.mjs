// Builds the package: ES modules, CommonJS beside them, and types for both. Removes what an earlier build left.
//
//   --if-stale   only when a source is newer than the last build
import { execFileSync } from 'node:child_process'
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
/** Written last, so that it is there only when a build is complete. */
const stamp = join(dist, '.built')

if (!process.argv.includes('--if-stale') || isStale()) build()

function isStale() {
  const built = statSync(stamp, { throwIfNoEntry: false })
  if (built === undefined) return true
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  return sources.some((name) => statSync(join(root, 'src', name)).mtimeMs > built.mtimeMs)
}

function build() {
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
  rmSync(dist, { recursive: true, force: true })
  for (const [format, type] of [
    ['esm', 'module'],
    ['cjs', 'commonjs'],
  ]) {
    execFileSync(process.execPath, [tsc, '-p', join(root, `tsconfig.${format}.json`)], { stdio: 'inherit' })
    writeFileSync(join(dist, format, 'package.json'), `${JSON.stringify({ type })}\n`)
  }
  writeFileSync(stamp, '')
}
