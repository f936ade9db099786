import { describe, expect, test } from 'vitest'
import { SeededRandom } from '../../src/platform/random.ts'

interface PairedRatio {
  ratio: number
  low: number
  high: number
  confidence: number
}

type Values = readonly (number | undefined)[]

const file = new URL('../../bench/measure/paired-ratio.mjs', import.meta.url).href
const { pairedRatio } = (await import(file)) as {
  pairedRatio(values: Values, baseline: Values): PairedRatio | undefined
}

describe('the ratio of two builds that were measured in the same rounds', () => {
  test('is that of the rounds that have both', () => {
    expect(pairedRatio([2, undefined, 6], [1, 5, undefined])).toMatchObject({ ratio: 2 })
    expect(pairedRatio([1], [])).toBeUndefined()
  })

  test('is not changed by load that affects both builds, and hardly by one disturbed round', () => {
    const baseline = [1, 9, 3, 5, 2, 4, 8, 7]
    const { ratio, low, high } = pairedRatio(
      baseline.map((value, round) => value * (round === 3 ? 40 : 1.1)),
      baseline,
    )!
    expect(ratio).toBeCloseTo(1.1)
    expect(low).toBeCloseTo(1.1)
    expect(high).toBeGreaterThan(1.1)
  })

  test('has the intervals of the signed-rank test', () => {
    const rounds = (count: number): number[] =>
      Array.from({ length: count }, (_, index) => Math.exp(index + 1))
    const interval = (count: number): (number | undefined)[] => {
      const { low, high, confidence } = pairedRatio(rounds(count), rounds(count).fill(1))!
      return [Math.log(low), Math.log(high), confidence].map((value) => Number(value.toFixed(4)))
    }
    expect(interval(1)).toEqual([1, 1, 0])
    expect(interval(5)).toEqual([1, 5, 0.9375])
    expect(interval(6)).toEqual([1, 6, 0.9688])
    // The critical value of 10 pairs is 8: the ninth of 55 averages, and the ninth from the end.
    expect(interval(10)).toEqual([3, 8, 0.9512])
  })

  test('lies in 95 % of the intervals of 10 rounds, whatever the distribution of the noise', () => {
    const random = new SeededRandom(1)
    const noise = (): number => (random.int(10) === 0 ? 5 : 1) * (random.int(1000) / 1000 - 0.4995)
    let covered = 0
    for (let run = 0; run < 1000; run++) {
      const values = Array.from({ length: 10 }, () => 2 * Math.exp(noise()))
      const { low, high } = pairedRatio(
        values,
        Array.from({ length: 10 }, () => 1),
      )!
      if (low <= 2 && 2 <= high) covered++
    }
    expect(covered).toBeGreaterThan(930)
  })
})
