import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

/**
 * CPU time a process has used since its start, user and system, all its threads (Linux only).
 * The kernel reports it in ticks of 10 ms: measure work that takes a second or more.
 *
 * @param {number} pid
 * @returns {number} seconds
 */
export function cpuSecondsOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The second field is the command's name, in parentheses, and may itself hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [userTicks, systemTicks] = [Number(fields[11]), Number(fields[12])]
  return (userTicks + systemTicks) / ticksPerSecond
}

/**
 * Resident memory of a process: now, and at its highest since the start (Linux only).
 *
 * @param {number} pid
 * @returns {{ residentMb: number, peakResidentMb: number }}
 */
export function memoryOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return { residentMb: megabytes(status, 'VmRSS'), peakResidentMb: megabytes(status, 'VmHWM') }
}

/**
 * Lets the peak of {@link memoryOf} begin anew.
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
