import { describe, expect, test } from 'vitest'
import { ErrorCode } from '../../../src/protocol/error-code.ts'
import { RecordState } from '../../../src/broker/share/record-state.ts'
import { encodeEndTransactionMarker } from '../../../src/record/control-record.ts'
import { PartitionKit } from './partition-kit.ts'
import { Ack } from './share-kit.ts'

const { Available, Acknowledged, Archiving, Archived } = RecordState

const stored = (
  firstOffset: number,
  lastOffset: number,
  deliveryState: RecordState,
  count = 1,
) => ({
  firstOffset,
  lastOffset,
  deliveryState,
  deliveryCount: count,
})

describe('acquisition', () => {
  test('returns ranges that begin where batches begin', async () => {
    const kit = await PartitionKit.begin()
    for (const count of [2, 2, 2, 2]) kit.append(count)
    expect(kit.acquire('m', { batchSize: 3 })).toEqual([
      [0, 3, 1],
      [4, 7, 1],
    ])
  })

  test('rounds up to a whole batch', async () => {
    const kit = await PartitionKit.begin()
    kit.append(4)
    kit.append(4)
    expect(kit.acquire('m', { maxRecords: 5 })).toEqual([[0, 7, 1]])
  })

  test('returns at most the maximum number of records in mode record_limit', async () => {
    const kit = await PartitionKit.begin()
    kit.append(4)
    kit.append(4)
    expect(kit.acquire('m', { maxRecords: 5, mode: 1 })).toEqual([[0, 4, 1]])
    expect(kit.acquire('n', { maxRecords: 2, mode: 1 })).toEqual([[5, 6, 1]])
    expect(kit.acquire('m', { maxRecords: 2, mode: 1 })).toEqual([[7, 7, 1]])
  })

  test('stops at the limit of in-flight records, except between them', async () => {
    const kit = await PartitionKit.begin()
    kit.config.maxInFlightRecords = 4
    for (const count of [2, 2, 2]) kit.append(count)
    expect(kit.acquire('m')).toEqual([[0, 3, 1]])
    expect(kit.acquire('n')).toEqual([])
    await kit.acknowledge('m', 1, 1, Ack.Release)
    expect(kit.acquire('n')).toEqual([[1, 1, 2]])
    await kit.acknowledge('m', 0, 0, Ack.Accept)
    expect(kit.acquire('n', { maxRecords: 1 })).toEqual([[4, 5, 1]])
  })

  test('delivers fewer records when one was delivered often, and the last time one alone', async () => {
    const kit = await PartitionKit.begin(0, [stored(0, 7, Available, 3)])
    kit.append(8)
    kit.append(2)
    expect(kit.acquire('m')).toEqual([[0, 3, 4]])
    await kit.release('m')
    expect(kit.acquire('m')).toEqual([[0, 0, 5]])
    expect(kit.acquire('m')).toEqual([[1, 1, 5]])
  })

  test('fills the gaps of a stored state first', async () => {
    const kit = await PartitionKit.begin(0, [
      stored(2, 3, Acknowledged),
      stored(6, 7, Available, 2),
      stored(8, 9, Archived),
    ])
    for (let i = 0; i < 6; i++) kit.append(2)
    expect(kit.acquire('m')).toEqual([
      [0, 1, 1],
      [4, 5, 1],
      [6, 7, 3],
      [10, 11, 1],
    ])
    await kit.acknowledge('m', 0, 1, Ack.Accept)
    expect(kit.partition.inFlight.startOffset).toBe(4)
  })

  test('leaves out aborted transactions', async () => {
    const kit = await PartitionKit.begin()
    const of1 = { producerId: 1, producerEpoch: 0, baseSequence: 0, isTransactional: true }
    kit.append(2)
    kit.append(2, of1)
    kit.append(1)
    kit.appendBytes(1, (baseOffset) =>
      encodeEndTransactionMarker(
        { type: 0, coordinatorEpoch: 0 },
        { timestamp: 0, baseOffset, producerId: 1, producerEpoch: 0 },
      ),
    )
    kit.append(1, of1)
    expect(kit.acquire('m', {}, [{ producerId: 1, firstOffset: 2 }])).toEqual([
      [0, 1, 1],
      [4, 6, 1],
    ])
    await kit.acknowledge('m', 0, 1, Ack.Accept)
    expect(kit.partition.inFlight.startOffset).toBe(4)
  })
})

describe('acknowledgement', () => {
  test('is stored with one batch for a whole batch, and else with one for each record', async () => {
    const kit = await PartitionKit.begin()
    kit.append(3)
    kit.append(2)
    kit.acquire('m', { batchSize: 1 })
    await kit.acknowledge('m', 3, 4, Ack.Accept)
    await kit.acknowledge('m', 0, 1, Ack.Reject)
    expect(kit.writes).toEqual([
      { startOffset: 0, stateBatches: [stored(3, 4, Acknowledged)] },
      { startOffset: 0, stateBatches: [stored(0, 0, Archived), stored(1, 1, Archived)] },
    ])
    expect(kit.partition.inFlight).toMatchObject({ startOffset: 2, endOffset: 4 })
    await kit.acknowledge('m', 2, 2, Ack.Accept)
    expect(kit.partition.inFlight).toMatchObject({ startOffset: 5, endOffset: 5, count: 0 })
  })

  test('is taken back if it is not stored', async () => {
    const kit = await PartitionKit.begin()
    kit.append(3)
    kit.acquire('m')
    kit.writeError = ErrorCode.NotCoordinator
    expect(await kit.acknowledge('m', 0, 2, Ack.Accept)).toMatchObject({
      errorCode: ErrorCode.CoordinatorNotAvailable,
      message: 'refused',
    })
    kit.writeError = ErrorCode.None
    expect(await kit.acknowledge('m', 0, 2, Ack.Accept)).toBeUndefined()
    expect(kit.partition.inFlight.startOffset).toBe(3)
  })

  test.each([
    [ErrorCode.FencedStateEpoch, ErrorCode.NotLeaderOrFollower],
    [ErrorCode.FencedLeaderEpoch, ErrorCode.NotLeaderOrFollower],
    [ErrorCode.GroupIdNotFound, ErrorCode.GroupIdNotFound],
    [ErrorCode.UnknownTopicOrPartition, ErrorCode.UnknownTopicOrPartition],
    [ErrorCode.CoordinatorLoadInProgress, ErrorCode.CoordinatorNotAvailable],
    [ErrorCode.InvalidRequest, ErrorCode.UnknownServerError],
  ])('returns error %i of the share coordinator as %i', async (writeError, errorCode) => {
    const kit = await PartitionKit.begin()
    kit.append(1)
    kit.acquire('m')
    kit.writeError = writeError
    expect(await kit.acknowledge('m', 0, 0, Ack.Accept)).toMatchObject({ errorCode })
  })

  test('writes records to the dead-letter topic before they are archived', async () => {
    const kit = await PartitionKit.begin()
    kit.config.hasDeadLetterTopic = true
    kit.config.maxDeliveryCount = 2
    kit.append(2)
    kit.acquire('m')
    await kit.acknowledge('m', 0, 1, Ack.Reject, Ack.Release)
    kit.acquire('m')
    await kit.advance(30_000)
    expect(kit.deadLetters).toMatchObject([
      { firstOffset: 0, deliveryCount: 1, cause: 'Offset rejected by client.' },
      { firstOffset: 1, deliveryCount: 2, cause: 'Offset delivery count exceeded the threshold.' },
    ])
    expect(kit.writes.flatMap(({ stateBatches }) => stateBatches)).toEqual([
      stored(0, 0, Archiving),
      stored(1, 1, Available),
      stored(0, 0, Archived),
      stored(1, 1, Archiving, 2),
      stored(1, 1, Archived, 2),
    ])
    expect(kit.partition.inFlight.startOffset).toBe(2)
  })

  test('a loaded partition continues to write to the dead-letter topic', async () => {
    const kit = await PartitionKit.begin(0, [stored(0, 1, Archiving)])
    await kit.advance(0)
    expect(kit.deadLetters).toHaveLength(1)
    expect(kit.partition.inFlight).toMatchObject({ startOffset: 2, endOffset: 2 })
  })
})

describe('acquisition lock', () => {
  test('returns all records of a batch when it expires', async () => {
    const kit = await PartitionKit.begin()
    kit.append(3)
    kit.acquire('m')
    await kit.advance(29_999)
    expect(kit.writes).toEqual([])
    await kit.advance(1)
    expect(kit.writes).toEqual([{ startOffset: 0, stateBatches: [stored(0, 2, Available)] }])
    expect(kit.acquire('n')).toEqual([[0, 2, 2]])
  })

  test('returns only the records that are not acknowledged', async () => {
    const kit = await PartitionKit.begin()
    kit.append(3)
    kit.acquire('m')
    await kit.acknowledge('m', 1, 1, Ack.Accept)
    await kit.advance(30_000)
    expect(kit.acquire('n')).toEqual([
      [0, 0, 2],
      [2, 2, 2],
    ])
  })

  test('is renewed for one record', async () => {
    const kit = await PartitionKit.begin()
    kit.append(2)
    kit.acquire('m')
    await kit.advance(10_000)
    await kit.acknowledge('m', 1, 1, Ack.Renew)
    await kit.advance(20_000)
    expect(kit.acquire('n')).toEqual([[0, 0, 2]])
    await kit.advance(10_000)
    expect(kit.acquire('n')).toEqual([[1, 1, 2]])
  })

  test('archives a record at the limit of deliveries', async () => {
    const kit = await PartitionKit.begin()
    kit.config.maxDeliveryCount = 2
    kit.append(1)
    for (const count of [1, 2]) {
      expect(kit.acquire('m')).toEqual([[0, 0, count]])
      await kit.advance(30_000)
    }
    expect(kit.partition.inFlight).toMatchObject({ startOffset: 1, endOffset: 1 })
  })

  test('does not give records back that expired while they could not be stored', async () => {
    const kit = await PartitionKit.begin()
    kit.append(1)
    kit.acquire('m')
    kit.writeError = ErrorCode.NotCoordinator
    const acknowledging = kit.acknowledge('m', 0, 0, Ack.Accept)
    void kit.clock.advance(30_000)
    expect(await acknowledging).toMatchObject({ errorCode: ErrorCode.CoordinatorNotAvailable })
    expect(kit.acquire('n')).toEqual([[0, 0, 2]])
  })

  test('ends with the share partition', async () => {
    const kit = await PartitionKit.begin()
    kit.append(1)
    kit.acquire('m')
    kit.partition.fence()
    await kit.advance(30_000)
    expect(kit.writes).toEqual([])
    expect(kit.acquire('m')).toEqual([])
    expect(kit.partition.initialize()).toMatchObject({ errorCode: ErrorCode.LeaderNotAvailable })
  })
})

describe('the log start offset', () => {
  test('archives what is available, and what is acquired when it is released', async () => {
    const kit = await PartitionKit.begin()
    kit.append(4)
    kit.append(4)
    kit.acquire('m', { maxRecords: 4, batchSize: 4 })
    kit.acquire('n', { batchSize: 4 })
    await kit.release('n')
    kit.partition.onLogStartMoved(6)
    expect(kit.partition.inFlight).toMatchObject({ startOffset: 6, endOffset: 7 })
    expect(kit.acquire('o')).toEqual([[6, 7, 2]])
    expect(await kit.acknowledge('m', 0, 3, Ack.Accept)).toBeUndefined()
    await kit.release('m')
    expect(kit.writes.at(-1)!.stateBatches).toEqual([stored(0, 3, Archived)])
    await kit.acknowledge('o', 6, 7, Ack.Accept)
    expect(kit.partition.inFlight).toMatchObject({ startOffset: 8, endOffset: 8, count: 0 })
  })

  test('in the middle of a batch that is then acquired in part stops the deliveries, as in Kafka', async () => {
    const kit = await PartitionKit.begin(0, [stored(0, 1, Available)])
    kit.append(2)
    kit.append(4)
    kit.partition.onLogStartMoved(4)
    expect(kit.acquire('m', { maxRecords: 1, mode: 1 })).toEqual([[2, 2, 1]])
    await kit.release('m')
    // The log has no record 3 any more, so that each read finds its start again.
    expect(kit.partition.nextFetchOffset()).toBe(3)
    kit.partition.onLogStartMoved(4)
    expect(kit.partition.nextFetchOffset()).toBe(3)
  })

  test('moves an empty share partition', async () => {
    const kit = await PartitionKit.begin()
    kit.partition.onLogStartMoved(5)
    expect(kit.partition.nextFetchOffset()).toBe(5)
  })
})

test('an invalid stored state fails the share partition', async () => {
  const kit = await PartitionKit.begin(5, [stored(3, 4, Available)])
  expect(kit.partition.initialize()).toEqual({
    errorCode: ErrorCode.UnknownServerError,
    message: 'Share partition failed to load group-topic-id:topic-0',
  })
  expect(kit.partition.nextFetchOffset()).toBeUndefined()
})
