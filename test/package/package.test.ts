import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { projectRoot } from '../support/source-files.ts'
import { Consumer, run } from './consumer.ts'

let consumer: Consumer
const tarball = inject('tarball')

const useCluster = `
  const cluster = await startCluster({ topics: [{ name: 'orders', partitions: 3 }] })
  const ready = /^127\\.0\\.0\\.1:\\d+$/.test(cluster.bootstrapServers)
  await cluster.close()
`

beforeAll(() => {
  consumer = new Consumer('typescript@7.0.2', 'kafkajs@2.2.4')
})

afterAll(() => consumer.remove())

describe('the packed tarball', () => {
  test('has no problem according to publint', () => {
    expect(
      run(projectRoot, join(projectRoot, 'node_modules/.bin/publint'), tarball, '--strict'),
    ).toContain('All good!')
  })

  test('has types that resolve from ES modules and from CommonJS', () => {
    const attw = join(projectRoot, 'node_modules/.bin/attw')
    expect(run(projectRoot, attw, tarball, '--profile', 'node16')).toContain('No problems found')
  })

  test('contains only what users need', () => {
    const files = consumer.run('tar', '-tzf', tarball).split('\n')
    const folders = new Set(files.filter(Boolean).map((path) => path.split('/')[1]!))
    expect([...folders].sort()).toEqual([
      'ARCHITECTURE.md',
      'CONTRIBUTING.md',
      'LICENSE',
      'NOTICE',
      'README.md',
      'bench',
      'bin',
      'dist',
      'docs',
      'examples',
      'package.json',
    ])
  })

  test('contains all files and headings that its documents link to', () => {
    const root = consumer.path('node_modules/odradek')
    const documents = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.md'),
    )
    expect(documents).toContain('README.md')
    const missing = documents.flatMap((document) =>
      linksIn(join(root, document)).filter(({ path, anchor }) => !isThere(path, anchor)),
    )
    expect(missing).toEqual([])
  })

  test('needs no install script', () => {
    const manifest = JSON.parse(
      readFileSync(consumer.path('node_modules/odradek/package.json'), 'utf8'),
    ) as {
      scripts?: Record<string, string>
    }
    expect(
      Object.keys(manifest.scripts ?? {}).filter((name) => /^(pre|post)?install$/.test(name)),
    ).toEqual([])
  })

  test('runs none of its scripts when it is installed', () => {
    const command = `npm install --loglevel=notice --foreground-scripts --no-audit --no-fund --prefer-offline '${tarball}' 2>&1`
    const installing = mkdtempSync(join(tmpdir(), 'odradek-installing-'))
    onTestFinished(() => rmSync(installing, { recursive: true, force: true }))
    const output = run(installing, 'sh', '-c', command)
    expect(output).toMatch(/added \d+ packages/)
    // npm prints the name of the package before it runs a script.
    expect(output).not.toContain('> odradek@')
  })
})

describe('a consumer of the package', () => {
  test('starts a cluster from CommonJS', () => {
    const script = `const { startCluster } = require('odradek'); (async () => { ${useCluster} console.log(ready) })()`
    expect(consumer.node('consumer.cjs', script)).toBe('true\n')
  })

  test('starts a cluster from an ES module', () => {
    expect(
      consumer.node(
        'consumer.mjs',
        `import { startCluster } from 'odradek'; ${useCluster} console.log(ready)`,
      ),
    ).toBe('true\n')
  })

  test('gets one copy of the package from both module systems', () => {
    const script = `
      import { createRequire } from 'node:module'
      import { OdradekError } from 'odradek'
      console.log(createRequire(import.meta.url)('odradek').OdradekError === OdradekError)`
    expect(consumer.node('both.mjs', script)).toBe('true\n')
  })

  test('gets the sources in stack traces', () => {
    const script = `
      import { openDirectory } from 'odradek'
      try { await openDirectory('absent') } catch ({ stack }) { console.log(stack) }`
    expect(consumer.node('stack.mjs', script, '--enable-source-maps')).toMatch(
      /at openDirectory \(.+odradek.src.index\.ts:\d+:\d+\)/,
    )
  })

  test('type-checks without the types of Node', () => {
    consumer.write(
      'consumer.mts',
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
    expect(consumer.bin('tsc', ...options, 'consumer.mts')).toBe('')
  })

  test('runs an example in the package', () => {
    const example = 'node_modules/odradek/examples/produce-and-consume.mjs'
    expect(consumer.run(process.execPath, example)).toContain('received 2 chairs')
  })

  test('runs the command line', () => {
    expect(consumer.bin('odradek', '--help')).toContain('Usage: odradek')
  })
})

interface Link {
  readonly path: string
  readonly anchor: string | undefined
}

/** Returns the links of a document that are not web addresses. */
function linksIn(document: string): Link[] {
  const text = readFileSync(document, 'utf8')
  return [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)].map(([, path, anchor]) => ({
    path: path === '' ? document : join(dirname(document), path!),
    anchor,
  }))
}

/** Whether a file exists and has the heading of the anchor. */
function isThere(path: string, anchor: string | undefined): boolean {
  if (!existsSync(path)) return false
  if (anchor === undefined) return true
  const headings = readFileSync(path, 'utf8').matchAll(/^#+ (.+)$/gm)
  return [...headings].some(
    ([, heading]) =>
      heading!
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-') === anchor,
  )
}
