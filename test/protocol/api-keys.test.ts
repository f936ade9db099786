import { expect, test } from 'vitest'
import { apiKeyInfo } from '../../src/protocol/api-keys.ts'
import { allApis } from '../support/all-apis.ts'

test('the table of API keys has the keys and names of all messages, and no others', () => {
  const named = Array.from({ length: 256 }, (_, key) => ({ key, name: apiKeyInfo(key)?.name }))
  expect(named.filter(({ name }) => name !== undefined)).toEqual(
    allApis.map(({ key, name }) => ({ key, name })),
  )
})
