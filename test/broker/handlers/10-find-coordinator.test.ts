import { describe, expect, test } from 'vitest'
import { ErrorCode, errorMessage } from '../../../src/protocol/error-code.ts'
import { FindCoordinator } from '../../../src/protocol/messages/index.ts'
import { startTestCluster, type TestCluster } from '../../support/test-cluster.ts'
import { coordinatorOf, leaders, topicId } from '../support.ts'

const GROUP = 0
const TRANSACTION = 1
const SHARE = 2

async function find(cluster: TestCluster, keyType: number, coordinatorKeys: string[], version = 6) {
  const request = { key: '', keyType, coordinatorKeys }
  return (await cluster.call(FindCoordinator, version, request)).coordinators
}

describe('FindCoordinator', () => {
  test.each([0, 1, 2, 3])('answers one key in version %i', async (version) => {
    const cluster = await startTestCluster()
    const request = { key: 'group', keyType: GROUP, coordinatorKeys: [] }
    const { host, port } = cluster.cluster.brokers[0]!
    expect(await cluster.call(FindCoordinator, version, request)).toMatchObject({
      errorCode: ErrorCode.None,
      errorMessage: version === 0 ? '' : 'NONE',
      nodeId: 1,
      host,
      port,
      coordinators: [],
    })
  })

  test.each([4, 5, 6])('answers several keys in version %i (KIP-699)', async (version) => {
    const cluster = await startTestCluster()
    const { host, port } = cluster.cluster.brokers[0]!
    const found = { nodeId: 1, host, port, errorCode: ErrorCode.None, errorMessage: '' }
    expect(await find(cluster, GROUP, ['a', 'b', ''], version)).toEqual(
      ['a', 'b', ''].map((key) => ({ key, ...found })),
    )
    expect(await find(cluster, GROUP, [], version)).toEqual([])
  })

  test('creates the topic of the coordinators', async () => {
    const config = {
      'offsets.topic.num.partitions': 7,
      'transaction.state.log.num.partitions': 8,
    }
    const cluster = await startTestCluster({ config })
    await find(cluster, GROUP, ['group'])
    expect(await leaders(cluster, '__consumer_offsets')).toHaveLength(7)
    const [found] = await find(cluster, TRANSACTION, ['transaction'])
    expect(found).toMatchObject({ errorCode: 0, nodeId: 1 })
    expect(await leaders(cluster, '__transaction_state')).toHaveLength(8)
  })

  test('finds share partitions by group:topicId:partition from version 6 on (KIP-932)', async () => {
    const cluster = await startTestCluster({ topics: [{ name: 'orders' }] })
    const key = `group:${await topicId(cluster, 'orders')}:0`
    const [found] = await find(cluster, SHARE, [key])
    expect(found).toMatchObject({ key, errorCode: ErrorCode.None, nodeId: 1 })
    for (const wrong of ['group', 'group:x:0', key.slice('group'.length), key.slice(0, -2)]) {
      expect(await find(cluster, SHARE, [wrong])).toMatchObject([
        { errorCode: ErrorCode.InvalidRequest, nodeId: -1, host: '', port: -1, errorMessage: '' },
      ])
    }
    expect(await find(cluster, SHARE, [key], 5)).toMatchObject([
      { errorCode: ErrorCode.InvalidRequest },
    ])
  })

  test.each([-1, 3])('answers INVALID_REQUEST for key type %i', async (keyType) => {
    const cluster = await startTestCluster()
    const refused = {
      errorCode: ErrorCode.InvalidRequest,
      errorMessage: errorMessage(ErrorCode.InvalidRequest),
      nodeId: -1,
      host: '',
      port: -1,
    }
    expect(await find(cluster, keyType, ['a', 'b'])).toEqual([
      { key: 'a', ...refused },
      { key: 'b', ...refused },
    ])
    const request = { key: 'a', keyType, coordinatorKeys: [] }
    expect(await cluster.call(FindCoordinator, 3, request)).toMatchObject(refused)
  })

  test('spreads groups over the brokers, which all give the same response', async () => {
    const cluster = await startTestCluster({ brokers: 3 })
    const groups = Array.from({ length: 60 }, (_, index) => `group-${index}`)
    const first = (await find(cluster, GROUP, groups)).map(({ nodeId }) => nodeId)
    expect([...new Set(first)].sort()).toEqual([1, 2, 3])
    const third = await cluster.connect(3)
    for (const [index, group] of groups.slice(0, 10).entries()) {
      expect(await coordinatorOf(third, group)).toBe(first[index])
    }
  })
})
