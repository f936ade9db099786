import { describe, expect, test } from 'vitest'
import {
  combineStateBatches,
  type StateBatch,
} from '../../../src/coordinator/share/combine-state-batches.ts'
import { SeededRandom } from '../../../src/platform/random.ts'
import { scaled } from '../../support/scale.ts'
import { testSeed } from '../../support/seed.ts'
import { batch } from './support.ts'

describe('combineStateBatches', () => {
  test('joins neighbors with the same state and count', () => {
    const combined = combineStateBatches([batch(100, 110, 0, 1)], [batch(111, 120, 0, 1)], -1)
    expect(combined).toEqual([batch(100, 120, 0, 1)])
    const separate = [batch(100, 110, 0, 1), batch(112, 120, 0, 1)]
    expect(combineStateBatches(separate, [], -1)).toEqual(separate)
  })

  test('the higher delivery count wins, then the higher state', () => {
    expect(combineStateBatches([batch(100, 130, 0, 2)], [batch(110, 120, 0, 1)], -1)).toEqual([
      batch(100, 130, 0, 2),
    ])
    expect(combineStateBatches([batch(100, 130, 0, 1)], [batch(110, 120, 2, 1)], -1)).toEqual([
      batch(100, 109, 0, 1),
      batch(110, 120, 2, 1),
      batch(121, 130, 0, 1),
    ])
    expect(combineStateBatches([batch(100, 120, 3, 1)], [batch(110, 130, 0, 2)], -1)).toEqual([
      batch(100, 109, 3, 1),
      batch(110, 130, 0, 2),
    ])
  })

  test('drops what is below the start offset, and cuts a batch there', () => {
    const batches = [batch(100, 110, 0, 1), batch(111, 130, 2, 1)]
    expect(combineStateBatches(batches, [], 120)).toEqual([batch(120, 130, 2, 1)])
    expect(combineStateBatches(batches, [], 131)).toEqual([])
  })

  test('gives each offset the state of the strongest batch that contains it', () => {
    const random = new SeededRandom(testSeed)
    for (let run = 0; run < scaled(500); run++) {
      const batches = Array.from({ length: 1 + random.int(6) }, () => {
        const first = random.int(20)
        return batch(first, first + random.int(8), [0, 2, 3][random.int(3)]!, 1 + random.int(3))
      })
      const split = random.int(batches.length + 1)
      const startOffset = random.int(12) - 1
      const combined = combineStateBatches(
        batches.slice(0, split),
        batches.slice(split),
        startOffset,
      )
      const hint = `ODRADEK_TEST_SEED=${testSeed}, run ${run}`
      if (batches.length > 1)
        expect(stateByOffset(combined), hint).toEqual(strongest(batches, startOffset))
      for (const [index, each] of combined.entries()) {
        const next = combined[index + 1]
        if (next !== undefined) expect(next.firstOffset, hint).toBeGreaterThan(each.lastOffset)
      }
    }
  })
})

function stateByOffset(batches: readonly StateBatch[]): Map<number, string> {
  const states = new Map<number, string>()
  for (const { firstOffset, lastOffset, deliveryState, deliveryCount } of batches) {
    for (let offset = firstOffset; offset <= lastOffset; offset++) {
      states.set(offset, `${deliveryCount} ${deliveryState}`)
    }
  }
  return states
}

function strongest(batches: readonly StateBatch[], startOffset: number): Map<number, string> {
  const states = new Map<number, string>()
  for (let offset = Math.max(startOffset, 0); offset < 30; offset++) {
    const states_ = batches
      .filter(({ firstOffset, lastOffset }) => firstOffset <= offset && offset <= lastOffset)
      .map(({ deliveryCount, deliveryState }) => `${deliveryCount} ${deliveryState}`)
    const best = states_.toSorted().at(-1)
    if (best !== undefined) states.set(offset, best)
  }
  return states
}
