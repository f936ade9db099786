// Runs all checks of the project and prints `N passed, N failed` for the total at the end.
//
//   node scripts/ci.mjs                    on this Node
//   node scripts/ci.mjs --also-on 22,24,26 also the codecs and the client suite on those Nodes
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { installNodePackages, nodeExecutable } from '../test/conformance/setup/node-packages.mjs'

const { values } = parseArgs({ options: { 'also-on': { type: 'string', default: '' } } })
const otherNodes = values['also-on'].split(',').filter((node) => node !== '')

// All runs of the random tests; `npm test` does a fifth.
process.env.ODRADEK_TEST_SCALE ??= '1'

const vitest = 'node_modules/vitest/vitest.mjs'
const ofNode = ['test/record', 'test/platform', 'test/broker/batch-grid.test.ts']

const reports = mkdtempSync(join(tmpdir(), 'odradek-ci-'))
const total = { passed: 0, failed: 0 }
/** The checks that failed, and of each vitest run the tests with what they said. */
const failures = []
/** The number of skips of each test; its name has the reason. */
const skipped = new Map()

/** Runs a command, which is one check. */
function check(title, command, ...args) {
  const isOk = run(title, command, args)
  count(title, isOk ? 1 : 0, isOk ? 0 : 1)
}

/** Runs vitest; each test is a check. */
function tests(title, command, ...args) {
  const report = join(reports, `${total.passed + total.failed}.json`)
  const isOk = run(title, command, [
    ...args,
    '--reporter=default',
    '--reporter=json',
    `--outputFile=${report}`,
  ])
  const { numPassedTests = 0, numFailedTests = 0, testResults = [] } = readReport(report)
  count(title, numPassedTests, Math.max(numFailedTests, isOk ? 0 : 1))
  failures.push(...testResults.flatMap(failuresOf))
  for (const { status, fullName } of testResults.flatMap((file) => file.assertionResults)) {
    if (status === 'skipped' || status === 'pending') {
      skipped.set(fullName, (skipped.get(fullName) ?? 0) + 1)
    }
  }
}

/** What failed in a file: its tests, or the file itself, whose set-up may have failed. */
function failuresOf({ name, status, message, assertionResults }) {
  const failed = assertionResults.filter((assertion) => assertion.status === 'failed')
  if (failed.length === 0) return status === 'failed' ? [`  ${name}\n${excerpt(message)}`] : []
  return failed.map(
    ({ fullName, failureMessages }) => `  ${fullName}\n${excerpt(failureMessages.join('\n'))}`,
  )
}

function excerpt(message) {
  return message
    .split('\n')
    .slice(0, 8)
    .map((line) => `    ${line.slice(0, 300)}`)
    .join('\n')
}

function run(title, command, args) {
  console.log(`\n── ${title}: ${[command, ...args].join(' ')}`)
  const startedAt = Date.now()
  const { status } = spawnSync(command, args, { stdio: 'inherit' })
  console.log(
    `── ${title}: ${status === 0 ? 'ok' : 'FAILED'} in ${Math.round((Date.now() - startedAt) / 1000)} s`,
  )
  return status === 0
}

function count(title, passed, failed) {
  total.passed += passed
  total.failed += failed
  if (failed > 0) failures.push(title)
}

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return {}
  }
}

check('format', 'npm', 'run', '--silent', 'format:check')
check('lint', 'npm', 'run', '--silent', 'lint')
check('types', 'npm', 'run', '--silent', 'types')
check('unused code', 'npm', 'run', '--silent', 'unused')
check('build', 'npm', 'run', '--silent', 'build')
tests('tests', 'npm', 'test', '--silent', '--')
tests('package', 'npm', 'run', '--silent', 'test:package', '--')
tests('clients', 'npm', 'run', '--silent', 'test:clients', '--')
if (otherNodes.length > 0) installNodePackages()
for (const node of otherNodes) {
  // Codecs and streams are Node's own and differ between its versions.
  tests(`codecs on Node ${node}`, nodeExecutable(node), vitest, 'run', ...ofNode)
  tests(`clients on Node ${node}`, 'npm', 'run', '--silent', 'test:clients', '--', '--node', node)
}

rmSync(reports, { recursive: true, force: true })
if (skipped.size > 0) console.log('\nskipped:')
for (const [name, times] of skipped) console.log(`  ${times > 1 ? `${times} × ` : ''}${name}`)
if (failures.length > 0) console.log(`\nfailed:\n${failures.join('\n')}`)
console.log(`\n${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed > 0 ? 1 : 0
