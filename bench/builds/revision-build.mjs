import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { cachePath, projectPath } from '../project.mjs'

/**
 * The files that a build needs to run. Its dependencies are those of the checkout, unless its lock
 * file differs.
 */
const keptFiles = ['bin', 'dist', 'package.json', 'node_modules']

/**
 * Returns the directory of a build of a git revision, below `bench/.cache/builds`. Builds the
 * revision in a temporary worktree if it was not built before.
 *
 * @param {string} revision
 * @returns {string}
 */
export function revisionBuild(revision) {
  const commit = commitOf(revision)
  const directory = cachePath(`builds/${commit}`)
  if (existsSync(join(directory, 'dist/.built'))) return directory
  console.error(`building ${revision} (${commit.slice(0, 12)})`)
  const worktree = cachePath(`builds/worktree-${process.pid}`)
  git('worktree', 'add', '--quiet', '--detach', worktree, commit)
  try {
    build(worktree)
    keep(worktree, directory)
  } finally {
    git('worktree', 'remove', '--force', worktree)
  }
  return directory
}

/** @param {string} revision */
function commitOf(revision) {
  try {
    return git('rev-parse', '--verify', '--quiet', `${revision}^{commit}`)
  } catch (error) {
    throw new Error(`${revision} is neither a directory nor a git revision`, { cause: error })
  }
}

/** @param {string} worktree */
function build(worktree) {
  const lockOf = (/** @type {string} */ directory) =>
    readFileSync(join(directory, 'package-lock.json'), 'utf8')
  /** @param {string} command @param {string[]} parameters */
  const run = (command, ...parameters) =>
    execFileSync(command, parameters, { cwd: worktree, stdio: ['ignore', 2, 2] })
  // Otherwise Node finds the packages of the checkout, which is above the cache.
  if (lockOf(worktree) !== lockOf(projectPath('.'))) run('npm', 'ci', '--ignore-scripts')
  run(process.execPath, 'scripts/build.mjs')
}

/**
 * @param {string} worktree
 * @param {string} directory
 */
function keep(worktree, directory) {
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
  for (const name of keptFiles) {
    const file = join(worktree, name)
    if (existsSync(file)) renameSync(file, join(directory, name))
  }
}

/** @param {string[]} parameters */
function git(...parameters) {
  const options = { cwd: projectPath('.'), encoding: /** @type {const} */ ('utf8') }
  return execFileSync('git', parameters, options).trim()
}
