/** @import { RunningBroker } from '../types.ts' */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { answersRequests } from './ready.mjs'

const stopLimitMs = 20_000

/**
 * Runs a broker that is one process, and waits until it responds.
 *
 * @param {string} kind
 * @param {string} command
 * @param {readonly string[]} parameters
 * @param {number} port
 * @returns {Promise<RunningBroker>}
 */
export async function startBrokerProcess(kind, command, parameters, port) {
  const startMs = performance.now()
  const child = spawn(command, parameters, { stdio: ['ignore', 'ignore', 'pipe'] })
  let complaints = ''
  child.stderr.on('data', (chunk) => (complaints = (complaints + chunk).slice(-4_000)))
  const exited = once(child, 'exit')
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    const overdue = setTimeout(() => child.kill('SIGKILL'), stopLimitMs)
    await exited
    clearTimeout(overdue)
  }
  const failure = () =>
    child.exitCode === null ? undefined : `${kind} ended with ${child.exitCode}: ${complaints}`
  try {
    await answersRequests(port, failure)
  } catch (error) {
    await stop()
    throw error
  }
  const readyMs = performance.now() - startMs
  if (child.pid === undefined) throw new Error(`${kind} has no process`)
  return { kind, port, pid: child.pid, readyMs, stop }
}
