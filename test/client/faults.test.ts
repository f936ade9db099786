import { describe, expect, it } from 'vitest'
import type { Consumer } from '../../src/client/consumer/consumer.ts'
import { cooperativeStickyAssignor } from '../../src/client/group/assignors/cooperative-sticky.ts'
import { rangeAssignor } from '../../src/client/group/assignors/range.ts'
import { OffsetSpec } from '../../src/client/list-offsets.ts'
import { nameOf } from '../../src/client/topic-partition.ts'
import { SeededRandom } from '../../src/platform/random.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { ApiVersions, Produce } from '../../src/protocol/messages/index.ts'
import type { RequestOf } from '../../src/protocol/schema/index.ts'
import { scaled } from '../support/scale.ts'
import type { InterceptedRequest, Verdict } from './support/intercepted-network.ts'
import { advanceUntil, startTestClients } from './support/test-client.ts'

const PARTITIONS = 3
const topics = [{ name: 'orders', partitions: PARTITIONS }]
const seeds = Array.from({ length: scaled(100) }, (_, seed) => seed + 1)

/** Some requests are lost, some answers are, and some are refused or never answered. */
function faults(random: SeededRandom): (request: InterceptedRequest) => Verdict {
  return ({ api, body }) => {
    if (api.key === ApiVersions.key) return undefined
    const dice = random.int(100)
    if (dice < 8) return 'loseResponse'
    if (dice < 14) return 'cut'
    if (dice < 16) return 'hang'
    if (dice < 24 && api.key === Produce.key)
      return { answer: refusal(body as RequestOf<typeof Produce>) }
    return undefined
  }
}

describe('a client over a network that loses requests and answers', () => {
  it.each(seeds)('appends every record once and in order (seed %i)', async (seed) => {
    const random = new SeededRandom(seed)
    const { client, clock, network } = await startTestClients(
      { brokers: 2, topics },
      { requestTimeoutMs: 1_000, retryTimeoutMs: 600_000 },
    )
    const producer = client.producer({ batchBytes: 200, deliveryTimeoutMs: 600_000 })
    network.verdict = faults(random)
    const sent = Array.from({ length: PARTITIONS }, (): string[] => [])
    const acknowledgements: Promise<unknown>[] = []
    for (let i = 0; i < 60; i++) {
      const partition = random.int(PARTITIONS)
      sent[partition]!.push(String(i))
      const record = { topic: 'orders', partition, value: Buffer.from(String(i)) }
      acknowledgements.push(producer.send(record))
      if (random.int(4) === 0) await clock.advance(random.int(200))
    }
    await advanceUntil(clock, Promise.all(acknowledgements))
    network.verdict = () => undefined
    const consumer = client.consumer({ autoOffsetReset: 'earliest' })
    consumer.assign(sent.map((_, partition) => ({ topic: 'orders', partition })))
    const read = sent.map((): string[] => [])
    while (read.flat().length < 60) {
      const records = await advanceUntil(clock, consumer.poll())
      for (const { partition, value } of records) read[partition]!.push(String(value))
    }
    expect(read).toEqual(sent)
    expect(await ends(client)).toEqual(sent.map(({ length }) => length))
  })

  it.each(seeds)(
    'gives every partition to one member in the end, and loses no record (seed %i)',
    async (seed) => {
      const random = new SeededRandom(seed)
      const { clock, network, newClient } = await startTestClients(
        { brokers: 2, topics },
        { requestTimeoutMs: 1_000, retryTimeoutMs: 600_000 },
      )
      const assignors = [random.int(2) === 0 ? rangeAssignor : cooperativeStickyAssignor]
      const options = {
        groupId: 'g',
        assignors,
        autoOffsetReset: 'earliest',
        maxPollIntervalMs: 5_000,
      } as const
      const consumers = [1, 2, 3].map(() => newClient().consumer(options))
      const producer = newClient().producer({ deliveryTimeoutMs: 600_000 })
      network.verdict = faults(random)
      const seen = new Set<string>()
      const acknowledged: Promise<unknown>[] = []
      const poll = async (): Promise<void> => {
        const polls = Promise.all(consumers.filter(isSubscribed).map(pollOnce))
        for (const { value } of (await advanceUntil(clock, polls)).flat()) seen.add(String(value))
      }
      for (let step = 0; step < 30; step++) {
        const partition = random.int(PARTITIONS)
        const value = Buffer.from(String(step))
        acknowledged.push(producer.send({ topic: 'orders', partition, value }))
        if (step % 5 === 0 && step < 15) subscribe(consumers[step / 5]!)
        await poll()
      }
      network.verdict = () => undefined
      await advanceUntil(clock, Promise.all(acknowledged))
      const isSettled = (): boolean => {
        const owned = consumers.flatMap(({ assignment }) => assignment.map(nameOf))
        return owned.length === PARTITIONS && new Set(owned).size === PARTITIONS && seen.size === 30
      }
      while (!isSettled()) await poll()
    },
  )
})

const subscribed = new WeakSet<Consumer>()

function subscribe(consumer: Consumer): void {
  subscribed.add(consumer)
  consumer.subscribe(['orders'])
}

function isSubscribed(consumer: Consumer): boolean {
  return subscribed.has(consumer)
}

function pollOnce(consumer: Consumer) {
  return consumer.poll({ timeoutMs: 200 })
}

async function ends(client: Awaited<ReturnType<typeof startTestClients>>['client']) {
  const queries = Array.from({ length: PARTITIONS }, (_, partition) => ({
    topic: 'orders',
    partition,
    timestamp: OffsetSpec.Latest,
  }))
  return (await client.admin.records.listOffsets(queries)).map(({ offset }) => offset)
}

function refusal({ topicData }: RequestOf<typeof Produce>) {
  const responses = topicData.map(({ name, topicId, partitionData }) => ({
    name,
    topicId,
    partitionResponses: partitionData.map(({ index }) => ({
      index,
      errorCode: ErrorCode.NotEnoughReplicas,
      baseOffset: -1,
      recordErrors: [],
      currentLeader: { leaderId: -1, leaderEpoch: -1 },
    })),
  }))
  return { responses, nodeEndpoints: [] }
}
