import { beforeEach, describe, expect, it } from 'vitest'
import { Delivery } from '../../../src/client/producer/delivery.ts'
import { IdempotentState } from '../../../src/client/producer/idempotent-state.ts'
import { ProducerBatch } from '../../../src/client/producer/producer-batch.ts'
import { addToSequence, isAfter } from '../../../src/client/producer/sequence.ts'
import { ErrorCode } from '../../../src/protocol/error-code.ts'

let state: IdempotentState

beforeEach(() => {
  state = new IdempotentState()
  state.initialize(7, 0)
})

function batch(count = 1): ProducerBatch {
  const created = new ProducerBatch({ topic: 'orders', partition: 0 }, 0, 0)
  const delivery = new Delivery(count)
  for (let i = 0; i < count; i++) created.add({ value: null }, 10, delivery, i)
  return created
}

/** Sends a batch, as the sender does. */
function send(sent: ProducerBatch): ProducerBatch {
  state.assign(sent)
  sent.attempts++
  return sent
}

function acknowledged(count = 1): ProducerBatch {
  const sent = send(batch(count))
  state.onAcknowledged(sent, 0)
  return sent
}

const outOfOrder = { errorCode: ErrorCode.OutOfOrderSequenceNumber, logStartOffset: -1 }
const unknownProducer = { errorCode: ErrorCode.UnknownProducerId, logStartOffset: 9 }

describe('the sequences of an idempotent producer', () => {
  it('count records, and begin again at 0 after 2^31 - 1', () => {
    acknowledged(3)
    expect(send(batch(2)).sequence).toEqual({ producerId: 7, producerEpoch: 0, baseSequence: 3 })
    expect(send(batch()).sequence).toMatchObject({ baseSequence: 5 })
    expect(addToSequence(0x7fffffff, 1)).toBe(0)
    expect(addToSequence(0x7ffffffe, 5)).toBe(3)
    expect(isAfter(2, 0x7fffffff)).toBe(true)
    expect(isAfter(0x7fffffff, 2)).toBe(false)
    expect(isAfter(0, -1)).toBe(true)
  })

  it('stay with a batch when it is sent again', () => {
    acknowledged()
    const first = send(batch())
    send(first)
    expect(first.sequence).toMatchObject({ baseSequence: 1 })
    expect(send(batch()).sequence).toMatchObject({ baseSequence: 2 })
  })

  it('let the first batch of an epoch be alone, and a retried one', () => {
    const first = send(batch())
    expect(state.maySend(batch())).toBe(false)
    state.onAcknowledged(first, 0)
    const second = send(batch())
    const third = send(batch())
    expect(state.maySend(batch())).toBe(true)
    send(second)
    expect(state.maySend(batch())).toBe(false)
    expect(state.maySend(third)).toBe(false)
    state.onAcknowledged(second, 1)
    expect(state.maySend(third)).toBe(true)
  })

  it('close the gap of a batch that was refused', () => {
    acknowledged()
    const refused = send(batch(2))
    const later = send(batch(3))
    state.onFailed(refused, false)
    expect(later).toMatchObject({ sequence: { baseSequence: 1 }, wasResequenced: true })
    expect(send(batch()).sequence).toMatchObject({ baseSequence: 4, producerEpoch: 0 })
  })

  it('begin a new epoch when it is not known whether the last batch was appended', () => {
    acknowledged()
    state.onFailed(send(batch()), undefined)
    state.bumpEpochIfNeeded()
    expect(send(batch()).sequence).toEqual({ producerId: 7, producerEpoch: 1, baseSequence: 0 })
  })

  it('go on in the epoch when a later batch proves that all were appended', () => {
    acknowledged()
    const lost = send(batch())
    const later = send(batch())
    state.onFailed(lost, undefined)
    expect(state.maySend(batch())).toBe(false)
    state.onAcknowledged(later, 2)
    state.bumpEpochIfNeeded()
    expect(send(batch()).sequence).toMatchObject({ producerEpoch: 0, baseSequence: 3 })
  })

  it('are kept when a batch only arrived before an earlier one', () => {
    acknowledged()
    send(batch())
    const early = send(batch())
    expect(state.mayRetry(early, outOfOrder)).toBe(true)
    state.bumpEpochIfNeeded()
    expect(early.sequence).toMatchObject({ producerEpoch: 0, baseSequence: 2 })
  })

  it('begin a new epoch, with all that is unfinished, when there is a real gap', () => {
    acknowledged()
    const next = send(batch(2))
    const later = send(batch())
    expect(state.mayRetry(next, outOfOrder)).toBe(true)
    state.bumpEpochIfNeeded()
    expect(next.sequence).toMatchObject({ producerEpoch: 1, baseSequence: 0 })
    expect(later.sequence).toMatchObject({ producerEpoch: 1, baseSequence: 2 })
    // The answer to the sequence that it had before.
    expect(state.mayRetry(later, unknownProducer)).toBe(true)
    state.bumpEpochIfNeeded()
    expect(later.sequence).toMatchObject({ producerEpoch: 1 })
  })

  it('of one partition do not change when another begins a new epoch', () => {
    const other = new ProducerBatch({ topic: 'orders', partition: 1 }, 0, 0)
    other.add({ value: null }, 10, new Delivery(1), 0)
    send(other)
    acknowledged()
    state.mayRetry(send(batch()), unknownProducer)
    state.bumpEpochIfNeeded()
    expect(other.sequence).toMatchObject({ producerEpoch: 0, baseSequence: 0 })
  })

  it('need another producer id after the last epoch', () => {
    state.initialize(7, 0x7fff)
    acknowledged()
    state.mayRetry(send(batch()), unknownProducer)
    state.bumpEpochIfNeeded()
    expect(state.needsProducerId).toBe(true)
  })

  it('follow each other in the parts of a batch that was split', () => {
    acknowledged()
    const whole = send(batch(5))
    const parts = whole.split()
    state.onSplit(whole, parts)
    expect(parts.map(({ sequence, records }) => [sequence!.baseSequence, records.length])).toEqual([
      [1, 2],
      [3, 3],
    ])
    expect(state.maySend(parts[0]!)).toBe(true)
    expect(state.maySend(parts[1]!)).toBe(false)
    expect(send(batch()).sequence).toMatchObject({ baseSequence: 6 })
  })
})

describe('the sequences of a transactional producer', () => {
  beforeEach(() => {
    state = new IdempotentState({ isTransactional: true })
    state.initialize(7, 0)
  })

  it('begin again in the same epoch when the records before were deleted', () => {
    acknowledged()
    const sent = send(batch(2))
    expect(state.mayRetry(sent, unknownProducer)).toBe(true)
    expect(sent.sequence).toEqual({ producerId: 7, producerEpoch: 0, baseSequence: 0 })
    expect(state.needsEpoch).toBe(false)
  })

  it('cannot continue where a batch is missing', () => {
    acknowledged()
    expect(state.mayRetry(send(batch()), outOfOrder)).toBe(false)
  })

  it('need a new epoch when the outcome of the last batch is not known', () => {
    acknowledged()
    state.onFailed(send(batch()), undefined)
    expect(state.needsEpoch).toBe(true)
    state.startEpoch({ producerId: 7, producerEpoch: 1 })
    expect(state.needsEpoch).toBe(false)
    expect(send(batch()).sequence).toEqual({ producerId: 7, producerEpoch: 1, baseSequence: 0 })
  })
})
