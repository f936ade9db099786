import type { RecordCursor } from '../../record/record-cursor.ts'
import { MAX_KEYS_TOGETHER, type OffsetMap } from './offset-map.ts'

/** Collects the retained records of a batch, and looks up many keys in the map at a time. */
export class KeyQuestions {
  readonly #map: OffsetMap
  /** The indexes of records with a pending lookup, by key number. */
  readonly #indexes = new Int32Array(MAX_KEYS_TOGETHER)
  readonly #offsets = new Float64Array(MAX_KEYS_TOGETHER)
  readonly #tombstones = new Uint8Array(MAX_KEYS_TOGETHER)
  #flags = new Uint8Array(0)
  #count = 0
  #hasTombstones = false

  constructor(map: OffsetMap) {
    this.#map = map
  }

  /** @param flags receives 1 for each retained record */
  begin(flags: Uint8Array<ArrayBuffer>): void {
    this.#flags = flags
    this.#count = 0
    this.#hasTombstones = false
  }

  /** Adds a record that needs no lookup. */
  answer(index: number, isTombstone: boolean, isRetained: boolean): void {
    this.#flags[index] = isRetained ? 1 : 0
    if (!isRetained) return
    this.#count++
    if (isTombstone) this.#hasTombstones = true
  }

  /** Adds the cursor's record, which is retained if its key has no later offset. */
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

  /** Returns the number of retained records, and whether there are tombstones among them. */
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
