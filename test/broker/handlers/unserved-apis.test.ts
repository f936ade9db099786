import { expect, test } from 'vitest'
import { servedApis } from '../../../src/broker/handlers/served-apis.ts'
import { unservedApi } from '../../../src/broker/handlers/unserved-apis.ts'
import { apis } from '../../../src/protocol/messages/index.ts'

test('every API is served, or has its name among those that are not emulated', () => {
  for (const { key, name } of apis.values()) {
    if (servedApis.some((api) => api.key === key)) expect(unservedApi(key)).toBeUndefined()
    else expect(unservedApi(key)?.name).toBe(name)
  }
})
