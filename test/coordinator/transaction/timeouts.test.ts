import { expect, test } from 'vitest'
import { ManualClock } from '../../../src/platform/manual-clock.ts'
import { errorName, producerOf, TestCoordinator } from './support.ts'

const CHECKS_MS = 'transaction.abort.timed.out.transaction.cleanup.interval.ms'
const eachMs = { [CHECKS_MS]: 1 }

test('a transaction is aborted when it has been open for longer than its timeout', async () => {
  const coordinator = new TestCoordinator({ configs: eachMs })
  const producer = coordinator.begin('a', ['t-0'], { transactionTimeoutMs: 1000 })
  await coordinator.clock.advance(1000)
  expect(coordinator.stateOf('a')).toBe('Ongoing 1000/0')
  await coordinator.clock.advance(1)
  expect(coordinator.stateOf('a')).toBe('CompleteAbort 1000/1')
  expect(coordinator.markers.sent).toMatchObject([{ producerEpoch: 1, isCommitted: false }])
  expect(errorName(coordinator.end('a', producer, true, 4).errorCode)).toBe('ProducerFenced')
})

test('with transactions v2 a commit after the timeout is INVALID_TXN_STATE, and an abort a retry', async () => {
  const coordinator = new TestCoordinator({ configs: eachMs })
  const producer = coordinator.begin('a', ['t-0'], { transactionTimeoutMs: 1000 })
  await coordinator.clock.advance(1001)
  expect(errorName(coordinator.end('a', producer, true).errorCode)).toBe('InvalidTxnState')
  expect(coordinator.end('a', producer, false)).toMatchObject({
    errorCode: 0,
    producerEpoch: 1,
  })
})

test('timeouts are checked at a fixed interval since the start of the coordinator', async () => {
  const coordinator = new TestCoordinator()
  await coordinator.clock.advance(12_000)
  coordinator.begin('a', ['t-0'], { transactionTimeoutMs: 8000 })
  await coordinator.clock.advance(17_999)
  expect(coordinator.stateOf('a')).toBe('Ongoing 1000/0')
  await coordinator.clock.advance(1)
  expect(coordinator.stateOf('a')).toBe('CompleteAbort 1000/1')
})

test('partitions that are added later do not extend the time', async () => {
  const coordinator = new TestCoordinator({ configs: eachMs })
  const producer = coordinator.begin('a', ['t-0'], { transactionTimeoutMs: 1000 })
  await coordinator.clock.advance(900)
  coordinator.add('a', producer, ['t-1'])
  await coordinator.clock.advance(101)
  expect(coordinator.stateOf('a')).toBe('CompleteAbort 1000/1')
})

test('the time counts on while another broker becomes the coordinator', async () => {
  const first = new TestCoordinator({ configs: eachMs })
  first.begin('a', ['t-0'], { transactionTimeoutMs: 1000 })
  await first.clock.advance(600)
  first.coordinator.close()
  const second = new TestCoordinator({ configs: eachMs, topic: first.topic, clock: first.clock })
  await first.clock.advance(400)
  expect(second.stateOf('a')).toBe('Ongoing 1000/0')
  await first.clock.advance(1)
  expect(second.stateOf('a')).toBe('CompleteAbort 1000/1')
})

test('a transaction that was ended is not aborted, and the next one has its own time', async () => {
  const coordinator = new TestCoordinator({ configs: eachMs })
  const producer = coordinator.begin('a', ['t-0'], { transactionTimeoutMs: 1000 })
  const next = producerOf(coordinator.end('a', producer, true))
  await coordinator.clock.advance(500)
  coordinator.add('a', next, ['t-0'])
  await coordinator.clock.advance(1000)
  expect(coordinator.stateOf('a')).toBe('Ongoing 1000/1')
  await coordinator.clock.advance(1)
  expect(coordinator.stateOf('a')).toBe('CompleteAbort 1000/2')
})

test('an abort that cannot be stored is tried again at the next check', async () => {
  const coordinator = new TestCoordinator()
  coordinator.begin('a', ['t-0'], { transactionTimeoutMs: 1000 })
  const { appends } = coordinator.topic
  coordinator.topic.fails = (append) => append === appends
  await coordinator.clock.advance(10_000)
  expect(coordinator.stateOf('a')).toBe('Ongoing 1000/0')
  await coordinator.clock.advance(10_000)
  expect(coordinator.stateOf('a')).toBe('CompleteAbort 1000/1')
})

test('with transactions v1 an abort that cannot be stored fences the producer, with one new epoch', async () => {
  const coordinator = new TestCoordinator({ transactionVersion: 1 })
  const producer = coordinator.begin('a', ['t-0'], { transactionTimeoutMs: 1000 })
  const { appends } = coordinator.topic
  coordinator.topic.fails = (append) => append === appends || append === appends + 1
  await coordinator.clock.advance(20_000)
  expect(coordinator.topic.appends).toBe(appends + 2)
  expect(coordinator.stateOf('a')).toBe('Ongoing 1000/1')
  expect(errorName(coordinator.end('a', producer, true, 4).errorCode)).toBe('ProducerFenced')
  await coordinator.clock.advance(10_000)
  expect(coordinator.stateOf('a')).toBe('CompleteAbort 1000/1')
})

test('a transaction that is blocked is not checked again and again', async () => {
  const clock = new ManualClock()
  let timers = 0
  const schedule = clock.schedule.bind(clock)
  clock.schedule = (delayMs, callback) => {
    timers++
    return schedule(delayMs, callback)
  }
  const coordinator = new TestCoordinator({ configs: eachMs, transactionVersion: 0, clock })
  const producer = coordinator.begin('a', ['t-0'], { transactionTimeoutMs: 1000 })
  expect(errorName(coordinator.end('a', producer, true).errorCode)).toBe('UnsupportedVersion')
  timers = 0
  await clock.advance(2000)
  expect([coordinator.stateOf('a'), timers]).toEqual(['Ongoing 1000/0', 0])
})

test('a transaction can be expired now', async () => {
  const coordinator = new TestCoordinator()
  coordinator.begin('a')
  expect(await coordinator.coordinator.expire('a')).toBeUndefined()
  expect(coordinator.stateOf('a')).toBe('CompleteAbort 1000/1')
})
