import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

// JavaScript, because Node 20 runs it directly: run.mjs needs it before vitest is installed.

const clients = fileURLToPath(new URL('../clients/node', import.meta.url))
const stamp = fileURLToPath(new URL('../.cache/node.stamp', import.meta.url))

/** The Node versions of npm's `node` package, in addition to the current one. */
export const nodeVersions = ['22', '24', '26']

/**
 * Returns the path of an executable.
 *
 * @param {string} version one of {@link nodeVersions}
 * @returns {string}
 */
export function nodeExecutable(version) {
  return `${clients}/node_modules/node${version}/bin/node`
}

/**
 * Installs the packages of clients/node once per content of its lock file. Throws with npm's
 * reason.
 */
export function installNodePackages() {
  const digest = createHash('sha256')
    .update(readFileSync(`${clients}/package-lock.json`))
    .digest('hex')
  const isInstalled = existsSync(stamp) && readFileSync(stamp, 'utf8') === digest
  if (isInstalled && nodeVersions.every((version) => existsSync(nodeExecutable(version)))) return
  quietly('npm', ['ci', '--no-audit', '--no-fund'], clients)
  for (const version of nodeVersions) {
    // npm 12 does not run install scripts of dependencies, and this package needs one.
    if (existsSync(nodeExecutable(version))) continue
    quietly(
      process.execPath,
      ['installArchSpecificPackage.js'],
      `${clients}/node_modules/node${version}`,
    )
  }
  mkdirSync(fileURLToPath(new URL('../.cache', import.meta.url)), { recursive: true })
  writeFileSync(stamp, digest)
}

/** @param {string} command @param {string[]} args @param {string} cwd */
function quietly(command, args, cwd) {
  try {
    // Also for the npm that the package `node` runs.
    const env = { ...process.env, npm_config_fetch_retries: '5' }
    execFileSync(command, args, { cwd, env, stdio: 'pipe', timeout: 600_000 })
  } catch (error) {
    const lastWords = String(error.stderr ?? error)
      .trim()
      .split('\n')
      .slice(-5)
      .join('\n')
    throw new Error(`${command} ${args.join(' ')} failed: ${lastWords}`, { cause: error })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) installNodePackages()
