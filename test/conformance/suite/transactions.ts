import { expect } from 'vitest'
import type { ConnectedClient, ConsumedRecord, TransactionOperations } from '../support/client.ts'
import { storedBatches } from '../support/stored-batches.ts'
import type { Scene } from './scene.ts'
import { numbered, scenario, uniqueName } from './scene.ts'

/**
 * INVALID_PRODUCER_EPOCH, INVALID_TXN_STATE, PRODUCER_FENCED, and librdkafka's own code for a
 * fenced producer.
 */
const fenced: readonly number[] = [47, 48, 90, -144]

const transactional = [
  'initProducer',
  'beginTransaction',
  'produceInTransaction',
  'endTransaction',
] as const

/** Tests transactional producers, and what consumers read of their transactions. */
export function transactionScenarios(scene: Scene): void {
  endScenarios(scene)
  offsetScenarios(scene)
  fencingScenarios(scene)
}

function endScenarios(scene: Scene): void {
  const overPartitions =
    'transactions over several partitions are read whole if committed, and not at all if aborted'
  scenario(scene, [...transactional, 'abortedAmongCommitted'], overPartitions, async () => {
    const topic = uniqueName('transactions')
    await scene.fixture.createTopic(topic, 3)
    const { client, transactions } = partsOf(scene)
    const producer = await newProducer(scene)
    const rounds = [true, false, true, false, true]
    for (const [round, commits] of rounds.entries()) {
      await transactions.beginTransaction({ producer })
      await transactions.produceInTransaction({
        producer,
        topic,
        records: numbered(20, round * 20),
      })
      await transactions.endTransaction({ producer, commits })
    }

    const committed = await client.consume({ topic, count: 60 })
    const ofCommitted = rounds.flatMap((commits, round) =>
      commits ? numbered(20, round * 20).map(({ value }) => value) : [],
    )
    expect(committed.map(({ value }) => value).toSorted()).toEqual(ofCommitted.toSorted())
    expect(new Set(committed.map(({ partition }) => partition))).toEqual(new Set([0, 1, 2]))
    expectOrder(committed)
    const all = await client.consume({ topic, count: 100, isolation: 'read_uncommitted' })
    expectOrder(all)
    expect(all.map(({ value }) => value).toSorted()).toEqual(
      numbered(100)
        .map(({ value }) => value)
        .toSorted(),
    )
    expectEpochs(scene, topic, rounds.length)
  })

  const ofAnother = 'transactions of another client are read whole if committed, else not at all'
  scenario(scene, ['isolation'], ofAnother, async () => {
    const topic = uniqueName('another')
    await scene.fixture.createTopic(topic)
    await scene.fixture.produceTransactions(topic, [
      { records: numbered(5), commits: true },
      { records: numbered(5, 5), commits: false },
      { records: numbered(5, 10), commits: true },
    ])
    const committed = await scene.client.consume({ topic, count: 10 })
    const values = [...numbered(5), ...numbered(5, 10)].map(({ value }) => value)
    expect(committed.map(({ value }) => value)).toEqual(values)
    const all = await scene.client.consume({ topic, count: 15, isolation: 'read_uncommitted' })
    expect(all.map(({ value }) => value)).toEqual(numbered(15).map(({ value }) => value))
  })

  const whileOpen = 'a read_committed consumer reads no record of an open or aborted transaction'
  scenario(scene, [...transactional, 'joinGroup'], whileOpen, async () => {
    const topic = uniqueName('open')
    await scene.fixture.createTopic(topic)
    const { client, transactions } = partsOf(scene)
    const producer = await newProducer(scene)
    const member = await client.joinGroup(uniqueName('group'), topic)
    await member.waitForPartitions(1)

    await transactions.beginTransaction({ producer })
    await transactions.produceInTransaction({ producer, topic, records: [record('aborted')] })
    const [outside] = await scene.fixture.produceToEach(topic, 1, 'outside')
    const all = await client.consume({ topic, count: 2, isolation: 'read_uncommitted' })
    expect(all.map(({ value }) => value)).toEqual(['aborted', outside])
    expect(member.values()).toEqual([])
    await transactions.endTransaction({ producer, commits: false })
    await member.waitForValues([outside!])

    await transactions.beginTransaction({ producer })
    await transactions.produceInTransaction({ producer, topic, records: [record('committed')] })
    await transactions.endTransaction({ producer, commits: true })
    await member.waitForValues(['committed'])
    expect(member.values()).toEqual([outside, 'committed'])
    await member.leave()
  })

  const restart = 'an open transaction survives a restart of the broker'
  scenario(scene, transactional, restart, async () => {
    const topic = uniqueName('restart')
    await scene.fixture.createTopic(topic)
    const { client, transactions } = partsOf(scene)
    // On a busy machine a real broker restarts more slowly than transactions usually time out.
    const producer = await newProducer(scene, { transactionTimeoutMs: 600_000 })
    await transactions.beginTransaction({ producer })
    await transactions.produceInTransaction({ producer, topic, records: [record('before')] })
    await scene.broker.restart()
    await transactions.produceInTransaction({ producer, topic, records: [record('after')] })
    await transactions.endTransaction({ producer, commits: true })
    const consumed = await client.consume({ topic, count: 2 })
    expect(consumed.map(({ value }) => value)).toEqual(['before', 'after'])
  })
}

/** Tests transactions with the offsets of a group. */
export function offsetScenarios(scene: Scene): void {
  const withOffsets =
    'offsets sent to a transaction are committed with it, and not if it is aborted'
  const needs = ['initProducer', 'transform', 'committedOffsets'] as const
  scenario(scene, needs, withOffsets, async () => {
    const [from, to, group] = [uniqueName('from'), uniqueName('to'), uniqueName('group')]
    await scene.fixture.createTopic(from)
    await scene.fixture.createTopic(to)
    const { client, transactions } = partsOf(scene)
    await client.produce({ topic: from, records: numbered(10) })
    const producer = await newProducer(scene)
    const common = { producer, group, from, to }

    await transactions.transform({ ...common, count: 4, commits: true })
    expect(await client.committedOffsets({ group, topic: from })).toEqual({ 0: 4 })
    const aborted = await transactions.transform({ ...common, count: 3, commits: false })
    expect(aborted.map(({ offset }) => offset)).toEqual([4, 5, 6])
    expect(await client.committedOffsets({ group, topic: from })).toEqual({ 0: 4 })
    const again = await transactions.transform({ ...common, count: 6, commits: true })
    expect(again.map(({ offset }) => offset)).toEqual([4, 5, 6, 7, 8, 9])
    expect(await client.committedOffsets({ group, topic: from })).toEqual({ 0: 10 })

    const consumed = await client.consume({ topic: to, count: 10 })
    expect(consumed.map(({ value }) => value)).toEqual(numbered(10).map(({ value }) => value))
  })
}

function fencingScenarios(scene: Scene): void {
  const twoProducers = 'a producer fences the one before it and aborts its transaction'
  scenario(scene, transactional, twoProducers, async () => {
    const topic = uniqueName('fenced')
    await scene.fixture.createTopic(topic)
    const { client, transactions } = partsOf(scene)
    const transactionalId = uniqueName('id')
    const zombie = await newProducer(scene, { transactionalId })
    await transactions.beginTransaction({ producer: zombie })
    await transactions.produceInTransaction({
      producer: zombie,
      topic,
      records: [record('zombie')],
    })

    const producer = await newProducer(scene, { transactionalId })
    await transactions.beginTransaction({ producer })
    await transactions.produceInTransaction({ producer, topic, records: [record('successor')] })
    await expectFenced(transactions.endTransaction({ producer: zombie, commits: true }))
    await transactions.endTransaction({ producer, commits: true })

    const [committed] = await client.consume({ topic, count: 1 })
    expect(committed!.value).toBe('successor')
    const all = await client.consume({ topic, count: 2, isolation: 'read_uncommitted' })
    expect(all.map(({ value }) => value)).toEqual(['zombie', 'successor'])
  })

  const late = 'a transaction is aborted when its timeout is over, and its commit is refused'
  scenario(scene, transactional, late, async () => {
    const topic = uniqueName('timeout')
    await scene.fixture.createTopic(topic)
    const { client, transactions } = partsOf(scene)
    // Long enough for a busy machine to produce. A real broker then waits for it, Odradek does not.
    const options = { transactionalId: uniqueName('id'), transactionTimeoutMs: 10_000 }
    const producer = await newProducer(scene, options)
    await transactions.beginTransaction({ producer })
    await transactions.produceInTransaction({ producer, topic, records: [record('late')] })
    const [outside] = await scene.fixture.produceToEach(topic, 1, 'outside')
    await scene.broker.cluster?.transaction(options.transactionalId).expire()
    // The last stable offset passes this record when the transaction is aborted.
    const [committed] = await client.consume({ topic, count: 1 })
    expect(committed!.value).toBe(outside)
    await expectFenced(transactions.endTransaction({ producer, commits: true }))
  })
}

/** Called in scenarios that only clients with transactions run. */
function partsOf({ client }: Scene): {
  client: ConnectedClient
  transactions: TransactionOperations
} {
  return { client, transactions: client.transactions! }
}

let producers = 0

/** Initializes a producer and returns its name. */
async function newProducer(
  scene: Scene,
  options: { transactionalId?: string; transactionTimeoutMs?: number } = {},
): Promise<string> {
  const producer = `producer-${++producers}`
  await scene.client.transactions!.initProducer({
    producer,
    transactionalId: uniqueName('id'),
    ...options,
  })
  return producer
}

async function expectFenced(ended: Promise<void>): Promise<void> {
  const error: { code?: number } = await ended.then(
    () => ({}),
    (refusal: object) => refusal,
  )
  expect(fenced, JSON.stringify(error)).toContain(error.code)
}

/** A transaction has one end in each partition. Its epoch is new if the client knows KIP-890. */
function expectEpochs(scene: Scene, topic: string, transactions: number): void {
  const stored = storedBatches(scene.broker.dataDir, topic)
  expect(stored.every(({ isTransactional }) => isTransactional)).toBe(true)
  expect(stored.filter(({ isControl }) => isControl)).toHaveLength(transactions)
  const version = scene.description.transactionVersion ?? 1
  const epochs = new Set(
    stored.flatMap(({ isControl, producerEpoch }) => (isControl ? [] : [producerEpoch])),
  )
  expect(epochs.size).toBe(version === 2 ? transactions : 1)
}

/** Records of a partition come in the order in which they were produced. */
function expectOrder(records: readonly ConsumedRecord[]): void {
  for (const partition of new Set(records.map((each) => each.partition))) {
    const numbers = records
      .filter((each) => each.partition === partition)
      .map(({ value }) => Number(value!.split('-')[1]))
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
  }
}

function record(value: string): { key: null; value: string } {
  return { key: null, value }
}
