import { expect, test } from 'vitest'
import { inParallel } from '../../../src/log/files/in-parallel.ts'

test('an error is thrown when the items that have been started have ended, and no more are started', async () => {
  const ends = new Map<number, () => void>()
  const started: number[] = []
  let isOver = false
  const all = inParallel([0, 1, 2, 3], 2, async (item) => {
    started.push(item)
    if (item === 0) throw new Error('item 0 fails')
    await new Promise<void>((resolve) => ends.set(item, resolve))
  })
  const settled = all.then(
    () => (isOver = true),
    () => (isOver = true),
  )
  await Promise.resolve()
  await Promise.resolve()
  expect({ started, isOver }).toEqual({ started: [0, 1], isOver: false })
  ends.get(1)!()
  await settled
  await expect(all).rejects.toThrow('item 0 fails')
  expect(started).toEqual([0, 1])
})
