import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { projectRoot } from '../support/source-files.ts'

/** A project of somebody who uses the package: the packed tarball is installed in it. */
let consumer: string
let tarball: string

const useCluster = `
  const cluster = await startCluster({ topics: [{ name: 'orders', partitions: 3 }] })
  const ready = /^127\\.0\\.0\\.1:\\d+$/.test(cluster.bootstrapServers)
  await cluster.close()
`

beforeAll(() => {
  consumer = mkdtempSync(join(tmpdir(), 'odradek-consumer-'))
  const [packed] = JSON.parse(
    npm(projectRoot, 'pack', '--json', '--pack-destination', consumer),
  ) as [{ filename: string }]
  tarball = join(consumer, packed.filename)
  writeFileSync(join(consumer, 'package.json'), JSON.stringify({ name: 'consumer', private: true }))
  npm(consumer, 'install', '--ignore-scripts', tarball, 'jest@30.2.0', 'typescript@7.0.2')
})

afterAll(() => rmSync(consumer, { recursive: true, force: true }))

describe('the packed tarball', () => {
  test('is right in the eyes of publint', () => {
    expect(
      run(projectRoot, join(projectRoot, 'node_modules/.bin/publint'), tarball, '--strict'),
    ).toContain('All good!')
  })

  test('has types that resolve from ES modules and from CommonJS', () => {
    const attw = join(projectRoot, 'node_modules/.bin/attw')
    expect(run(projectRoot, attw, tarball, '--profile', 'node16')).toContain('No problems found')
  })

  test('holds what users need and nothing else', () => {
    const files = run(consumer, 'tar', '-tzf', tarball).split('\n')
    const folders = new Set(files.filter(Boolean).map((path) => path.split('/')[1]!))
    expect([...folders].sort()).toEqual([
      'LICENSE',
      'NOTICE',
      'README.md',
      'bin',
      'dist',
      'package.json',
    ])
  })

  test('needs no install script', () => {
    const manifest = JSON.parse(
      readFileSync(join(consumer, 'node_modules/odradek/package.json'), 'utf8'),
    ) as {
      scripts?: Record<string, string>
    }
    expect(
      Object.keys(manifest.scripts ?? {}).filter((name) => /^(pre|post)?install$/.test(name)),
    ).toEqual([])
  })
})

describe('a consumer of the package', () => {
  test('starts a cluster from CommonJS', () => {
    const script = `const { startCluster } = require('odradek'); (async () => { ${useCluster} console.log(ready) })()`
    expect(node('consumer.cjs', script)).toBe('true\n')
  })

  test('starts a cluster from an ES module', () => {
    expect(
      node(
        'consumer.mjs',
        `import { startCluster } from 'odradek'; ${useCluster} console.log(ready)`,
      ),
    ).toBe('true\n')
  })

  test('has one copy of the package for both kinds of modules', () => {
    const script = `
      import { createRequire } from 'node:module'
      import { OdradekError } from 'odradek'
      console.log(createRequire(import.meta.url)('odradek').OdradekError === OdradekError)`
    expect(node('both.mjs', script)).toBe('true\n')
  })

  test('sees the sources in stack traces', () => {
    const script = `
      import { openDirectory } from 'odradek'
      try { await openDirectory('absent') } catch ({ stack }) { console.log(stack) }`
    expect(node('stack.mjs', script, '--enable-source-maps')).toMatch(
      /at openDirectory \(.+odradek.src.index\.ts:\d+:\d+\)/,
    )
  })

  test('starts a cluster in Jest', () => {
    writeFileSync(
      join(consumer, 'cluster.test.js'),
      `const { startCluster } = require('odradek')
       test('a cluster starts', async () => { ${useCluster} expect(ready).toBe(true) })`,
    )
    // Jest reports on stderr; that it ends by itself, without --forceExit, is part of what is tested.
    expect(run(consumer, 'sh', '-c', './node_modules/.bin/jest 2>&1')).toContain(
      '1 passed, 1 total',
    )
  })

  test('type-checks without the types of Node', () => {
    writeFileSync(
      join(consumer, 'consumer.mts'),
      `import { ManualClock, startCluster, type Cluster } from 'odradek'
       const cluster: Cluster = await startCluster({ brokers: 3, clock: new ManualClock() })
       const servers: string = cluster.bootstrapServers
       await cluster.close()
       export { servers }`,
    )
    const options = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--types',
      '',
    ]
    expect(run(consumer, './node_modules/.bin/tsc', ...options, 'consumer.mts')).toBe('')
  })

  test('runs the command line', () => {
    expect(run(consumer, './node_modules/.bin/odradek', '--help')).toContain('Usage: odradek')
  })
})

function npm(cwd: string, ...args: string[]): string {
  return run(
    cwd,
    'npm',
    ...args,
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--fetch-retries=5',
  )
}

function node(name: string, script: string, ...options: string[]): string {
  writeFileSync(join(consumer, name), script)
  return run(consumer, process.execPath, ...options, name)
}

function run(cwd: string, command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}
