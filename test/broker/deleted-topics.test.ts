import { expect, test } from 'vitest'
import { DeletedTopics } from '../../src/broker/deleted-topics.ts'
import { ManualClock } from '../../src/platform/manual-clock.ts'

test('a deleted topic is remembered for five minutes after its last deletion', async () => {
  const clock = new ManualClock()
  const deleted = new DeletedTopics(clock)
  deleted.add(['a', 'b'])
  await clock.advance(200_000)
  deleted.add(['a'])
  await clock.advance(100_000)
  expect(['a', 'b', 'c'].filter((name) => deleted.has(name))).toEqual(['a'])
  await clock.advance(200_000)
  expect(deleted.has('a')).toBe(false)
})

test('the last thousand deleted topics are remembered', () => {
  const deleted = new DeletedTopics(new ManualClock())
  const names = Array.from({ length: 1001 }, (_, index) => `t${index}`)
  for (const name of names) deleted.add([name])
  expect(names.filter((name) => !deleted.has(name))).toEqual(['t0'])
})
