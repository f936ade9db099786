import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { servedApis } from '../../src/broker/served-apis.ts'
import { allApis } from '../support/all-apis.ts'
import { projectRoot, sourceFiles } from '../support/source-files.ts'

/** The keys in the names of files such as `handlers/01-fetch.ts`. */
const handlerKeys = sourceFiles('src/broker/handlers')
  .map(({ path }) => /\/(\d+)-[\w-]+\.ts$/.exec(path)?.[1])
  .filter((key) => key !== undefined)
  .map(Number)

test('every handler is served once, under the key of its file, in the order of the keys', () => {
  expect(servedApis.map(({ api }) => api.key)).toEqual(handlerKeys.toSorted((a, b) => a - b))
})

test('docs/differences.md lists every API of Kafka 4.4 that is not served, and no other', () => {
  const served = new Set(servedApis.map(({ api }) => api.key))
  const missing = allApis.map(({ key }) => key).filter((key) => !served.has(key))
  expect(documentedAsMissing()).toEqual(missing)
})

/** The keys in the table of APIs that are not emulated, whose cells look like `24 to 28, 61`. */
function documentedAsMissing(): number[] {
  const text = readFileSync(join(projectRoot, 'docs/differences.md'), 'utf8')
  const [, table] = /\| part \| API keys \|\n\|---\|---\|\n((?:\|.*\n)+)/.exec(text)!
  return table!
    .trim()
    .split('\n')
    .flatMap((row) => row.split('|')[2]!.split(','))
    .flatMap((cell) => {
      const [first, last = first] = cell.split(' to ').map(Number)
      return Array.from({ length: last! - first! + 1 }, (_, index) => first! + index)
    })
    .toSorted((a, b) => a - b)
}
