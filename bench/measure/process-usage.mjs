import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

/**
 * Returns the CPU time that a process has used since its start, user and system, of all its threads
 * (Linux only).
 *
 * @param {number} pid
 * @returns {number} seconds
 */
export function cpuSecondsOf(pid) {
  return Math.max(cpuSecondsOfThreads(pid), cpuSecondsInTicks(pid))
}

/**
 * Returns the CPU time of the threads that have not ended, to the nanosecond.
 *
 * @param {number} pid
 */
function cpuSecondsOfThreads(pid) {
  let nanoseconds = 0
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const [running] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')
    nanoseconds += Number(running)
  }
  return nanoseconds / 1e9
}

/**
 * Returns the CPU time of all threads, also of those that have ended, in ticks of 10 ms.
 *
 * @param {number} pid
 */
function cpuSecondsInTicks(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The second field is the command's name, in parentheses, and may itself contain spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [userTicks, systemTicks] = [Number(fields[11]), Number(fields[12])]
  return (userTicks + systemTicks) / ticksPerSecond
}

/**
 * Returns the resident memory of a process: now, and its maximum since the start (Linux only).
 *
 * @param {number} pid
 * @returns {{ residentMb: number, peakResidentMb: number }}
 */
export function memoryOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return { residentMb: megabytes(status, 'VmRSS'), peakResidentMb: megabytes(status, 'VmHWM') }
}

/**
 * Resets the peak of {@link memoryOf}.
 *
 * @param {number} pid
 */
export function forgetPeakMemory(pid) {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

/**
 * @param {string} status
 * @param {string} field
 */
function megabytes(status, field) {
  const match = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)
  if (match === null) throw new Error(`no ${field} in the status of the process`)
  return Number(match[1]) / 1024
}
