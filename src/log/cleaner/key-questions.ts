import type { RecordCursor } from '../../record/record-cursor.ts'
import { MAX_KEYS_TOGETHER, type OffsetMap } from './offset-map.ts'

/** Gathers which records of a batch stay, where the map has to be asked about many keys at a time. */
export class KeyQuestions {
  readonly #map: OffsetMap
  /** Of the records that are asked for, by the numbers of their keys. */
  readonly #indexes = new Int32Array(MAX_KEYS_TOGETHER)
  readonly #offsets = new Float64Array(MAX_KEYS_TOGETHER)
  readonly #tombstones = new Uint8Array(MAX_KEYS_TOGETHER)
  #flags = new Uint8Array(0)
  #count = 0
  #hasTombstones = false

  constructor(map: OffsetMap) {
    this.#map = map
  }

  /** @param flags where 1 is to stand for each record that stays */
  begin(flags: Uint8Array<ArrayBuffer>): void {
    this.#flags = flags
    this.#count = 0
    this.#hasTombstones = false
  }

  /** What is known without the map. */
  answer(index: number, isTombstone: boolean, isRetained: boolean): void {
    this.#flags[index] = isRetained ? 1 : 0
    if (!isRetained) return
    this.#count++
    if (isTombstone) this.#hasTombstones = true
  }

  /** The record that the cursor stands on stays if its key has no later offset. */
  ask(
    content: Uint8Array,
    { keyStart, keySize }: RecordCursor,
    index: number,
    offset: number,
    isTombstone: boolean,
  ): void {
    const key = this.#map.prepare(content, keyStart, keyStart + keySize)
    this.#indexes[key] = index
    this.#offsets[key] = offset
    this.#tombstones[key] = isTombstone ? 1 : 0
    if (key === MAX_KEYS_TOGETHER - 1) this.#lookUp()
  }

  /** How many records stay, and whether there are tombstones among them. */
  end(): { count: number; hasTombstones: boolean } {
    this.#lookUp()
    return { count: this.#count, hasTombstones: this.#hasTombstones }
  }

  #lookUp(): void {
    const count = this.#map.fetch()
    for (let key = 0; key < count; key++) {
      const isRetained = this.#offsets[key]! >= this.#map.get(key)
      this.answer(this.#indexes[key]!, this.#tombstones[key] === 1, isRetained)
    }
  }
}
