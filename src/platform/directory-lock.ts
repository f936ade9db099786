import {
  closeSync,
  linkSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { hasErrorCode, systemError } from './system-error.ts'

/** Shared by all copies of this module in the thread, such as the ESM and the CommonJS build. */
const heldKey = Symbol.for('odradek.heldDirectoryLocks')
const shared = globalThis as { [heldKey]?: Set<string> }
const held = (shared[heldKey] ??= new Set())

/**
 * The owner of a `.lock`: its process, the start time of that (if the system has it), and its
 * thread.
 */
interface LockHolder {
  readonly pid: number
  readonly startedAt: string
  readonly thread: number
}

/**
 * Locks a directory: creates `<path>/.lock` with the id of this process, and returns a function
 * that releases the lock. A lock of a process that has exited is replaced, and so is one without a
 * process id, as Kafka leaves it.
 *
 * @throws `Error` with code `ELOCKED`, with the holder, if another process, thread or caller holds
 * it
 */
export function lockDirectory(path: string): () => void {
  // A link to the directory uses the same lock.
  const file = join(realpathSync(path), '.lock')
  if (held.has(file)) throw lockedError(path, `this process (pid ${process.pid})`)
  while (!createLock(file)) {
    const holder = readHolder(file)
    if (holder !== undefined && isAlive(holder)) throw lockedError(path, `process ${holder.pid}`)
    takeAway(file, holder)
  }
  held.add(file)
  return () => {
    if (held.delete(file)) rmSync(file, { force: true })
  }
}

function createLock(file: string): boolean {
  let fd: number
  try {
    fd = openSync(file, 'wx', 0o644)
  } catch (error) {
    if (hasErrorCode(error, 'EEXIST')) return false
    throw error
  }
  try {
    writeFileSync(fd, `${process.pid} ${startTimeOf(process.pid)} ${threadId}\n`)
  } catch (error) {
    rmSync(file, { force: true })
    throw error
  } finally {
    closeSync(fd)
  }
  return true
}

function readHolder(file: string): LockHolder | undefined {
  const [pid, startedAt, thread] = readText(file).split(/\s/)
  if (!Number(pid)) return undefined
  return { pid: Number(pid), startedAt: startedAt ?? '-', thread: Number(thread) }
}

function isAlive({ pid, startedAt, thread }: LockHolder): boolean {
  const startTime = startTimeOf(pid)
  if (startTime !== startedAt) return false
  if (pid === process.pid) return thread !== threadId
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return hasErrorCode(error, 'EPERM')
  }
}

/**
 * Only one of several processes can rename the file. If it renamed a lock that was created in
 * between, it renames that back.
 */
function takeAway(file: string, stale: LockHolder | undefined): void {
  const aside = `${file}.${process.pid}`
  try {
    renameSync(file, aside)
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return
    throw error
  }
  const moved = readHolder(aside)
  if (moved?.pid !== stale?.pid || moved?.startedAt !== stale?.startedAt) linkSync(aside, file)
  rmSync(aside, { force: true })
}

/**
 * Returns a value that distinguishes a process from a later one with the same id: clock ticks since
 * boot on Linux, `-` if unknown.
 */
export function startTimeOf(pid: number): string {
  const stat = readText(`/proc/${pid}/stat`)
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '-'
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}

function lockedError(path: string, holder: string): Error {
  return systemError('ELOCKED', `the data directory ${path} is in use by ${holder}`)
}
