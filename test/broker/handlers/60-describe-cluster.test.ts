import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { DescribeCluster } from '../../../src/protocol/messages/index.ts'
import { startTestCluster } from '../../support/test-cluster.ts'

const ASKED = { includeClusterAuthorizedOperations: false, includeFencedBrokers: false }

test.each([0, 1, 2])('returns brokers, controller and cluster in version %i', async (version) => {
  const { cluster, call } = await startTestCluster({ brokers: 3 })
  expect(await call(DescribeCluster, version, ASKED)).toMatchObject({
    errorCode: ErrorCode.None,
    clusterId: cluster.clusterId,
    controllerId: 1,
    endpointType: 1,
    brokers: cluster.brokers.map(({ id, host, port }) => ({
      brokerId: id,
      host,
      port,
      rack: null,
      isFenced: false,
    })),
    clusterAuthorizedOperations: -(2 ** 31),
  })
})

test('returns authorized operations if requested', async () => {
  const { call } = await startTestCluster()
  const { clusterAuthorizedOperations } = await call(DescribeCluster, 0, {
    ...ASKED,
    includeClusterAuthorizedOperations: true,
  })
  expect(clusterAuthorizedOperations).toBe(0b1_1111_1010_0000)
})

test.each([
  [2, ErrorCode.MismatchedEndpointType, 'we wanted an endpoint of type CONTROLLER'],
  [0, ErrorCode.UnsupportedEndpointType, 'Unsupported endpoint type 0'],
  [3, ErrorCode.UnsupportedEndpointType, 'Unsupported endpoint type 3'],
])('has no endpoints of type %i', async (endpointType, errorCode, message) => {
  const { call } = await startTestCluster()
  const refused = await call(DescribeCluster, 1, { ...ASKED, endpointType })
  expect(refused).toMatchObject({ errorCode, brokers: [] })
  expect(refused.errorMessage).toContain(message)
})
