import { expect, test } from 'vitest'
import { servedApis } from '../../src/broker/served-apis.ts'
import { sourceFiles } from '../support/source-files.ts'

/** The keys in the names of files such as `handlers/01-fetch.ts`. */
const handlerKeys = sourceFiles('src/broker/handlers')
  .map(({ path }) => /\/(\d+)-[\w-]+\.ts$/.exec(path)?.[1])
  .filter((key) => key !== undefined)
  .map(Number)

test('every handler is served once, under the key of its file, in the order of the keys', () => {
  expect(servedApis.map(({ api }) => api.key)).toEqual(handlerKeys.toSorted((a, b) => a - b))
})
