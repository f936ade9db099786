import { describe, expect, it } from 'vitest'
import { assignRanges } from '../../src/client/range-assignor.ts'

describe('the range assignor', () => {
  it('gives the first members one more partition if the division leaves a remainder', () => {
    const subscriptions = new Map([
      ['b', ['orders']],
      ['a', ['orders']],
      ['c', ['orders']],
    ])
    expect(assignRanges(subscriptions, new Map([['orders', 7]]))).toEqual(
      new Map([
        ['a', [{ topic: 'orders', partitions: [0, 1, 2] }]],
        ['b', [{ topic: 'orders', partitions: [3, 4] }]],
        ['c', [{ topic: 'orders', partitions: [5, 6] }]],
      ]),
    )
  })

  it('assigns a topic to its subscribers', () => {
    const subscriptions = new Map([
      ['a', ['orders', 'audit']],
      ['b', ['audit']],
    ])
    const counts = new Map([
      ['orders', 2],
      ['audit', 2],
    ])
    expect(assignRanges(subscriptions, counts)).toEqual(
      new Map([
        [
          'a',
          [
            { topic: 'orders', partitions: [0, 1] },
            { topic: 'audit', partitions: [0] },
          ],
        ],
        ['b', [{ topic: 'audit', partitions: [1] }]],
      ]),
    )
  })

  it('leaves members without partitions if there are too few', () => {
    const subscriptions = new Map([
      ['a', ['orders']],
      ['b', ['orders']],
    ])
    expect(assignRanges(subscriptions, new Map([['orders', 1]])).get('b')).toEqual([])
  })
})
