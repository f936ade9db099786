import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { projectRoot } from '../support/source-files.ts'
import { run } from './consumer.ts'

/** Files that a new checkout does not have. */
const madeLater = new Set(['.git', 'node_modules', 'dist', '.cache'])

let checkout: string

beforeAll(() => {
  checkout = mkdtempSync(join(tmpdir(), 'odradek-checkout-'))
  const filter = (path: string): boolean => !madeLater.has(basename(path))
  cpSync(projectRoot, checkout, { recursive: true, filter })
})

afterAll(() => rmSync(checkout, { recursive: true, force: true }))

test('without scripts, npm ci leaves a command line that says how to build it', () => {
  npmCi('--ignore-scripts')
  expect(() => run(checkout, process.execPath, 'bin/odradek.js', '--help')).toThrow(
    'odradek is not built in this checkout. Run: npm ci && npm run build',
  )
})

test('without development dependencies, npm ci says that nothing is built', () => {
  const options = ['--omit=dev', '--foreground-scripts']
  expect(npmCi(...options)).toContain('odradek is not built')
})

test('after npm ci, the command line of a new checkout runs', () => {
  npmCi()
  expect(run(checkout, process.execPath, 'bin/odradek.js', '--help')).toContain('Usage: odradek')
})

/** Returns the output of npm and the scripts. */
function npmCi(...options: string[]): string {
  const command = [
    'npm',
    'ci',
    '--loglevel=notice',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    ...options,
  ]
  return run(checkout, 'sh', '-c', `${command.join(' ')} 2>&1`)
}
