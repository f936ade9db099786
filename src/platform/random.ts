import { randomFillSync } from 'node:crypto'

/** The source of randomness, so that a simulation can be replayed from its seed. */
export interface Random {
  /** Returns `size` random bytes. */
  bytes(size: number): Uint8Array
  /** Returns a random integer from 0 to `bound` - 1. */
  int(bound: number): number
}

/** The operating system's randomness. */
export const systemRandom: Random = {
  bytes: (size) => randomFillSync(new Uint8Array(size)),
  int: (bound) => randomInt(randomFillSync(new Uint8Array(8)), bound),
}

/** A repeatable sequence (xorshift128) for simulations and tests. */
export class SeededRandom implements Random {
  readonly #state: Uint32Array

  constructor(seed: number) {
    this.#state = Uint32Array.of(seed ^ 0x9e3779b9, seed * 0x85ebca6b + 1, ~seed, 0xc2b2ae35)
    for (let i = 0; i < 16; i++) this.#next()
  }

  bytes(size: number): Uint8Array {
    const bytes = new Uint8Array(size)
    for (let i = 0; i < size; i++) bytes[i] = this.#next() & 0xff
    return bytes
  }

  int(bound: number): number {
    return randomInt(this.bytes(8), bound)
  }

  #next(): number {
    const state = this.#state
    let t = state[3]!
    const s = state[0]!
    state[3] = state[2]!
    state[2] = state[1]!
    state[1] = s
    t ^= t << 11
    t ^= t >>> 8
    state[0] = t ^ s ^ (s >>> 19)
    return state[0]
  }
}

/** Returns a number below `bound` from 53 of the 64 random bits. */
function randomInt(bytes: Uint8Array, bound: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const fraction = (view.getUint32(0) * 2 ** 21 + (view.getUint32(4) >>> 11)) / 2 ** 53
  return Math.floor(fraction * bound)
}
