import { describe, expect, it } from 'vitest'
import type { Producer } from '../../../src/client/producer/producer.ts'
import { OffsetSpec } from '../../../src/client/list-offsets.ts'
import {
  AddPartitionsToTxn,
  ApiVersions,
  ListTransactions,
  WriteTxnMarkers,
} from '../../../src/protocol/messages/index.ts'
import { allApis } from '../../support/all-apis.ts'
import { answering } from '../support/intercepted-network.ts'
import { advanceUntil, startTestClients, type TestClients } from '../support/test-client.ts'

const topics = [{ name: 'orders', partitions: 2 }]
const orders = { topic: 'orders', partition: 0 }
const record = { ...orders, value: Buffer.from('v') }

/** Opens a transaction with one record. */
async function open({ clock, newClient }: TestClients, transactionalId: string): Promise<Producer> {
  const producer = newClient().producer({ transactionalId })
  await advanceUntil(clock, producer.initTransactions())
  producer.beginTransaction()
  await advanceUntil(clock, producer.send(record))
  return producer
}

/**
 * Opens a transaction in a partition that its coordinator does not know, as a bug of a client
 * before KIP-890 could.
 */
async function openHanging(clients: TestClients): Promise<void> {
  const { clock, network, client } = clients
  const downgrade = {
    feature: 'transaction.version',
    level: 1,
    upgradeType: 'safeDowngrade',
  } as const
  await advanceUntil(clock, client.admin.features.update([downgrade]))
  network.verdict = answering(AddPartitionsToTxn, ({ v3AndBelowTopics }) => ({
    throttleTimeMs: 0,
    errorCode: 0,
    resultsByTransaction: [],
    resultsByTopicV3AndBelow: v3AndBelowTopics.map(({ name, partitions }) => ({
      name,
      resultsByPartition: partitions.map((partitionIndex) => ({
        partitionIndex,
        partitionErrorCode: 0,
      })),
    })),
  }))
  await open(clients, 'hanging')
  network.verdict = () => undefined
}

async function stableEnd({ client, clock }: TestClients): Promise<number> {
  const query = { ...orders, timestamp: OffsetSpec.Latest }
  const found = client.admin.records.listOffsets([query], { isolationLevel: 'read_committed' })
  return (await advanceUntil(clock, found))[0]!.offset
}

describe('the admin lists transactions', () => {
  it('of all brokers, by state, producer, duration and pattern', async () => {
    const clients = await startTestClients({ brokers: 3, topics })
    const { clock } = clients
    const { transactions } = clients.client.admin
    const first = await open(clients, 'a-1')
    await clock.advance(10_000)
    await open(clients, 'a-2')
    await open(clients, 'b-1')
    await advanceUntil(clock, first.commitTransaction())
    const list = async (options = {}) =>
      (await advanceUntil(clock, transactions.list(options))).map(
        ({ transactionalId }) => transactionalId,
      )
    expect(await list()).toEqual(['a-1', 'a-2', 'b-1'])
    expect(await list({ states: ['Ongoing'] })).toEqual(['a-2', 'b-1'])
    expect(await list({ states: ['CompleteCommit', 'Empty'] })).toEqual(['a-1'])
    expect(await list({ pattern: 'a-.*' })).toEqual(['a-1', 'a-2'])
    expect(await list({ pattern: 'a' })).toEqual([])
    await clock.advance(5_000)
    expect(await list({ durationMs: 10_000 })).toEqual(['a-1'])
    expect(await list({ durationMs: 4_000, states: ['Ongoing'] })).toEqual(['a-2', 'b-1'])
    expect(await list({ durationMs: 60_000 })).toEqual([])
    const [listed] = await advanceUntil(clock, transactions.list({ pattern: 'b.*' }))
    expect(listed).toMatchObject({ state: 'Ongoing' })
    expect(await list({ producerIds: [listed!.producerId] })).toEqual(['b-1'])
  })

  it('and refuses states that do not exist', async () => {
    const { client } = await startTestClients()
    await expect(client.admin.transactions.list({ states: ['Open'] })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: "there is no transaction state 'Open'",
    })
  })

  it('and refuses filters that a broker does not know', async () => {
    const { client, network } = await startTestClients()
    network.verdict = answering(ApiVersions, () => ({
      errorCode: 0,
      throttleTimeMs: 0,
      apiKeys: allApis.map(({ key, current: { min, max } }) => ({
        apiKey: key,
        minVersion: min,
        maxVersion: key === ListTransactions.key ? 1 : max,
      })),
      supportedFeatures: [],
      finalizedFeatures: [],
    }))
    const { transactions } = client.admin
    await expect(transactions.list({ pattern: 'a' })).rejects.toMatchObject({
      code: 'UNSUPPORTED_VERSION',
      advice: 'Omit this filter.',
    })
    expect(await transactions.list({ durationMs: 1 })).toEqual([])
  })
})

describe('the admin describes', () => {
  it('a transactional id with the partitions of its open transaction', async () => {
    const clients = await startTestClients({ brokers: 2, topics })
    const { clock, client } = clients
    const beganMs = clock.now()
    const producer = await open(clients, 't')
    const describe = async () =>
      (await advanceUntil(clock, client.admin.transactions.describe(['t'])))[0]!
    const described = await describe()
    expect(described).toMatchObject({
      transactionalId: 't',
      state: 'Ongoing',
      producerEpoch: 0,
      timeoutMs: 60_000,
      partitions: [orders],
    })
    expect(described.startMs).toBeGreaterThanOrEqual(beganMs)
    expect(clients.cluster.brokers.map(({ id }) => id)).toContain(described.coordinatorId)
    await advanceUntil(clock, producer.abortTransaction())
    expect(await describe()).toMatchObject({ state: 'CompleteAbort', partitions: [] })
    await expect(
      advanceUntil(clock, client.admin.transactions.describe(['unknown'])),
    ).rejects.toMatchObject({ errorName: 'TRANSACTIONAL_ID_NOT_FOUND' })
  })

  it('the producers of a partition', async () => {
    const clients = await startTestClients({ brokers: 2, topics })
    await open(clients, 't')
    const { records } = clients.client.admin
    const [described] = await advanceUntil(clients.clock, records.describeProducers([orders]))
    expect(described).toMatchObject({
      ...orders,
      producers: [{ producerEpoch: 0, lastSequence: 0, currentTxnStartOffset: 0 }],
    })
  })

  it('the features of the cluster, and changes them', async () => {
    const { client, clock } = await startTestClients()
    const { features } = client.admin
    const level = async (): Promise<number | undefined> =>
      (await features.describe()).finalized.get('transaction.version')?.max
    expect((await features.describe()).supported.get('transaction.version')).toEqual({
      min: 0,
      max: 2,
    })
    expect(await level()).toBe(2)
    const down = { feature: 'transaction.version', level: 1 }
    await expect(advanceUntil(clock, features.update([down]))).rejects.toMatchObject({
      errorName: 'INVALID_UPDATE_VERSION',
    })
    const safely = { ...down, upgradeType: 'safeDowngrade' } as const
    await advanceUntil(clock, features.update([safely], { validateOnly: true }))
    expect(await level()).toBe(2)
    await advanceUntil(clock, features.update([safely]))
    expect(await level()).toBe(1)
  })
})

describe('the admin ends transactions', () => {
  it('of a transactional id, and fences its producers', async () => {
    const clients = await startTestClients({ brokers: 2, topics })
    const { clock, client } = clients
    const { transactions } = client.admin
    const producer = await open(clients, 't')
    expect(await stableEnd(clients)).toBe(0)
    const [fenced] = await advanceUntil(clock, transactions.fenceProducers(['t']))
    expect(fenced).toMatchObject({
      transactionalId: 't',
      producerEpoch: expect.any(Number) as number,
    })
    expect(await stableEnd(clients)).toBe(2)
    await expect(advanceUntil(clock, producer.commitTransaction())).rejects.toMatchObject({
      code: 'PRODUCER_FENCED',
    })
    const other = await open(clients, 'u')
    await advanceUntil(clock, transactions.forceTerminate('u'))
    await expect(advanceUntil(clock, other.abortTransaction())).rejects.toMatchObject({
      code: 'PRODUCER_FENCED',
    })
    const described = await advanceUntil(clock, transactions.describe(['t', 'u']))
    expect(described.map(({ state }) => state)).toEqual(['Empty', 'Empty'])
  })

  it('that hang in a partition', async () => {
    const clients = await startTestClients({
      topics,
      config: { 'transaction.partition.verification.enable': 'false' },
    })
    const { clock, client } = clients
    await openHanging(clients)
    expect(await stableEnd(clients)).toBe(0)
    const { records, transactions } = client.admin
    const [described] = await advanceUntil(clock, records.describeProducers([orders]))
    const { producerId, producerEpoch } = described!.producers[0]!
    const hanging = { ...orders, producerId, producerEpoch, coordinatorEpoch: 5 }
    await advanceUntil(clock, transactions.abort(hanging))
    expect(await stableEnd(clients)).toBe(2)
    expect(clients.network.requestsOf(WriteTxnMarkers)).toHaveLength(1)
    const stale = transactions.abort({ ...hanging, coordinatorEpoch: 4 })
    await expect(advanceUntil(clock, stale)).rejects.toMatchObject({
      errorName: 'TRANSACTION_COORDINATOR_FENCED',
    })
  })
})
