import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withClient } from '../../src/cli/with-client.ts'
import { Odradek, odradek } from './odradek.ts'

let folder: string
const started: Odradek[] = []

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'odradek-cli-'))
})

afterAll(async () => {
  // Stop them gracefully, so that their temporary directories are deleted.
  await Promise.all(started.map((process) => process.end('SIGTERM')))
  rmSync(folder, { recursive: true, force: true })
})

async function start(...args: string[]): Promise<{ broker: Odradek; bootstrapServers: string }> {
  const broker = new Odradek([
    'start',
    ...(args.some((arg) => arg.startsWith('--listener')) ? [] : ['--port', '0']),
    '--log-level',
    'error',
    ...args,
  ])
  started.push(broker)
  await broker.prints('\n')
  const { bootstrapServers } = JSON.parse(broker.stdout) as { bootstrapServers: string }
  return { broker, bootstrapServers }
}

describe('odradek start', () => {
  it('prints its address as one line of JSON, also to the ready file', async () => {
    const readyFile = join(folder, 'ready.json')
    const { broker } = await start('--ready-file', readyFile)
    expect(broker.stdout).toMatch(/^\{"ready":true,"bootstrapServers":"127\.0\.0\.1:\d+"\}\n$/)
    expect(readFileSync(readyFile, 'utf8')).toBe(broker.stdout)
    await broker.end('SIGTERM')
    expect(existsSync(readyFile)).toBe(false)
  })

  it('prints in both the advertised and the bound addresses', async () => {
    const { broker } = await start(
      '--host=0.0.0.0',
      '--advertised-host=kafka.test',
      '--advertised-port=9092',
      '--brokers=2',
    )
    expect(JSON.parse(broker.stdout)).toEqual({
      ready: true,
      bootstrapServers: 'kafka.test:9092,kafka.test:9093',
      listeners: expect.stringMatching(/^0\.0\.0\.0:\d+,0\.0\.0\.0:\d+$/) as string,
    })
    await broker.end('SIGTERM')
  })

  it('prints the addresses of each listener', async () => {
    const { broker } = await start(
      '--listener=INTERNAL://127.0.0.1:0',
      '--listener=EXTERNAL://127.0.0.1:0',
      '--advertised-listener=external://kafka.test:9092',
      '--brokers=2',
    )
    const { bootstrapServers, bootstrapServersOf } = JSON.parse(broker.stdout) as {
      bootstrapServers: string
      bootstrapServersOf: Record<string, string>
    }
    expect(bootstrapServersOf).toEqual({
      INTERNAL: bootstrapServers,
      EXTERNAL: 'kafka.test:9092,kafka.test:9093',
    })
    await broker.end('SIGTERM')
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('ends with code 0 at %s', async (signal) => {
    const { broker } = await start()
    expect(await broker.end(signal)).toMatchObject({ code: 0, stderr: '' })
  })

  it('starts several brokers with topics over them', async () => {
    const { broker, bootstrapServers } = await start('--brokers', '3', '--topic', 'orders:6')
    expect(bootstrapServers.split(',')).toHaveLength(3)
    const { stdout } = await odradek(['topics', 'describe', 'orders', '-b', bootstrapServers])
    expect(stdout).toContain('PartitionCount: 6')
    expect(new Set([...stdout.matchAll(/Leader: (\d)/g)].map(([, leader]) => leader)).size).toBe(3)
    await broker.end('SIGTERM')
  })

  it('numbers its brokers from the first id on, and gives each its own configs', async () => {
    const { broker, bootstrapServers } = await start(
      '--brokers=2',
      '--first-broker-id=0',
      '--topic=orders:1:2',
      '--broker-config=0:broker.rack=a',
      '--broker-config=1:broker.rack=b',
      '--broker-config=1:num.partitions=4',
    )
    const { stdout } = await odradek(['topics', 'describe', 'orders', '-b', bootstrapServers])
    expect(stdout).toMatch(/Leader: [01]\tReplicas: (0,1|1,0)\t/)
    await broker.end('SIGTERM')
  })

  it('gives a new cluster the chosen feature levels', async () => {
    const features = ['--feature=transaction.version=1', '--feature=share.version=0']
    const { broker, bootstrapServers } = await start(...features)
    const { finalized } = await withClient(bootstrapServers, (client) =>
      client.admin.features.describe(),
    )
    expect(finalized.get('transaction.version')?.max).toBe(1)
    expect(finalized.has('share.version')).toBe(false)
    await broker.end('SIGTERM')
  })

  it('keeps produced records in its data directory', async () => {
    const dataDir = join(folder, 'data')
    const first = await start('--data-dir', dataDir)
    await odradek(['produce', 'orders', '-b', first.bootstrapServers], 'kept\n')
    await first.broker.end('SIGTERM')
    const second = await start('--data-dir', dataDir)
    const { stdout } = await odradek(['consume', 'orders', '-e', '-b', second.bootstrapServers])
    expect(stdout).toBe('kept\n')
    await second.broker.end('SIGTERM')
  })

  it('exits with code 1 when a disk failure has closed its broker', async () => {
    const dataDir = join(folder, 'failing')
    const readyFile = join(folder, 'failing.json')
    const { broker, bootstrapServers } = await start(
      '--data-dir',
      dataDir,
      '--ready-file',
      readyFile,
      '--topic',
      'orders',
    )
    renameSync(join(dataDir, '1'), join(dataDir, 'aside'))
    writeFileSync(join(dataDir, '1'), 'no directory')
    const produced = odradek(['produce', 'orders', '-b', bootstrapServers], 'lost\n')
    const { code, stderr } = await broker.outcome()
    expect(code).toBe(1)
    expect(stderr).toMatch(/^odradek: all brokers have closed, because \S+1 has failed: E\w+: .*$/m)
    expect(existsSync(readyFile)).toBe(false)
    expect((await produced).code).toBe(1)
  })

  it('refuses a data directory that another one uses', async () => {
    const dataDir = join(folder, 'locked')
    const { broker } = await start('--data-dir', dataDir)
    await expectRefusal(['start', '--port', '0', '--data-dir', dataDir], /in use|locked/i)
    await broker.end('SIGTERM')
  })

  it('refuses a port that is in use', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    await expectRefusal(['start', '--port', String(port)], new RegExp(String(port)))
    server.close()
  })

  it('refuses an invalid data directory', async () => {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    await expectRefusal(['start', '--port', '0', '--data-dir', file], new RegExp(file))
  })

  it.each([
    [['--config', 'retention.ms=1'], /log\.retention\.ms/],
    [['--config', 'num.partitions=many'], /num\.partitions/],
    [['--config', 'novalue'], /It must be key=value/],
    [['--topic', 'orders:x'], /name\[:partitions\[:replicas\]\]/],
    [['--topic', 'orders:1:5'], /replication/i],
    [['--port', '70000'], /from 0 to 65535/],
    [['--log-level', 'loud'], /Allowed choices/],
    [['--nonsense'], /unknown option '--nonsense'/],
  ])('refuses %j in one line', async (args, reason) => {
    await expectRefusal(['start', '--port', '0', ...args], reason)
  })

  async function expectRefusal(args: string[], reason: RegExp): Promise<void> {
    const { code, stdout, stderr } = await odradek(args)
    expect(stderr).toMatch(reason)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  }
})

describe('the client commands', () => {
  let bootstrap: string[]

  beforeAll(async () => {
    const { bootstrapServers } = await start('--brokers', '2', '--topic', 'orders:3')
    bootstrap = ['-b', bootstrapServers]
  })

  const run = (command: string, input = '') => odradek([...command.split(' '), ...bootstrap], input)

  it('create, list, describe, change and delete topics', async () => {
    const created = await run('topics create audit --partitions 2 --config retention.ms=1000')
    expect(created).toEqual({ code: 0, stdout: 'Created topic audit.\n', stderr: '' })
    expect((await run('topics')).stdout.split('\n')).toContain('audit')
    expect((await run('topics create audit')).stderr).toMatch(
      /^odradek: .*TOPIC_ALREADY_EXISTS.*\n$/,
    )
    await run(
      'topics alter audit --partitions 4 --delete-config retention.ms --config segment.ms=5',
    )
    const { stdout } = await run('topics describe audit')
    expect(stdout).toMatch(
      /^Topic: audit\tTopicId: \S{22}\tPartitionCount: 4\tReplicationFactor: 1\tConfigs: segment\.ms=5\n/,
    )
    expect(stdout.trim().split('\n')).toHaveLength(5)
    expect((await run('topics delete audit')).code).toBe(0)
    expect((await run('topics describe audit')).stderr).toBe(
      'odradek: topic audit does not exist. Check its name, or create it first.\n',
    )
  })

  it('produce with keys and headers, and consume in a format', async () => {
    await run('produce formats -K : -H src=test -z gzip', 'a:1\nb:2\n')
    const { stdout } = await odradek([
      'consume',
      'formats',
      '-e',
      '-f',
      '%t %p %o %k=%s %h\\n',
      ...bootstrap,
    ])
    expect(stdout).toBe('formats 0 0 a=1 src=test\nformats 0 1 b=2 src=test\n')
  })

  it('produce tombstones and headers from the lines, and consume JSON', async () => {
    await run('produce tombstones -K : -Z --headers', 'h:1\tkey:\n')
    const { stdout } = await run('consume tombstones -e --json')
    expect(JSON.parse(stdout)).toMatchObject({
      offset: 0,
      headers: ['h', '1'],
      key: 'key',
      payload: null,
    })
  })

  it('consume from an offset, from the end, and a number of records', async () => {
    await run('produce numbers', '1\n2\n3\n4\n5\n')
    expect((await run('consume numbers -e -o 3')).stdout).toBe('4\n5\n')
    expect((await run('consume numbers -e -o -1')).stdout).toBe('5\n')
    expect((await run('consume numbers --from-beginning -c 2')).stdout).toBe('1\n2\n')
    expect((await run('consume numbers -e -o s@0')).stdout).toBe('1\n2\n3\n4\n5\n')
  })

  it('keep the records with one key in one partition', async () => {
    const lines = Array.from({ length: 30 }, (_, i) => `key-${i % 5}:${i}\n`).join('')
    await run('produce orders -K :', lines)
    const { stdout } = await odradek(['consume', 'orders', '-e', '-f', '%k %p\\n', ...bootstrap])
    const places = stdout.trim().split('\n')
    expect(places).toHaveLength(30)
    expect(new Set(places).size).toBe(5)
  })

  it('consume in a group, which continues at its offset and can be reset', async () => {
    await run('produce grouped', 'one\ntwo\n')
    expect((await run('consume grouped -G checker --from-beginning -c 1')).stdout).toBe('one\n')
    expect((await run('consume grouped -G checker -e')).stdout).toBe('two\n')
    expect((await run('groups')).stdout).toContain('checker\n')
    const described = await run('groups describe checker')
    expect(described.stdout.split('\n')[1]).toMatch(/^checker +grouped +0 +2 +2 +0 +- +- +-$/)
    const dryRun = await run('groups reset-offsets checker --topic grouped --shift-by -5')
    expect(dryRun.stdout.split('\n')[1]).toMatch(/^checker +grouped +0 +0$/)
    expect((await run('consume grouped -G checker -e')).stdout).toBe('')
    await run('groups reset-offsets checker --all-topics --to-offset 1 --execute')
    expect((await run('consume grouped -G checker -e')).stdout).toBe('two\n')
    expect((await run('groups delete checker')).code).toBe(0)
    expect((await run('groups describe checker')).stderr).toBe(
      "odradek: group checker does not exist. 'odradek groups' lists all groups.\n",
    )
  })

  it('share the partitions of a topic among the members of a group', async () => {
    // Read from the beginning: a member looks up the end only some time after it was assigned a
    // partition.
    const start = ['-o', 'beginning']
    const args = ['consume', 'shared', '-G', 'sharing', ...start, '-f', '%p %s\\n', ...bootstrap]
    await run('topics create shared --partitions 2')
    const members = [new Odradek(args), new Odradek(args)]
    started.push(...members)
    let partitions = ''
    while (!/ 1\n.* 1\n$/s.test(partitions))
      partitions = (await run('groups describe sharing --members')).stdout
    await run('produce shared -p 0', 'zero\n')
    await run('produce shared -p 1', 'one\n')
    await Promise.all(members.map((member) => member.prints('\n')))
    const outcomes = [await members[0]!.end('SIGTERM'), await members[1]!.end('SIGINT')]
    expect(outcomes.map(({ stdout }) => stdout).sort()).toEqual(['0 zero\n', '1 one\n'])
    expect(outcomes.map(({ code }) => code)).toEqual([0, 0])
  })

  it('report an error in one line', async () => {
    expect(await odradek(['topics', '-b', '127.0.0.1:1'])).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'odradek: no connection to 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1. Check that a broker runs, and that this is its address.\n',
    })
    expect((await run('consume no-such-topic -e')).stderr).toBe(
      'odradek: topic no-such-topic does not exist. Check its name, or create it first.\n',
    )
    expect((await odradek(['frobnicate'])).stderr).toBe("error: unknown command 'frobnicate'\n")
  })

  it.each([
    [
      ['topics', 'frobnicate'],
      "unknown command 'frobnicate' of odradek topics: use list, create, alter, describe or delete",
    ],
    [
      ['topics', '-b', '127.0.0.1:1', 'frobnicate', '--partitions', '3'],
      "unknown command 'frobnicate' of odradek topics: use list, create, alter, describe or delete",
    ],
    [
      ['groups', 'frobnicate'],
      "unknown command 'frobnicate' of odradek groups: use list, describe, delete, delete-offsets or reset-offsets",
    ],
    [
      ['topics', 'list', 'frobnicate'],
      "too many arguments for 'list'. Expected 0 arguments but got 1.",
    ],
  ])('name what is wrong in %j', async (args, message) => {
    const stderr = `error: ${message}\n`
    expect(await odradek(args)).toEqual({ code: 1, stdout: '', stderr })
  })

  it.each([
    '',
    'start',
    'topics',
    'produce',
    'consume',
    'groups',
    'groups delete-offsets',
    'groups reset-offsets',
    'transactions',
    'transactions abort',
  ])("explain '%s' with examples", async (command) => {
    const { code, stdout } = await odradek([...command.split(' ').filter(Boolean), '--help'])
    expect(code).toBe(0)
    expect(stdout).toContain('Examples:\n')
  })
})
