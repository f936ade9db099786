import { describe, expect, test } from 'vitest'
import type { Log } from '../../../src/log/log.ts'
import { defaultLogManagerConfig } from '../../../src/log/log-manager-config.ts'
import type { VerificationGuard } from '../../../src/log/producer/verification-guard.ts'
import { ApiError } from '../../../src/protocol/api-error.ts'
import { errorName } from '../../../src/protocol/error-code.ts'
import {
  ControlRecordType,
  encodeEndTransactionMarker,
} from '../../../src/record/control-record.ts'
import { batchOf, LogKit } from '../log-kit.ts'

interface Batch {
  producerEpoch?: number
  baseSequence?: number
  isTransactional?: boolean
}

function produce(log: Log, batch: Batch, verificationGuard?: VerificationGuard) {
  const options = { producerId: 7, producerEpoch: 0, baseSequence: 0, isTransactional: true }
  const result = log.appendAsLeader(batchOf(['x'], { ...options, ...batch }), 0, {
    verificationGuard,
  })
  log.updateHighWatermark(log.logEndOffset)
  return result instanceof ApiError ? errorName(result.errorCode) : result.baseOffset
}

function endTransaction(log: Log, producerEpoch = 0, transactionVersion = 0) {
  const marker = encodeEndTransactionMarker(
    { type: ControlRecordType.Abort, coordinatorEpoch: 0 },
    { producerId: 7, producerEpoch, timestamp: 0 },
  )
  const result = log.appendAsLeader(marker, 0, { origin: 'coordinator', transactionVersion })
  return result instanceof ApiError ? errorName(result.errorCode) : result.baseOffset
}

/** Begins a verification. Returns the guard, `undefined`, or the name of the error. */
function start(log: Log, batch: Batch = {}, supportsEpochBump = false) {
  const { producerEpoch = 0, baseSequence = 0 } = batch
  const started = log.producers.startVerification(
    { producerId: 7, producerEpoch, baseSequence },
    supportsEpochBump,
  )
  return started instanceof ApiError ? errorName(started.errorCode) : started
}

const guardOf = (...args: Parameters<typeof start>) => start(...args) as VerificationGuard

const kitWith = (verifiesTransactions: boolean, more: object = {}) =>
  new LogKit({ config: { ...defaultLogManagerConfig, verifiesTransactions, ...more } })

const verifyingLog = () => kitWith(true).log()

describe('the first batch of a transaction', () => {
  test('needs the guard of its verification', () => {
    const log = verifyingLog()
    expect(produce(log, {})).toBe('INVALID_TXN_STATE')
    const guard = guardOf(log)
    expect(produce(log, {})).toBe('INVALID_TXN_STATE')
    expect(produce(log, {}, guard)).toBe(0)
  })

  test('needs none if transactions are not verified', () => {
    expect(produce(kitWith(false).log(), {})).toBe(0)
  })

  test('further batches of the transaction need none', () => {
    const log = verifyingLog()
    produce(log, {}, guardOf(log))
    expect(start(log)).toBeUndefined()
    expect(produce(log, { baseSequence: 1 })).toBe(1)
  })

  test('is refused if its guard is of a transaction that a marker has ended', () => {
    const log = verifyingLog()
    const late = guardOf(log)
    endTransaction(log)
    const next = guardOf(log)
    expect(next).not.toBe(late)
    expect(produce(log, {}, late)).toBe('INVALID_TXN_STATE')
    expect(produce(log, {}, next)).toBe(1)
  })

  test('is refused if its guard was used before', () => {
    const log = verifyingLog()
    const guard = guardOf(log)
    produce(log, {}, guard)
    endTransaction(log)
    expect(produce(log, { baseSequence: 1 }, guard)).toBe('INVALID_TXN_STATE')
  })

  test('a repeated batch gets its first offset without a guard', () => {
    const log = verifyingLog()
    produce(log, {}, guardOf(log))
    endTransaction(log)
    expect(produce(log, {})).toBe(0)
  })

  test('two requests that verify at the same time share the guard', () => {
    const log = verifyingLog()
    expect(start(log, { baseSequence: 1 })).toBe(start(log, { baseSequence: 0 }))
  })

  test('an idempotent batch needs none', () => {
    expect(produce(verifyingLog(), { isTransactional: false })).toBe(0)
  })

  test('an older epoch: INVALID_PRODUCER_EPOCH, when it is verified and when it is appended', () => {
    const log = verifyingLog()
    const guard = guardOf(log, { producerEpoch: 1 })
    produce(log, { producerEpoch: 1 }, guard)
    expect(start(log, { producerEpoch: 0 })).toBe('INVALID_PRODUCER_EPOCH')
    expect(produce(log, { producerEpoch: 0 })).toBe('INVALID_PRODUCER_EPOCH')
  })

  test('a newer epoch is verified, even if a transaction of the older one is open', () => {
    const log = verifyingLog()
    produce(log, {}, guardOf(log))
    expect(start(log, { producerEpoch: 1 })).toBeTypeOf('object')
  })
})

describe('sequences that wait for verification', () => {
  test('a higher one is out of order before the lower one is appended', () => {
    const log = verifyingLog()
    const guard = guardOf(log, { baseSequence: 4 })
    guardOf(log, { baseSequence: 6 })
    expect(produce(log, { baseSequence: 6 }, guard)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    expect(produce(log, { baseSequence: 4 }, guard)).toBe(0)
  })

  test('a lower one lowers the limit; a new epoch starts again', () => {
    const log = verifyingLog()
    const guard = guardOf(log, { baseSequence: 4 })
    guardOf(log, { baseSequence: 2 })
    expect(guard.lowestSequence).toBe(2)
    guardOf(log, { producerEpoch: 1, baseSequence: 9 })
    expect(guard.lowestSequence).toBe(9)
    guardOf(log, { producerEpoch: 0, baseSequence: 1 })
    expect(guard.lowestSequence).toBe(9)
  })

  test('with transaction version 2 an unknown producer must begin with sequence 0', () => {
    const log = verifyingLog()
    const guard = guardOf(log, { baseSequence: 5 }, true)
    expect(produce(log, { baseSequence: 5 }, guard)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    expect(produce(log, { baseSequence: 0 }, guardOf(log, {}, true))).toBe(0)
  })

  test('with transaction version 2 each transaction begins with sequence 0 of a new epoch', () => {
    const log = verifyingLog()
    produce(log, {}, guardOf(log, {}, true))
    endTransaction(log, 1, 2)
    const batch = { producerEpoch: 1, baseSequence: 1 }
    expect(produce(log, batch, guardOf(log, batch, true))).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    const first = { producerEpoch: 1, baseSequence: 0 }
    expect(produce(log, first, guardOf(log, first, true))).toBe(2)
  })
})

test('a guard that is never used expires like a producer', async () => {
  const kit = kitWith(true, { producerIdExpirationMs: 1000 })
  const log = kit.log()
  const guard = guardOf(log)
  log.producers.removeExpired(kit.clock.now() + 999)
  expect(start(log)).toBe(guard)
  log.producers.removeExpired(kit.clock.now() + 1000)
  expect(start(log)).not.toBe(guard)
})

describe('a marker', () => {
  test('of transaction version 2 needs a higher epoch than the records', () => {
    const log = kitWith(false).log()
    produce(log, {})
    expect(endTransaction(log, 0, 2)).toBe('INVALID_PRODUCER_EPOCH')
    expect(endTransaction(log, 1, 2)).toBe(1)
  })

  test('of transaction version 2 may be repeated, but not with an older epoch', () => {
    const log = kitWith(false).log()
    produce(log, {})
    endTransaction(log, 1, 2)
    expect(endTransaction(log, 1, 2)).toBe(2)
    expect(endTransaction(log, 0, 2)).toBe('INVALID_PRODUCER_EPOCH')
  })

  test('of transaction version 1 may have the epoch of the records', () => {
    const log = kitWith(false).log()
    produce(log, {})
    expect(endTransaction(log, 0, 1)).toBe(1)
  })
})
