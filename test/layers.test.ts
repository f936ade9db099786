import { posix } from 'node:path'
import { expect, test } from 'vitest'
import { sourceFiles } from './support/source-files.ts'

/** Bottom up: a folder sees itself and the folders of earlier rows; folders of one row do not see each other. */
const rows = [
  ['platform'],
  ['protocol'],
  ['record'],
  ['log', 'network', 'security'],
  ['controller'],
  ['coordinator'],
  ['broker'],
  ['cluster'],
  ['client'],
  ['registry', 'streams', 'connect'],
  ['sql'],
  ['console', 'testing', 'dump'],
  ['cli', 'index.ts'],
]

/** These reach brokers only as a Kafka client would, by bootstrap address, so that they run on a real cluster too. */
const clientsOnly = ['client', 'registry', 'streams', 'connect', 'sql']

/** The one place where the public API and the command line meet: a command starts a cluster as a user would. */
const allowed = new Set(['cli -> index.ts'])

test('a folder imports only from the layers below it', () => {
  const wrong = sourceFiles('src').flatMap(({ path, text }) =>
    importsOf(text)
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => ({
        from: roomOf(path),
        to: roomOf(posix.join(posix.dirname(path), specifier)),
        path,
      }))
      .filter(({ from, to }) => !maySee(from, to) && !allowed.has(`${from} -> ${to}`))
      .map(({ from, to, path: file }) => `${file}: ${from} must not import ${to}`),
  )
  expect(wrong).toEqual([])
})

test('every folder of src stands in the list of layers', () => {
  const rooms = new Set(sourceFiles('src').map(({ path }) => roomOf(path)))
  expect([...rooms].filter((room) => rowOf(room) < 0)).toEqual([])
})

test('only platform/ reaches the clock, the timers, randomness, files and sockets of Node', () => {
  const calls =
    /\b(Date\.now|Math\.random|set(Timeout|Interval|Immediate)|queueMicrotask|nextTick|performance\.now)\(/
  const modules =
    /from 'node:(fs|net|tls|dns|http|https|http2|crypto|dgram|timers|worker_threads|child_process)(\/promises)?'/
  const wrong = sourceFiles('src')
    .filter(({ path }) => roomOf(path) !== 'platform')
    .filter(({ text }) => calls.test(text) || modules.test(text))
    .map(({ path }) => path)
  expect(wrong).toEqual([])
})

test("only the environment of a cluster and the command line name the machine's own parts", () => {
  const ownParts =
    /\b(SystemClock|systemNetwork|systemRandom|systemTurn|DiskFileSystem|makeTemporaryDirectory)\b/
  const allowedFiles = ['src/cluster/system-environment.ts', 'src/cluster/storage.ts']
  const wrong = sourceFiles('src')
    .filter(({ path }) => !['platform', 'cli'].includes(roomOf(path)))
    .filter(({ path, text }) => ownParts.test(text) && !allowedFiles.includes(path))
    .map(({ path }) => path)
  expect(wrong).toEqual([])
})

function importsOf(text: string): string[] {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, specifier]) => specifier!)
}

/** `src/log/log.ts` lives in `log`, `src/index.ts` in `index.ts`. */
function roomOf(path: string): string {
  return path.split('/')[1]!
}

function rowOf(room: string): number {
  return rows.findIndex((row) => row.includes(room))
}

function maySee(from: string, to: string): boolean {
  if (from === to) return true
  if (
    clientsOnly.includes(from) &&
    ['broker', 'cluster', 'coordinator', 'controller', 'log'].includes(to)
  )
    return false
  // The client alone cuts a socket's bytes into frames.
  if (from !== 'client' && clientsOnly.includes(from) && to === 'network') return false
  return rowOf(to) >= 0 && rowOf(to) < rowOf(from)
}
