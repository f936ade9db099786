import { expect, test } from 'vitest'
import { AddRaftVoter } from '../../../src/protocol/messages/index.ts'
import { recordedQuorum } from '../../controller/recorded-quorum.ts'
import { CLUSTER_ID } from '../../controller/support.ts'
import { startTestCluster } from '../../support/test-cluster.ts'

test('refuses new voters as a cluster with kraft.version 0, in every version', async () => {
  const { call } = await startTestCluster({ clusterId: CLUSTER_ID })
  for (const { version, request, response } of recordedQuorum(AddRaftVoter)) {
    expect(await call(AddRaftVoter, version, request)).toEqual(response)
  }
})
