import { expect, test } from 'vitest'
import { Delays } from '../../src/broker/delays.ts'
import type { PeerBrokers } from '../../src/broker/peer-brokers.ts'
import { TransactionMarkers } from '../../src/broker/transaction-markers.ts'
import { ManualClock } from '../../src/index.ts'
import { ErrorCode } from '../../src/protocol/error-code.ts'
import { settle } from './support.ts'

/** A request to a broker, and the function that answers it. */
interface Sent {
  readonly to: number
  readonly partitions: readonly string[]
  readonly body: Parameters<PeerBrokers['send']>[3]
}

/** The sender of markers of a broker, with leaders and answers that a test decides. */
class Kit {
  readonly clock = new ManualClock()
  readonly delays = new Delays(this.clock)
  /** The leader of each partition; a missing one does not exist. */
  readonly leaders = new Map<string, number>()
  readonly brokers = new Set([1, 2])
  /** The error of each partition, default none; `undefined`: the broker does not answer. */
  readonly errors = new Map<string, ErrorCode | undefined>()
  readonly sent: Sent[] = []
  readonly done: string[] = []
  readonly warnings: string[] = []
  /** Responses wait for it. */
  held: Promise<void> | undefined
  readonly markers = new TransactionMarkers({
    image: {
      brokers: this.brokers,
      partition: (topic: string, partition: number) => {
        const leader = this.leaders.get(`${topic}-${partition}`)
        return leader === undefined ? undefined : { leader }
      },
    } as never,
    peers: { send: (to, _api, _version, body) => this.#answer(to, body) as never },
    delays: this.delays,
    logger: { warn: (_: object, message: string) => void this.warnings.push(message) } as never,
  })

  send(...partitions: string[]) {
    return this.markers.send(
      {
        transactionalId: 'bank',
        producerId: 7,
        producerEpoch: 1,
        isCommitted: true,
        coordinatorEpoch: 4,
        transactionVersion: 2,
        partitions: partitions.map((each) => {
          const [topic, partition] = each.split('-')
          return { topic: topic!, partition: Number(partition) }
        }),
      },
      (done) => this.done.push(...done.map(({ topic, partition }) => `${topic}-${partition}`)),
    )
  }

  #answer(to: number, body: unknown) {
    const { markers } = body as { markers: { producerId: number; topics: TopicInput[] }[] }
    const { producerId, topics } = markers[0]!
    const partitions = topics.flatMap(({ name, partitionIndexes }) =>
      partitionIndexes.map((index) => `${name}-${index}`),
    )
    this.sent.push({ to, partitions, body: body as Sent['body'] })
    const isLost = partitions.some((each) => this.errors.has(each) && !this.errors.get(each))
    const response = isLost
      ? undefined
      : { markers: [{ producerId, topics: topics.map(this.#result) }] }
    return this.held === undefined ? response : this.held.then(() => response)
  }

  readonly #result = ({ name, partitionIndexes }: TopicInput) => ({
    name,
    partitions: partitionIndexes.map((partitionIndex) => ({
      partitionIndex,
      errorCode: this.errors.get(`${name}-${partitionIndex}`) ?? ErrorCode.None,
    })),
  })
}

interface TopicInput {
  readonly name: string
  readonly partitionIndexes: readonly number[]
}

test('one request to each leader; all is done at once when nothing must be waited for', () => {
  const kit = new Kit()
  kit.leaders.set('a-0', 1).set('a-1', 2).set('b-0', 1)
  kit.send('a-0', 'a-1', 'b-0')
  expect(kit.done).toEqual(['a-0', 'b-0', 'a-1'])
  expect(kit.sent.map(({ to, partitions }) => [to, partitions])).toEqual([
    [1, ['a-0', 'b-0']],
    [2, ['a-1']],
  ])
  expect(kit.sent[0]!.body).toEqual({
    markers: [
      {
        producerId: 7,
        producerEpoch: 1,
        transactionResult: true,
        coordinatorEpoch: 4,
        transactionVersion: 2,
        topics: [
          { name: 'a', partitionIndexes: [0] },
          { name: 'b', partitionIndexes: [0] },
        ],
      },
    ],
  })
})

test('a partition that does not exist needs no marker', () => {
  const kit = new Kit()
  kit.send('deleted-0')
  expect([kit.done, kit.sent]).toEqual([['deleted-0'], []])
})

test.each([
  ErrorCode.UnknownTopicOrPartition,
  ErrorCode.NotLeaderOrFollower,
  ErrorCode.NotEnoughReplicas,
  ErrorCode.NotEnoughReplicasAfterAppend,
  ErrorCode.RequestTimedOut,
  ErrorCode.KafkaStorageError,
])('error %i: only this partition is sent again, after 50 ms', async (errorCode) => {
  const kit = new Kit()
  kit.leaders.set('a-0', 1).set('a-1', 1)
  kit.errors.set('a-1', errorCode)
  kit.send('a-0', 'a-1')
  expect(kit.done).toEqual(['a-0'])
  await kit.clock.advance(49)
  expect(kit.sent).toHaveLength(1)
  kit.errors.clear()
  await kit.clock.advance(1)
  expect(kit.sent.map(({ partitions }) => partitions)).toEqual([['a-0', 'a-1'], ['a-1']])
  expect(kit.done).toEqual(['a-0', 'a-1'])
})

test('a change of the metadata ends the wait, and the new leader gets the marker', async () => {
  const kit = new Kit()
  kit.leaders.set('a-0', 1)
  kit.errors.set('a-0', ErrorCode.NotLeaderOrFollower)
  kit.send('a-0')
  kit.leaders.set('a-0', 2)
  kit.errors.clear()
  kit.markers.onMetadataChanged()
  await settle()
  expect(kit.sent.map(({ to }) => to)).toEqual([1, 2])
  expect(kit.done).toEqual(['a-0'])
})

test('a broker that does not answer gets the markers again', async () => {
  const kit = new Kit()
  kit.leaders.set('a-0', 1)
  kit.errors.set('a-0', undefined)
  kit.send('a-0')
  await kit.clock.advance(100)
  expect(kit.sent).toHaveLength(3)
  kit.errors.clear()
  await kit.clock.advance(50)
  expect(kit.done).toEqual(['a-0'])
})

test('a partition without a leader, or with an unknown one, waits for the metadata only', async () => {
  const kit = new Kit()
  kit.leaders.set('a-0', -1).set('a-1', 9)
  kit.send('a-0', 'a-1')
  await kit.clock.advance(3_600_000)
  expect(kit.sent).toEqual([])
  kit.leaders.set('a-0', 1)
  kit.brokers.add(9)
  kit.markers.onMetadataChanged()
  await settle()
  expect(kit.done).toEqual(['a-0', 'a-1'])
})

test('a topic that is deleted meanwhile needs no marker', async () => {
  const kit = new Kit()
  kit.leaders.set('a-0', 1)
  kit.errors.set('a-0', ErrorCode.UnknownTopicOrPartition)
  kit.send('a-0')
  kit.leaders.delete('a-0')
  kit.markers.onMetadataChanged()
  await settle()
  expect(kit.done).toEqual(['a-0'])
  expect(kit.sent).toHaveLength(1)
})

test.each([ErrorCode.InvalidProducerEpoch, ErrorCode.TransactionCoordinatorFenced])(
  'error %i: nothing is sent again, and nothing is done',
  async (errorCode) => {
    const kit = new Kit()
    kit.leaders.set('a-0', 1).set('a-1', 1).set('a-2', 2)
    kit.errors.set('a-0', errorCode).set('a-1', ErrorCode.NotLeaderOrFollower)
    kit.send('a-0', 'a-1', 'a-2')
    kit.markers.onMetadataChanged()
    await kit.clock.advance(1000)
    expect([kit.sent.length, kit.done]).toEqual([1, []])
  },
)

test('an error that no later attempt can change: the partition is done, with a warning', () => {
  const kit = new Kit()
  kit.leaders.set('a-0', 1)
  kit.errors.set('a-0', ErrorCode.UnsupportedForMessageFormat)
  kit.send('a-0')
  expect(kit.done).toEqual(['a-0'])
  expect(kit.warnings).toEqual(['The marker of a transaction cannot be written into a-0'])
})

test('after cancel() nothing is sent again, and a late response changes nothing', async () => {
  const kit = new Kit()
  kit.leaders.set('a-0', 1).set('b-0', -1)
  let release: () => void
  kit.held = new Promise((resolve) => (release = resolve))
  const sending = kit.send('a-0', 'b-0')
  sending.cancel()
  release!()
  kit.leaders.set('b-0', 1)
  kit.markers.onMetadataChanged()
  await settle()
  expect([kit.sent.length, kit.done]).toEqual([1, []])
})

test('after close() nothing is sent again', async () => {
  const kit = new Kit()
  kit.leaders.set('a-0', 1)
  kit.errors.set('a-0', ErrorCode.NotLeaderOrFollower)
  kit.send('a-0')
  kit.markers.close()
  kit.delays.close()
  kit.send('a-0')
  await settle()
  await kit.clock.advance(1000)
  expect(kit.sent).toHaveLength(2)
})
