import { expect, test } from 'vitest'
import { DelayQueue } from '../../src/platform/delay-queue.ts'
import { ManualClock } from '../../src/platform/manual-clock.ts'

function queueOn(clock: ManualClock, deliver: (item: string) => boolean = () => true) {
  const delivered: string[] = []
  const queue = new DelayQueue<string>(clock, (item) => {
    delivered.push(item)
    return deliver(item)
  })
  return { queue, delivered }
}

test('items leave a queue without delay immediately, and with one when it has passed', async () => {
  const clock = new ManualClock()
  const { queue, delivered } = queueOn(clock)
  queue.push('a')
  expect(delivered).toEqual(['a'])
  queue.delayMs = 10
  queue.push('b')
  await clock.advance(5)
  queue.push('c')
  await clock.advance(5)
  expect(delivered).toEqual(['a', 'b'])
  await clock.advance(5)
  expect(delivered).toEqual(['a', 'b', 'c'])
})

test('an infinite delay holds items until it ends, and they keep their order', async () => {
  const clock = new ManualClock()
  const { queue, delivered } = queueOn(clock)
  queue.delayMs = Infinity
  queue.push('a')
  queue.push('b')
  await clock.advance(1_000_000)
  expect(delivered).toEqual([])
  expect(queue.isEmpty).toBe(false)
  queue.delayMs = 0
  queue.push('c')
  expect(delivered).toEqual(['a', 'b', 'c'])
})

test('a receiver that takes no further item gets the next one when it proceeds', () => {
  const { queue, delivered } = queueOn(new ManualClock(), () => false)
  queue.delayMs = Infinity
  queue.push('a')
  queue.push('b')
  queue.delayMs = 0
  expect(delivered).toEqual(['a'])
  queue.proceed()
  expect(delivered).toEqual(['a', 'b'])
})

test('an item that is pushed during a delivery comes after the others', () => {
  const clock = new ManualClock()
  const { queue, delivered } = queueOn(clock, (item) => {
    if (item === 'a') queue.push('c')
    return true
  })
  queue.delayMs = Infinity
  queue.push('a')
  queue.push('b')
  queue.delayMs = 0
  expect(delivered).toEqual(['a', 'b', 'c'])
})

test('a closed queue drops its items', async () => {
  const clock = new ManualClock()
  const { queue, delivered } = queueOn(clock)
  queue.delayMs = 10
  queue.push('a')
  queue.close()
  await clock.advance(10)
  expect(delivered).toEqual([])
})
