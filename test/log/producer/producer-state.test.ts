import { ApiError } from '../../../src/protocol/api-error.ts'
import { describe, expect, test } from 'vitest'
import type { Log } from '../../../src/log/log.ts'
import { ErrorCode, errorName } from '../../../src/protocol/error-code.ts'
import {
  ControlRecordType,
  encodeEndTransactionMarker,
} from '../../../src/record/control-record.ts'
import type { EncodeOptions } from '../../../src/record/batch-encoder.ts'
import { defaultLogManagerConfig } from '../../../src/log/log-manager-config.ts'
import { append, batchOf, LogKit, readAll } from '../log-kit.ts'

const start = Date.UTC(2026, 0, 1)

function produce(
  log: Log,
  baseSequence: number,
  { values = ['x'], ...rest }: EncodeOptions & { values?: string[] } = {},
) {
  const batch = batchOf(values, { producerId: 7, producerEpoch: 0, baseSequence, ...rest })
  const result = log.appendAsLeader(batch, 0)
  log.updateHighWatermark(log.logEndOffset)
  return result instanceof ApiError ? errorName(result.errorCode) : result
}

function endTransaction(
  log: Log,
  type: typeof ControlRecordType.Abort | typeof ControlRecordType.Commit,
  { producerId = 7, producerEpoch = 0, coordinatorEpoch = 0 } = {},
) {
  const marker = encodeEndTransactionMarker(
    { type, coordinatorEpoch },
    { producerId, producerEpoch, timestamp: start },
  )
  return log.appendAsLeader(marker, 0, { origin: 'coordinator' })
}

describe('idempotent producers', () => {
  test('append batches with consecutive sequences', () => {
    const log = new LogKit().log()
    expect(produce(log, 0, { values: ['a', 'b', 'c'] })).toMatchObject({ baseOffset: 0 })
    expect(produce(log, 3)).toMatchObject({ baseOffset: 3 })
    expect(produce(log, 5)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    expect(produce(log, 4)).toMatchObject({ baseOffset: 4 })
    expect(log.producers.activeProducers()).toEqual([
      {
        producerId: 7,
        producerEpoch: 0,
        lastSequence: 4,
        lastTimestamp: start,
        coordinatorEpoch: -1,
        currentTxnStartOffset: -1,
      },
    ])
  })

  test('get the first response again for one of their last five batches', () => {
    const log = new LogKit().log()
    for (let sequence = 0; sequence < 12; sequence += 2) {
      produce(log, sequence, { values: ['a', 'b'] })
    }
    for (let sequence = 2; sequence < 12; sequence += 2) {
      expect(produce(log, sequence, { values: ['a', 'b'] })).toEqual({
        baseOffset: sequence,
        lastOffset: sequence + 1,
        logAppendTimeMs: start,
        logStartOffset: 0,
        duplicate: true,
      })
    }
    expect(produce(log, 0, { values: ['a', 'b'] })).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    expect(produce(log, 2, { values: ['a'] })).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    expect(log.logEndOffset).toBe(12)
  })

  test('start each epoch with sequence 0, and cannot return to an earlier one', () => {
    const log = new LogKit().log()
    produce(log, 0)
    expect(produce(log, 1, { producerEpoch: 1 })).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    expect(produce(log, 0, { producerEpoch: 1 })).toMatchObject({ baseOffset: 1 })
    expect(produce(log, 1)).toBe('INVALID_PRODUCER_EPOCH')
    expect(produce(log, 1, { producerEpoch: 1 })).toMatchObject({ baseOffset: 2 })
  })

  test('may continue with any sequence if they are unknown', () => {
    expect(produce(new LogKit().log(), 41)).toMatchObject({ baseOffset: 0 })
  })

  test('continue with 0 after 2^31 - 1', () => {
    const log = new LogKit().log()
    produce(log, 2 ** 31 - 2, { values: ['a', 'b', 'c'] })
    expect(log.producers.activeProducers()[0]?.lastSequence).toBe(0)
    expect(produce(log, 2 ** 31 - 2, { values: ['a', 'b', 'c'] })).toMatchObject({
      duplicate: true,
    })
    expect(produce(log, 1)).toMatchObject({ baseOffset: 3 })
  })

  test.each(['restart', 'crash'] as const)('are known after a %s', (end) => {
    const kit = new LogKit()
    produce(kit.log(), 0)
    kit.log().files.roll()
    produce(kit.log(), 1)
    kit[end]()
    expect(produce(kit.log(), 1)).toMatchObject({ duplicate: true, baseOffset: 1 })
    expect(produce(kit.log(), 3)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    expect(produce(kit.log(), 2)).toMatchObject({ baseOffset: 2 })
  })

  test('have the state at the end of the log after it was truncated', () => {
    const log = new LogKit().log()
    for (let sequence = 0; sequence < 4; sequence++) produce(log, sequence)
    log.truncateTo(2)
    expect(produce(log, 3)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    expect(produce(log, 2)).toMatchObject({ baseOffset: 2, duplicate: false })
  })

  test('expire after producer.id.expiration.ms, unless a transaction is open', async () => {
    const kit = new LogKit({ config: { ...defaultLogManagerConfig, producerIdExpirationMs: 1000 } })
    produce(kit.log(), 0)
    produce(kit.log(), 0, { producerId: 8, isTransactional: true })
    kit.log().producers.removeExpired(start + 999)
    expect(kit.log().producers.activeProducers().length).toBe(2)
    kit.log().producers.removeExpired(start + 1000)
    expect(
      kit
        .log()
        .producers.activeProducers()
        .map(({ producerId }) => producerId),
    ).toEqual([8])
  })

  test('the sequences of a coordinator and of a leader are not checked', () => {
    const log = new LogKit().log()
    produce(log, 0)
    const bytes = batchOf(['y'], {
      producerId: 7,
      producerEpoch: 0,
      baseSequence: 9,
      baseOffset: 1,
    })
    expect(log.appendAsFollower(bytes)).toMatchObject({ baseOffset: 1 })
  })
})

describe('transactions', () => {
  const transactional = { isTransactional: true }

  test('the last stable offset stays before the first open one', () => {
    const log = new LogKit().log()
    append(log, ['before'])
    produce(log, 0, transactional)
    produce(log, 0, { ...transactional, producerId: 8 })
    append(log, ['beside'])
    expect([log.lastStableOffset, log.highWatermark]).toEqual([1, 4])
    endTransaction(log, ControlRecordType.Commit)
    expect(log.lastStableOffset).toBe(1)
    log.updateHighWatermark(5)
    expect(log.lastStableOffset).toBe(2)
    endTransaction(log, ControlRecordType.Commit, { producerId: 8 })
    log.updateHighWatermark(6)
    expect(log.lastStableOffset).toBe(6)
    expect(readAll(log, 0, 'lastStableOffset').length).toBe(4)
  })

  test('read_committed consumers get the aborted transactions', () => {
    const log = new LogKit().log()
    produce(log, 0, { ...transactional, values: ['lost'] })
    produce(log, 0, { ...transactional, producerId: 8, values: ['kept'] })
    endTransaction(log, ControlRecordType.Abort)
    endTransaction(log, ControlRecordType.Commit, { producerId: 8 })
    log.files.roll()
    append(log, ['after'])
    const abortedFrom = (offset: number) => {
      const read = log.read(offset, 1e6, 'lastStableOffset', true)
      return read instanceof ApiError ? read.errorCode : read.abortedTransactions
    }
    expect(abortedFrom(0)).toEqual([{ producerId: 7, firstOffset: 0 }])
    expect(abortedFrom(2)).toEqual([{ producerId: 7, firstOffset: 0 }])
    expect(abortedFrom(3)).toEqual([])
    expect(abortedFrom(4)).toEqual([])
    expect(abortedFrom(5)).toEqual([])
    expect(log.read(0, 1e6, 'highWatermark', true)).toMatchObject({ abortedTransactions: null })
  })

  test.each(['restart', 'crash'] as const)('survive a %s, aborted and open ones', (end) => {
    const kit = new LogKit()
    const aborts = () =>
      kit.log().files.segments.map(({ transactionIndex }) => transactionIndex.entries)
    produce(kit.log(), 0, transactional)
    endTransaction(kit.log(), ControlRecordType.Abort)
    produce(kit.log(), 1, transactional)
    kit.log().files.roll()
    endTransaction(kit.log(), ControlRecordType.Abort)
    produce(kit.log(), 2, transactional)
    kit.log().updateHighWatermark(5)
    const before = aborts()
    expect(before).toMatchObject([
      [{ producerId: 7, firstOffset: 0, lastOffset: 1, lastStableOffset: 2 }],
      [{ producerId: 7, firstOffset: 2, lastOffset: 3, lastStableOffset: 4 }],
    ])
    kit[end]()
    kit.log().updateHighWatermark(5)
    expect(aborts().map((entries) => entries.map(({ lastOffset }) => lastOffset))).toEqual([
      [1],
      [3],
    ])
    expect(kit.log().lastStableOffset).toBe(4)
    endTransaction(kit.log(), ControlRecordType.Commit)
    kit.log().updateHighWatermark(6)
    expect(kit.log().lastStableOffset).toBe(6)
  })

  test('a batch outside of the open transaction is refused, an older coordinator or producer fenced', () => {
    const log = new LogKit().log()
    produce(log, 0, transactional)
    expect(produce(log, 1)).toBe('INVALID_TXN_STATE')
    endTransaction(log, ControlRecordType.Commit, { coordinatorEpoch: 3, producerEpoch: 1 })
    expect(
      endTransaction(log, ControlRecordType.Abort, { coordinatorEpoch: 2, producerEpoch: 1 }),
    ).toMatchObject({ errorCode: ErrorCode.TransactionCoordinatorFenced })
    expect(produce(log, 1, transactional)).toBe('INVALID_PRODUCER_EPOCH')
    expect(produce(log, 0, { ...transactional, producerEpoch: 1 })).toMatchObject({ baseOffset: 2 })
  })

  test('truncation of an abort opens the transaction again', () => {
    const log = new LogKit().log()
    produce(log, 0, transactional)
    endTransaction(log, ControlRecordType.Abort)
    log.updateHighWatermark(2)
    expect(log.lastStableOffset).toBe(2)
    log.truncateTo(1)
    expect(log.files.segments[0]!.transactionIndex.entries).toEqual([])
    expect(log.producers.activeProducers()[0]?.currentTxnStartOffset).toBe(0)
    expect(log.lastStableOffset).toBe(0)
  })
})
