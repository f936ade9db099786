import { expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { ApiVersions, InitProducerId } from '../../../src/protocol/messages/index.ts'
import { startTestCluster } from '../../support/test-cluster.ts'
import type { Caller } from '../support.ts'

const init = (caller: Caller, options: object = {}, version = 5) =>
  caller.call(InitProducerId, version, {
    transactionalId: null,
    transactionTimeoutMs: 60_000,
    ...options,
  })

test.each([0, 1, 2, 3, 4, 5])(
  'an idempotent producer gets an id and epoch 0 in version %i',
  async (version) => {
    const cluster = await startTestCluster()
    const { errorCode, producerEpoch } = await init(cluster, {}, version)
    expect([errorCode, producerEpoch]).toEqual([ErrorCode.None, 0])
  },
)

test('no two producers of a cluster get the same id, whichever broker they ask', async () => {
  const cluster = await startTestCluster({ brokers: 3 })
  const connections = await Promise.all([1, 2, 3].map((id) => cluster.connect(id)))
  const ids: number[] = []
  for (let round = 0; round < 20; round++)
    for (const connection of connections) ids.push((await init(connection)).producerId)
  expect(new Set(ids).size).toBe(60)
})

test('a producer that sends its id gets a new id, because it has no transactions', async () => {
  const cluster = await startTestCluster()
  const { producerId } = await init(cluster)
  const again = await init(cluster, { producerId, producerEpoch: 3 })
  expect(again).toMatchObject({ errorCode: ErrorCode.None, producerEpoch: 0 })
  expect(again.producerId).not.toBe(producerId)
})

test('id without epoch, epoch without id, and an empty transactional id: INVALID_REQUEST', async () => {
  const cluster = await startTestCluster()
  const refused = { errorCode: ErrorCode.InvalidRequest, producerId: -1, producerEpoch: -1 }
  expect(await init(cluster, { producerId: 5 })).toMatchObject(refused)
  expect(await init(cluster, { producerEpoch: 5 })).toMatchObject(refused)
  expect(await init(cluster, { transactionalId: '' })).toMatchObject(refused)
})

test('the unstable version 6 is not served: the connection closes', async () => {
  const { connect } = await startTestCluster()
  await expect(init(await connect(), {}, 6)).rejects.toThrow('closed')
})

test('with unstable.api.versions.enable version 6 is served and advertised, and no other', async () => {
  const config = { 'unstable.api.versions.enable': true }
  const { call } = await startTestCluster({ config })
  expect(await init({ call }, {}, 6)).toMatchObject({
    errorCode: ErrorCode.None,
    ongoingTxnProducerId: -1,
    ongoingTxnProducerEpoch: -1,
  })
  const software = { clientSoftwareName: 'test', clientSoftwareVersion: '1' }
  const { apiKeys } = await call(ApiVersions, 4, software)
  const stable = await (await startTestCluster()).call(ApiVersions, 4, software)
  const added = apiKeys.filter(
    ({ apiKey, maxVersion }) =>
      stable.apiKeys.find((api) => api.apiKey === apiKey)!.maxVersion !== maxVersion,
  )
  expect(added).toEqual([{ apiKey: 22, minVersion: 0, maxVersion: 6 }])
})
