import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { expect, test } from 'vitest'
import { projectRoot, sourceFiles } from './support/source-files.ts'

const layers = readLayers()

test('a room imports only what the table in ARCHITECTURE.md allows', () => {
  const wrong = sourceFiles('src').flatMap(({ path, text }) =>
    importsOf(text)
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => ({
        from: roomOf(path),
        to: roomOf(posix.join(posix.dirname(path), specifier)),
        path,
      }))
      .filter(({ from, to }) => from !== to && !layers.get(from)?.has(to))
      .map(({ from, to, path: file }) => `${file}: ${from} must not import ${to}`),
  )
  expect(wrong).toEqual([])
})

test('no files of src import each other in a circle, types included', () => {
  const imports = new Map(
    sourceFiles('src').map(({ path, text }) => [
      path,
      importsOf(text)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => posix.join(posix.dirname(path), specifier)),
    ]),
  )
  expect(circlesOf(imports)).toEqual([])
})

test('a kind of group is known to its own folder and to migration/ only: everything else sees the interface `Group`', () => {
  const kinds = /src\/coordinator\/group\/(?!modern)([a-z]+)\/\1-group\.ts$/
  const others = sourceFiles('src').filter(({ path }) => !path.includes('/group/migration/'))
  const wrong = others.flatMap(({ path, text }) =>
    importsOf(text)
      .map((specifier) => posix.join(posix.dirname(path), specifier))
      .filter((imported) => kinds.test(imported) && posix.dirname(imported) !== posix.dirname(path))
      .map((imported) => `${path} must not import ${imported}`),
  )
  expect(wrong).toEqual([])
})

test('every room of src is in the table in ARCHITECTURE.md', () => {
  const rooms = new Set(sourceFiles('src').map(({ path }) => roomOf(path)))
  expect([...rooms].filter((room) => !layers.has(room))).toEqual([])
})

test('every row of the table in ARCHITECTURE.md imports rooms of lower rows only', () => {
  const wrong = tableRows().flatMap(({ rooms, imports }, row, rows) => {
    const below = new Set(rows.slice(row + 1).flatMap((lower) => lower.rooms))
    const above = [...imports].filter((room) => !below.has(room))
    return above.map((room) => `${rooms.join(', ')} must not import ${room}`)
  })
  expect(wrong).toEqual([])
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

/** Returns a path of imports for each circle that a search in depth meets. */
function circlesOf(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const circles: string[] = []
  const visited = new Set<string>()
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file)
    if (start >= 0) circles.push([...path.slice(start), file].join(' -> '))
    if (visited.has(file)) return
    visited.add(file)
    for (const imported of imports.get(file) ?? []) visit(imported, [...path, file])
  }
  for (const file of imports.keys()) visit(file, [])
  return circles
}

/** `src/log/log.ts` lives in `log`, `src/index.ts` in `index.ts`. */
function roomOf(path: string): string {
  return path.split('/')[1]!
}

/** Returns the rooms that each room may import, by room. */
function readLayers(): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(tableRows().flatMap(({ rooms, imports }) => rooms.map((room) => [room, imports])))
}

interface TableRow {
  readonly rooms: readonly string[]
  readonly imports: ReadonlySet<string>
}

/** Returns the rows of the table, from top to bottom. */
function tableRows(): TableRow[] {
  const text = readFileSync(join(projectRoot, 'ARCHITECTURE.md'), 'utf8')
  const lines = text.split('\n').filter((line) => /^\| *\d+ *\|/.test(line))
  const cells = lines.map((line) => line.split('|').map((cell) => cell.trim()))
  return cells.map(([, , rooms = '', imports = ''], row) => {
    const below = cells.slice(row + 1).flatMap((lower) => namesIn(lower[2]!))
    return {
      rooms: namesIn(rooms),
      imports: new Set(imports === 'all below' ? below : namesIn(imports)),
    }
  })
}

/** Returns the names between backquotes. */
function namesIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!)
}
