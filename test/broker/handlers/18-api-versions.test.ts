import { describe, expect, test } from 'vitest'
import { servedApis } from '../../../src/broker/served-apis.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { ApiVersions } from '../../../src/protocol/messages/index.ts'
import { startTestCluster, type TestCluster } from '../../support/test-cluster.ts'

const CLIENT = { clientSoftwareName: 'test-client', clientSoftwareVersion: '1.0' }

const ask = (cluster: TestCluster, version: number, options: object = {}) =>
  cluster.call(ApiVersions, version, { ...CLIENT, ...options })

describe('ApiVersions', () => {
  test.each([0, 1, 2, 3, 4, 5])(
    'returns the APIs that have a handler in version %i',
    async (version) => {
      const { errorCode, apiKeys } = await ask(await startTestCluster(), version)
      expect(errorCode).toBe(ErrorCode.None)
      expect(apiKeys).toEqual(
        servedApis.map(({ api: { key, advertised } }) => ({
          apiKey: key,
          minVersion: advertised!.min,
          maxVersion: advertised!.max,
        })),
      )
    },
  )

  test('advertises Produce from version 0, for old librdkafka (KAFKA-18659), and no unstable version', async () => {
    const { apiKeys } = await ask(await startTestCluster(), 4)
    expect(apiKeys.find(({ apiKey }) => apiKey === 0)).toMatchObject({ minVersion: 0 })
    expect(apiKeys.find(({ apiKey }) => apiKey === 22)).toMatchObject({ maxVersion: 5 })
  })

  test('hides features that start at level 0 before version 4 (KIP-1022)', async () => {
    const cluster = await startTestCluster()
    const namesIn = async (version: number) =>
      (await ask(cluster, version)).supportedFeatures.map(({ name }) => name)
    expect(await namesIn(2)).toEqual([])
    expect(await namesIn(3)).toEqual(['metadata.version'])
    expect(await namesIn(4)).toContain('kraft.version')
    const { finalizedFeatures, finalizedFeaturesEpoch } = await ask(cluster, 4)
    expect(finalizedFeaturesEpoch).toBeGreaterThanOrEqual(0)
    expect(finalizedFeatures).toContainEqual({
      name: 'metadata.version',
      minVersionLevel: 33,
      maxVersionLevel: 33,
    })
  })

  test.each(['', '-a', 'a-', '.', 'a b', 'a_b', 'é'])(
    'answers INVALID_REQUEST to the software name or version %j (KIP-511)',
    async (text) => {
      const cluster = await startTestCluster()
      const refused = { errorCode: ErrorCode.InvalidRequest, apiKeys: [] }
      expect(await ask(cluster, 3, { clientSoftwareName: text })).toMatchObject(refused)
      expect(await ask(cluster, 3, { clientSoftwareVersion: text })).toMatchObject(refused)
      expect((await ask(cluster, 2, { clientSoftwareName: text })).errorCode).toBe(ErrorCode.None)
    },
  )

  test('requests a client of another broker to bootstrap again from version 5 on (KIP-1242)', async () => {
    const cluster = await startTestCluster()
    const { clusterId } = cluster.cluster
    const errorFor = async (address: object, version = 5) =>
      (await ask(cluster, version, address)).errorCode
    expect(await errorFor({ clusterId, nodeId: 1 })).toBe(ErrorCode.None)
    for (const other of [
      { clusterId, nodeId: 2 },
      { clusterId: 'another', nodeId: 1 },
    ]) {
      expect(await errorFor(other)).toBe(ErrorCode.RebootstrapRequired)
      expect(await errorFor(other, 4)).toBe(ErrorCode.None)
    }
    expect(await errorFor({ clusterId })).toBe(ErrorCode.InvalidRequest)
    expect(await errorFor({ nodeId: 1 })).toBe(ErrorCode.InvalidRequest)
  })

  test('an unknown version is answered in the format of version 0, with the known versions', async () => {
    const { connect } = await startTestCluster()
    for (const version of [99, -1]) {
      const connection = await connect()
      const answer = connection.nextFrame()
      const request = Buffer.from('00000000' + '0012' + '0000' + '0000002a' + 'ffff' + '00', 'hex')
      request.writeInt32BE(request.length - 4, 0)
      request.writeInt16BE(version, 6)
      connection.write(request)
      const frame = await answer
      expect(Buffer.from(frame).readInt32BE(0)).toBe(42)
      expect(ApiVersions.response.decode(0, frame, 4)).toMatchObject({
        errorCode: ErrorCode.UnsupportedVersion,
        apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 5 }],
      })
    }
  })
})
