// Builds the package: ES modules, CommonJS beside them, and types for both. Removes what an earlier build left.
import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const tsc = join(
  dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin',
  'tsc',
)

rmSync('dist', { recursive: true, force: true })
for (const [format, type] of [
  ['esm', 'module'],
  ['cjs', 'commonjs'],
]) {
  execFileSync(process.execPath, [tsc, '-p', `tsconfig.${format}.json`], { stdio: 'inherit' })
  writeFileSync(`dist/${format}/package.json`, `${JSON.stringify({ type })}\n`)
}
