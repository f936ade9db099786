import { expect, test } from 'vitest'
import { ManualClock } from '../../src/platform/manual-clock.ts'
import { PausableClock } from '../../src/platform/pausable-clock.ts'

test('a paused clock fires the deadlines that it has missed when it is resumed, in order', async () => {
  const manual = new ManualClock()
  const clock = new PausableClock(manual)
  const fired: string[] = []
  const schedule = (name: string, delayMs: number) =>
    clock.schedule(delayMs, () => void fired.push(name))
  schedule('second', 20)
  schedule('first', 10)
  schedule('later', 100)
  const cancelled = schedule('cancelled', 10)
  clock.pause()
  await manual.advance(50)
  expect(clock.now()).toBe(manual.now())
  expect(fired).toEqual([])
  cancelled.cancel()
  clock.resume()
  expect(fired).toEqual(['first', 'second'])
  await manual.advance(50)
  expect(fired).toEqual(['first', 'second', 'later'])
})

test('a deadline that another one cancels does not fire when the clock is resumed', async () => {
  const manual = new ManualClock()
  const clock = new PausableClock(manual)
  const fired: string[] = []
  clock.schedule(10, () => {
    fired.push('first')
    second.cancel()
  })
  const second = clock.schedule(20, () => void fired.push('second'))
  clock.pause()
  await manual.advance(50)
  clock.resume()
  expect(fired).toEqual(['first'])
})
