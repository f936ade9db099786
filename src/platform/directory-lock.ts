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

/** Shared by all copies of this module in the thread, of which the ESM and the CommonJS build are two. */
const heldKey = Symbol.for('odradek.heldDirectoryLocks')
const shared = globalThis as { [heldKey]?: Set<string> }
const held = (shared[heldKey] ??= new Set())

/** Who wrote a `.lock`: its process, when that started (where the system tells), and the thread within it. */
interface LockHolder {
  readonly pid: number
  readonly startedAt: string
  readonly thread: number
}

/**
 * Takes `<path>/.lock` by creating it with this process's id in it, and returns how to let go. A lock whose process is gone is taken
 * over; so is one without a process id, as Kafka leaves it.
 *
 * @throws `Error` with code `ELOCKED`, naming the holder, when it is held by another process, thread or caller
 */
export function lockDirectory(path: string): () => void {
  // By whatever name: a link to the directory leads to the same lock.
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

/** Renaming is what only one of several processes can do; if it moved a lock made in between, that one is put back. */
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

/** Tells a process from a later one with the same id: clock ticks since boot on Linux, `-` where it cannot be known. */
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
