/** @import { ClientRun, RunningBroker } from '../types.ts' */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { cpuSecondsOf } from '../measure/process-usage.mjs'

/**
 * Runs a client in its own process, and measures the broker's CPU time during the measured part.
 *
 * The client gets its options as one argument of JSON. It connects and warms up, prints `ready`,
 * waits for a line on stdin, does the work, prints its result as one line of JSON, and exits when
 * stdin ends.
 *
 * @template Result
 * @param {RunningBroker} broker
 * @param {readonly string[]} command
 * @param {object} options
 * @returns {Promise<ClientRun<Result>>}
 */
export async function runClient(broker, command, options) {
  const [executable = '', ...parameters] = command
  const child = spawn(executable, [...parameters, JSON.stringify(options)], { stdio: 'pipe' })
  let complaints = ''
  child.stderr.on('data', (chunk) => (complaints = (complaints + chunk).slice(-4_000)))
  const exited = once(child, 'exit')
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const nextLine = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`${command.at(-1)} ended early: ${complaints}`)
    return value
  }
  try {
    for (let line = await nextLine(); line !== 'ready'; line = await nextLine());
    const before = cpuSecondsOf(broker.pid)
    child.stdin.write('go\n')
    const result = JSON.parse(await nextLine())
    return { result, brokerCpuSeconds: cpuSecondsOf(broker.pid) - before }
  } finally {
    child.stdin.end()
    const overdue = setTimeout(() => child.kill('SIGKILL'), 10_000)
    await exited
    clearTimeout(overdue)
  }
}
