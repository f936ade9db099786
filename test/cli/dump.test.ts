import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { DiskFileSystem } from '../../src/platform/disk-file-system.ts'
import { append, LogKit } from '../log/log-kit.ts'
import { projectRoot } from '../support/source-files.ts'
import { odradek, Odradek } from './odradek.ts'

let root: string
let partition: string
let log: string

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'odradek-dump-'))
  partition = join(root, 'orders-0')
  log = join(partition, '00000000000000000000.log')
  const kit = new LogKit({ fileSystem: new DiskFileSystem(), logDirs: [root] })
  for (let i = 0; i < 2000; i++) append(kit.log(), [`value ${i}`])
  kit.manager.close()
})

afterAll(() => rmSync(root, { recursive: true, force: true }))

const lines = (text: string): string[] => text.trimEnd().split('\n')

describe('odradek dump', () => {
  it('prints batches, and with --deep the records', async () => {
    const shallow = await odradek(['dump', log])
    expect(shallow).toMatchObject({ code: 0, stderr: '' })
    expect(lines(shallow.stdout)).toHaveLength(2 + 2000)
    const deep = await odradek(['dump', '--deep', partition])
    expect(deep.stdout).toContain(' payload: value 1999\n')
    expect(deep.stdout).toContain('epoch: 0 startOffset: 0\n')
  })

  it("understands the options of Kafka's tool", async () => {
    const options = ['--deep-iteration', '--max-messages', '3', '--files', `${log},${log}.none`]
    expect(await odradek(['dump', ...options])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: `odradek: ENOENT: there is no ${log}.none\n`,
    })
    const { code, stdout } = await odradek(['dump', ...options.slice(0, -1), log])
    expect(code).toBe(0)
    expect(lines(stdout).filter((line) => line.startsWith('|'))).toHaveLength(3)
    expect(stdout).not.toContain('payload')
  })

  it('prints lines of JSON, of the requested offsets', async () => {
    const { stdout } = await odradek(['dump', '--json', '--deep', '--offset', '10..12', partition])
    const records = lines(stdout)
      .map((line) => JSON.parse(line) as { kind: string; value: string })
      .filter(({ kind }) => kind === 'record')
    expect(records.map(({ value }) => value)).toEqual(['value 10', 'value 11', 'value 12'])
  })

  it('prints problems with --verify, and then exits with 1', async () => {
    const good = await odradek(['dump', '--verify', root])
    expect(good).toMatchObject({ code: 0, stderr: '' })
    expect(lines(good.stdout).every((line) => line.includes(': ok'))).toBe(true)
    const broken = join(root, 'broken-0')
    cpSync(partition, broken, { recursive: true })
    writeFileSync(join(broken, '00000000000000000000.log'), 'nothing that a batch begins with')
    const bad = await odradek(['dump', '--verify', broken])
    expect(bad.code).toBe(1)
    expect(bad.stdout).toContain('00000000000000000000.log: 1 problems (0 batches)\n')
    expect(bad.stderr).toMatch(/^odradek: \d+ problems in \d+ files: .*broken-0\n$/)
    rmSync(broken, { recursive: true })
  })

  it.skipIf(process.platform === 'win32')(
    'goes on beside a directory that cannot be read, and ends with 1',
    async () => {
      const own = mkdtempSync(join(tmpdir(), 'odradek-dump-'))
      cpSync(partition, join(own, 'orders-0'), { recursive: true })
      // Even root cannot read a link that leads to itself.
      symlinkSync('loop-1', join(own, 'loop-1'))
      const dumped = await odradek(['dump', own])
      expect(dumped).toMatchObject({
        code: 1,
        stderr: `odradek: can't read ${join(own, 'loop-1')}\n`,
      })
      expect(dumped.stdout).toContain('baseOffset: 0')
      const verified = await odradek(['dump', '--verify', own])
      expect(verified).toMatchObject({
        code: 1,
        stderr: `odradek: can't read ${join(own, 'loop-1')}\n`,
      })
      rmSync(own, { recursive: true })
    },
  )

  it('refuses a range of offsets that ends before its start', async () => {
    const { code, stderr } = await odradek(['dump', '--offset', '12..10', root])
    expect(code).toBe(1)
    expect(stderr).toContain("'12..10' is invalid. It ends before it begins.")
  })

  it('does not write to the files that it reads', async () => {
    const before = readdirSync(root, { recursive: true })
    await odradek(['dump', '--deep', root])
    expect(readdirSync(root, { recursive: true })).toEqual(before)
  })

  it('exits quietly when the reader closes the pipe', async () => {
    const script = join(projectRoot, 'bin/odradek.js')
    const child = spawn(process.execPath, [script, 'dump', '--deep', '--json', root])
    let stderr = ''
    child.stderr.on('data', (chunk: Buffer) => (stderr += String(chunk)))
    await once(child.stdout, 'data')
    child.stdout.destroy()
    expect(await once(child, 'close')).toEqual([0, null])
    expect(stderr).toBe('')
  })

  it.each([
    [['dump'], 'no path: name files or directories to dump'],
    [['dump', '/does/not/exist'], 'there is no /does/not/exist'],
    [['dump', 'src'], 'there is nothing to dump in src'],
    [['dump', '--offset', 'x', '.'], 'It must be an offset'],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await odradek(args)
    expect(code).toBe(1)
    expect(stderr).toContain(message)
  })
})

describe('odradek open', () => {
  it('serves a partition, under another name if one is given', async () => {
    const options = ['--port', '0', '--log-level', 'warn', '--topic', 'orders=monday']
    const broker = new Odradek(['open', ...options, partition])
    await broker.prints('\n')
    const { bootstrapServers } = JSON.parse(broker.stdout) as { bootstrapServers: string }
    const client = ['-b', bootstrapServers]
    const { stdout } = await odradek(['consume', 'monday', '-o', 'beginning', '-e', ...client])
    expect(lines(stdout)).toHaveLength(2000)
    const produced = await odradek(['produce', 'monday', ...client], 'no\n')
    expect(produced.code).toBe(1)
    expect(produced.stderr).toContain('POLICY_VIOLATION: Topic monday is read-only')
    expect(await broker.end('SIGTERM')).toMatchObject({ code: 0, stderr: '' })
  })

  it('warns about repairs in memory with the given path', async () => {
    const copies = mkdtempSync(join(tmpdir(), 'odradek-open-'))
    onTestFinished(() => rmSync(copies, { recursive: true, force: true }))
    cpSync(partition, join(copies, 'orders-0'), { recursive: true })
    appendFileSync(join(copies, 'orders-0', '00000000000000000000.log'), 'torn')
    const readyFile = join(copies, 'ready.json')
    const options = ['--port', '0', '--ready-file', readyFile, '--topic', 'orders=monday']
    const broker = new Odradek(['open', ...options, '--skip-corrupt', copies])
    await broker.prints('\n')
    const ready = JSON.parse(readFileSync(readyFile, 'utf8')) as { problems: unknown[] }
    const path = join(copies, 'orders-0', '00000000000000000000.log')
    expect(ready.problems).toEqual([
      expect.objectContaining({ kind: 'tornBatch', path, topic: 'monday', bytesNotServed: 4 }),
    ])
    const { code, stderr } = await broker.end('SIGTERM')
    expect(code).toBe(0)
    const logged = lines(stderr).map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(logged.filter(({ level }) => Number(level) > 30)).toEqual([
      expect.objectContaining({
        level: 50,
        kind: 'tornBatch',
        msg: expect.stringMatching(/4 bytes are skipped.*The files are unchanged/) as string,
      }),
    ])
  })

  it('warns about partitions that have no directory and are served empty', async () => {
    const copies = mkdtempSync(join(tmpdir(), 'odradek-open-'))
    onTestFinished(() => rmSync(copies, { recursive: true, force: true }))
    for (const name of ['orders-0', 'orders-3']) {
      cpSync(partition, join(copies, name), { recursive: true })
    }
    const broker = new Odradek(['open', '--port', '0', '--log-level', 'warn', copies])
    await broker.prints('\n')
    const { code, stderr } = await broker.end('SIGTERM')
    expect(code).toBe(0)
    expect(lines(stderr).map((line): unknown => JSON.parse(line))).toEqual([
      expect.objectContaining({
        level: 40,
        kind: 'missingPartition',
        topic: 'orders',
        msg: 'Partitions 1, 2 of orders have no directory and are served empty.',
      }),
    ])
  })

  it.each([
    [['open'], "missing required argument 'directory'"],
    [['open', '/does/not/exist'], 'There is no directory /does/not/exist'],
    [['open', '--topic', 'orders', '.'], 'It must be name=new-name'],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await odradek(args)
    expect(code).toBe(1)
    expect(stderr).toContain(message)
  })
})
