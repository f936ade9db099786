import { expect, test } from 'vitest'
import { RemoveRaftVoter } from '../../../src/protocol/messages/index.ts'
import { recordedQuorum } from '../../controller/recorded-quorum.ts'
import { CLUSTER_ID } from '../../controller/support.ts'
import { startTestCluster } from '../../support/test-cluster.ts'

test('refuses to remove voters as a cluster with kraft.version 0', async () => {
  const { call } = await startTestCluster({ clusterId: CLUSTER_ID })
  for (const { version, request, response } of recordedQuorum(RemoveRaftVoter)) {
    expect(await call(RemoveRaftVoter, version, request)).toEqual(response)
  }
})
