import type { Random } from '../../src/platform/random.ts'

/**
 * The random numbers of a history or of one of its steps. The same seed gives the same numbers
 * (mulberry32).
 */
export class Dice implements Random {
  #state: number

  constructor(seed: number) {
    this.#state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b)
  }

  /** Returns an integer from 0 to `bound` - 1. */
  int(bound: number): number {
    return Math.floor(this.#next() * bound)
  }

  /** Returns an integer from `low` to `high`. */
  between(low: number, high: number): number {
    return low + this.int(high - low + 1)
  }

  chance(probability: number): boolean {
    return this.#next() < probability
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.int(choices.length)]!
  }

  /** Returns one of the keys, with a probability proportional to its value. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    const entries = Object.entries<number>(weights) as [K, number][]
    let left = this.#next() * entries.reduce((total, [, weight]) => total + weight, 0)
    for (const [key, weight] of entries) if ((left -= weight) < 0) return key
    return entries.at(-1)![0]
  }

  /** Returns a seed for another generator. */
  seed(): number {
    return this.int(2 ** 31)
  }

  bytes(size: number): Uint8Array {
    return Uint8Array.from({ length: size }, () => this.int(256))
  }

  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
