import { expect, test } from 'vitest'
import { UnregisterController } from '../../../src/protocol/messages/index.ts'
import { recordedQuorum } from '../../controller/recorded-quorum.ts'
import { startTestCluster } from '../../support/test-cluster.ts'

test('refuses controllers that are not registered', async () => {
  const { call } = await startTestCluster()
  for (const { version, request, response } of recordedQuorum(UnregisterController)) {
    expect(await call(UnregisterController, version, request)).toEqual(response)
  }
})
