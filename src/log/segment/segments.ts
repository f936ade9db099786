import { invariant } from '../../platform/invariant.ts'
import { lastEntryWhere } from '../index/index-file.ts'
import type { LogSegment } from './segment.ts'

/** The segments of a log in the order of their base offsets; there is always one, and only the last is appended to (Kafka's `LogSegments`). */
export class LogSegments {
  readonly #segments: LogSegment[]

  constructor(segments: readonly LogSegment[]) {
    this.#segments = [...segments]
    this.#check()
  }

  get active(): LogSegment {
    return this.#segments[this.#segments.length - 1]!
  }

  get first(): LogSegment {
    return this.#segments[0]!
  }

  get sizeInBytes(): number {
    return this.#segments.reduce((total, segment) => total + segment.sizeInBytes, 0)
  }

  get all(): readonly LogSegment[] {
    return this.#segments
  }

  add(segment: LogSegment): void {
    const { baseOffset, nextOffset } = this.active
    invariant(segment.baseOffset > baseOffset, 'a new segment begins above the active one')
    invariant(segment.baseOffset >= nextOffset, 'a new segment begins after the last record')
    this.#segments.push(segment)
  }

  /** The segments from the one that `offset` belongs to on. */
  from(offset: number): readonly LogSegment[] {
    const index = this.#indexOf(offset)
    return index === 0 ? this.#segments : this.#segments.slice(index)
  }

  /** The one that `offset` belongs to; the first one when it lies before. */
  at(offset: number): LogSegment {
    if (offset >= this.active.baseOffset) return this.active
    return this.#segments[this.#indexOf(offset)]!
  }

  /** The segments that begin above `offset`. */
  above(offset: number): readonly LogSegment[] {
    return this.#segments.filter(({ baseOffset }) => baseOffset > offset)
  }

  /** The one behind; `undefined` behind the active one. */
  after(segment: LogSegment): LogSegment | undefined {
    return this.#segments[this.#indexOf(segment.baseOffset) + 1]
  }

  has(segment: LogSegment): boolean {
    return this.#segments[this.#indexOf(segment.baseOffset)] === segment
  }

  /** Puts segments in the place of others, those that were `removed`; the others need not be there any more. */
  replace(removed: readonly LogSegment[], added: readonly LogSegment[]): void {
    const kept = this.#segments.filter((segment) => !removed.includes(segment))
    kept.push(...added)
    kept.sort((a, b) => a.baseOffset - b.baseOffset)
    this.#segments.splice(0, this.#segments.length, ...kept)
    this.#check()
  }

  /** Takes segments out; one at least stays. */
  remove(removed: readonly LogSegment[]): void {
    this.replace(removed, [])
  }

  #check(): void {
    invariant(this.#segments.length > 0, 'a log has at least one segment')
    for (let index = 1; index < this.#segments.length; index++) {
      const isAbove = this.#segments[index]!.baseOffset > this.#segments[index - 1]!.baseOffset
      invariant(isAbove, 'segments are ordered by base offset')
    }
  }

  #indexOf(offset: number): number {
    const found = lastEntryWhere(
      this.#segments.length,
      (index) => this.#segments[index]!.baseOffset <= offset,
    )
    return Math.max(0, found)
  }
}
