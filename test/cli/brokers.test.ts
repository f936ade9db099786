import { expect, onTestFinished, test } from 'vitest'
import { Odradek, odradek } from './odradek.ts'

interface ReadyLine {
  readonly control: string
}

/** Starts a cluster with a control API. Returns a function that runs commands on it. */
async function startControlled(args: readonly string[]) {
  const process = new Odradek(['start', '--port', '0', '--control-port', '0', ...args])
  onTestFinished(async () => void (await process.end('SIGTERM')))
  await process.prints('"ready":true')
  const { control } = JSON.parse(process.stdout) as ReadyLine
  return async (...command: string[]) => {
    const { code, stdout, stderr } = await odradek([...command, '--control', control])
    return { code, output: stdout + stderr }
  }
}

test('brokers are listed, killed, started, added and removed from the command line', async () => {
  const run = await startControlled(['--brokers', '2', '--broker-rack', '1=a', '--broker-rack=2=b'])
  const list = async () => {
    const { output } = await run('brokers', '--json')
    return output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object)
  }
  expect(await list()).toMatchObject([
    { id: 1, process: 'running', state: 'active' },
    { id: 2, process: 'running', state: 'active' },
  ])
  expect(await run('brokers', 'kill', '2')).toEqual({ code: 0, output: '' })
  expect(await list()).toMatchObject([{}, { process: 'stopped', state: 'fenced' }])
  expect((await run('brokers', 'start', '2')).code).toBe(0)
  expect((await run('brokers', 'add', '--rack', 'c')).output).toContain('running')
  expect((await run('brokers', 'remove', '3')).code).toBe(0)
  expect((await run('brokers', 'roll')).code).toBe(0)
  expect(await list()).toHaveLength(2)
  expect(await run('brokers', 'stop', '7')).toEqual({
    code: 1,
    output: 'odradek: The cluster has no broker 7; its brokers are 1, 2\n',
  })
}, 60_000)

test('the network is cut, delayed and healed from the command line', async () => {
  const run = await startControlled(['--brokers', '3'])
  expect((await run('network', 'partition', '1', '2,3')).output).toBe(
    '{"id":1,"groups":[[1],[2,3]]}\n',
  )
  expect((await run('network', 'cut', '2', 'clients', '--one-way')).output).toContain('"id":2')
  expect((await run('network', 'delay', '2', '3', '5')).output).toContain('"ms":5')
  expect((await run('network', 'isolate', '3')).output).toContain('"isolated":3')
  expect((await run('network')).output.trim().split('\n')).toHaveLength(4)
  expect(await run('network', 'heal', '1')).toEqual({ code: 0, output: '' })
  expect(await run('network', 'heal')).toEqual({ code: 0, output: '' })
  expect((await run('network', 'cut', '2', 'everyone')).code).toBe(1)
}, 60_000)

test('a missing control API is an error that says what to do', async () => {
  const { code, stderr } = await odradek(['brokers', '--control', 'http://127.0.0.1:1'])
  expect(code).toBe(1)
  expect(stderr).toContain('start the cluster with --control-port')
})
