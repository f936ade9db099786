import { describe, expect, test } from 'vitest'
import { CoordinatorRuntime } from '../../../src/coordinator/runtime/coordinator-runtime.ts'
import { settle } from '../../../src/coordinator/runtime/outcome.ts'
import type { PartitionRuntime } from '../../../src/coordinator/runtime/partition-runtime.ts'
import { ManualClock } from '../../../src/platform/manual-clock.ts'
import { ApiError } from '../../../src/protocol/api-error.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { encodeBatch } from '../../../src/record/batch-encoder.ts'
import { BatchView } from '../../../src/record/batch-view.ts'
import { encodeLeaderChange } from '../../../src/record/control-record.ts'
import { MemoryInternalTopic } from '../memory-internal-topic.ts'
import { type Assignment, RegisterShard, assignments } from './register-shard.ts'

const PRODUCER = { producerId: 7, producerEpoch: 0 }
const OTHER_PRODUCER = { producerId: 8, producerEpoch: 0 }

function start(topic = new MemoryInternalTopic()) {
  const unreadable: number[] = []
  const shards: RegisterShard[] = []
  const runtime = new CoordinatorRuntime<Assignment, RegisterShard>({
    clock: new ManualClock(),
    serde: assignments,
    baseSequence: 0,
    commitTimeoutMs: 5000,
    createShard: (writer) => {
      const shard = new RegisterShard(writer)
      shards.push(shard)
      return shard
    },
    onLoadFailure: (partition) => unreadable.push(partition),
  })
  const elect = (index = 0) => {
    runtime.onElected(topic.partition(index))
    return runtime.partition(index) as PartitionRuntime<Assignment, RegisterShard>
  }
  return { topic, runtime, unreadable, shards, elect }
}

/** A handler that assigns a value, and returns the old one. */
function assign(register: string, value: string | null) {
  return ({ registers }: RegisterShard) => ({
    records: [{ register, value }],
    response: registers.get(register) ?? 'nothing',
  })
}

const contentOf = (partition: PartitionRuntime<Assignment, RegisterShard>) =>
  partition.state.content

describe('a write', () => {
  test('is appended as one batch, replayed with its offsets, and answered without a promise', () => {
    const { topic, elect } = start()
    const partition = elect()
    const response = partition.write(() => ({
      records: [
        { register: 'a', value: '1' },
        { register: 'b', value: '2' },
      ],
      response: 'done',
    }))
    expect(response).toBe('done')
    expect(partition.write(assign('a', '3'))).toBe('1')
    expect(topic.read(0).map((batch) => new BatchView(batch).recordCount)).toEqual([2, 1])
    expect(partition.state.replayed).toEqual(['0 a', '1 b', '2 a'])
    expect([...partition.state.registers]).toEqual([
      ['a', '3'],
      ['b', '2'],
    ])
  })

  test('that cannot be appended changes nothing, and its error is what the client is told', () => {
    const { topic, elect } = start()
    const partition = elect()
    void partition.write(assign('a', '1'))
    const before = structuredClone(contentOf(partition))
    topic.appendError = ErrorCode.NotEnoughReplicas
    expect(partition.write(assign('a', '2'))).toBe(ApiError.of(ErrorCode.CoordinatorNotAvailable))
    expect(partition.writeTransactional(PRODUCER, assign('a', '2'))).toBeInstanceOf(ApiError)
    topic.appendError = ErrorCode.KafkaStorageError
    expect(partition.state.writer.append([{ register: 'a', value: '2' }])).toBe(
      ApiError.of(ErrorCode.NotCoordinator),
    )
    expect(contentOf(partition)).toEqual(before)
  })

  test('whose handler refuses writes nothing', () => {
    const { topic, elect } = start()
    const error = ApiError.of(ErrorCode.IllegalGeneration)
    expect(elect().write(() => error)).toBe(error)
    expect(topic.read(0)).toEqual([])
  })

  test('is answered when its own batch is committed, whatever was written after it', async () => {
    const { topic, elect } = start()
    const partition = elect()
    topic.partition(0).hold()
    const answered: string[] = []
    const remember = (name: string) => () => answered.push(name)
    const first = Promise.resolve(partition.write(assign('a', '1'))).then(remember('first'))
    const second = Promise.resolve(partition.write(assign('a', '2'))).then(remember('second'))
    topic.partition(0).commit(1)
    await first
    expect(answered).toEqual(['first'])
    topic.partition(0).commit(2)
    await second
    expect(answered).toEqual(['first', 'second'])
  })

  test('of one partition does not wait for another one', () => {
    const { topic, elect } = start()
    const [stalled, other] = [elect(0), elect(1)]
    topic.partition(0).hold()
    expect(stalled.write(assign('a', '1'))).toBeInstanceOf(Promise)
    expect(other.write(assign('a', '1'))).toBe('nothing')
  })

  test('is answered NOT_COORDINATOR when the partition is lost before it is committed', async () => {
    const { topic, runtime, elect } = start()
    const partition = elect()
    topic.partition(0).hold()
    const answer = settle<object>(
      partition.write(() => ({ records: [{ register: 'a', value: '1' }], response: {} })),
      ({ errorCode }) => ({ errorCode }),
    )
    topic.partition(0).lose()
    runtime.onResigned(0)
    expect(await answer).toEqual({ errorCode: ErrorCode.NotCoordinator })
  })
})

test('a read waits for what was written before it, because its answer may speak of it', async () => {
  const { topic, elect } = start()
  const partition = elect()
  expect(partition.read(({ registers }) => registers.size)).toBe(0)
  topic.partition(0).hold()
  void partition.write(assign('a', '1'))
  const read = partition.read(({ registers }) => registers.get('a'))
  expect(read).toBeInstanceOf(Promise)
  topic.partition(0).commit()
  expect(await read).toBe('1')
})

describe('records that need not take effect together', () => {
  const tooLarge = (records: number) =>
    Array.from({ length: records }, (_, index) => ({
      register: `r${index}`,
      value: 'x',
    }))

  test('go into as many batches as their size asks for', () => {
    const { topic, elect } = start()
    const partition = elect()
    topic.partition(0).maxBatchBytes = 150
    expect(partition.append(tooLarge(20))).toBe(ApiError.of(ErrorCode.UnknownServerError))
    expect(partition.state.registers.size).toBe(0)
    expect(partition.appendSeparately(tooLarge(20))).toBeUndefined()
    expect(partition.state.registers.size).toBe(20)
    expect(topic.read(0).length).toBeGreaterThan(1)
    expect(topic.read(0).every((batch) => batch.length <= 150)).toBe(true)
  })

  test('stop at one that is too large by itself', () => {
    const { topic, elect } = start()
    const partition = elect()
    topic.partition(0).maxBatchBytes = 10
    expect(partition.appendSeparately(tooLarge(2))).toBe(ApiError.of(ErrorCode.UnknownServerError))
    expect(partition.state.registers.size).toBe(0)
  })
})

describe('a transaction', () => {
  /** Two producers assign; the first one's fate is decided. */
  function history(isCommitted: boolean) {
    const started = start()
    const partition = started.elect()
    void partition.write(assign('a', '1'))
    void partition.writeTransactional(PRODUCER, assign('a', '2'))
    void partition.writeTransactional(OTHER_PRODUCER, assign('a', '3'))
    const end = () =>
      partition.endTransaction(PRODUCER, { isCommitted, coordinatorEpoch: 0 }, 'ended')
    return { ...started, partition, end }
  }

  test.each([
    [true, '2'],
    [false, '1'],
  ])('takes effect by its end marker: committed %s', (isCommitted, value) => {
    const { partition, end } = history(isCommitted)
    expect(partition.state.registers.get('a')).toBe('1')
    expect(end()).toBe('ended')
    expect(partition.state.registers.get('a')).toBe(value)
    expect([...partition.state.pending.keys()]).toEqual([OTHER_PRODUCER.producerId])
  })

  test.each([true, false])('is loaded as it was written: committed %s', (isCommitted) => {
    const { topic, partition, end } = history(isCommitted)
    expect(contentOf(start(topic).elect())).toEqual(contentOf(partition))
    void end()
    expect(contentOf(start(topic).elect())).toEqual(contentOf(partition))
  })

  test('stays open when its end marker cannot be appended', () => {
    const { topic, partition, end } = history(true)
    topic.appendError = ErrorCode.NotEnoughReplicas
    expect(end()).toBe(ApiError.of(ErrorCode.NotEnoughReplicas))
    expect(partition.state.pending.size).toBe(2)
  })

  test('is written as transactional batches and a control batch', () => {
    const { topic, end } = history(true)
    void end()
    const batches = topic.read(0).map((batch) => new BatchView(batch))
    expect(
      batches.map((batch) => [batch.isTransactional, batch.isControl, batch.producerId]),
    ).toEqual([
      [false, false, -1],
      [true, false, 7],
      [true, false, 8],
      [true, true, 7],
    ])
  })
})

describe('a partition', () => {
  test('that is not led here answers NOT_COORDINATOR', () => {
    expect(start().runtime.partition(0)).toBe(ApiError.of(ErrorCode.NotCoordinator))
  })

  test('is loaded once, and dropped when the broker resigns', () => {
    const { runtime, elect } = start()
    const partition = elect()
    void partition.write(assign('a', '1'))
    expect(elect()).toBe(partition)
    runtime.onResigned(0)
    runtime.onResigned(0)
    expect(partition.state.status).toBe('unloaded')
    expect(runtime.partition(0)).toBeInstanceOf(ApiError)
    const again = elect()
    expect(again.state.status).toBe('loaded')
    expect(contentOf(again)).toEqual(contentOf(partition))
  })

  test('that cannot be read is not led, is unloaded, and affects no other', () => {
    const { topic, runtime, unreadable, shards, elect } = start()
    topic.partition(0).append(encodeBatch([{ key: Buffer.from('!'), value: null }]))
    expect(elect(0)).toBeInstanceOf(ApiError)
    expect(shards.map(({ status }) => status)).toEqual(['unloaded'])
    expect(elect(1).state.status).toBe('loaded')
    expect(unreadable).toEqual([0])
    expect([...runtime.partitions]).toHaveLength(1)
  })

  test('skips records of types that are not known, and control batches of other kinds', () => {
    const { topic, elect } = start()
    const options = { timestamp: 0, baseOffset: 0 }
    const voters = { leaderId: 1, voterIds: [1], grantingVoterIds: [1] }
    topic.partition(0).append(encodeLeaderChange(voters, options))
    topic.partition(0).append(encodeBatch([{ key: Buffer.from('?'), value: null }]))
    const partition = elect()
    expect(partition.state.replayed).toEqual([])
    void partition.write(assign('a', '1'))
    expect(partition.state.replayed).toEqual(['2 a'])
  })
})
