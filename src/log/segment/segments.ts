import { invariant } from '../../platform/invariant.ts'
import { lastEntryWhere } from '../index/index-file.ts'
import type { LogSegment } from './segment.ts'

/**
 * The segments of a log, ordered by base offset (Kafka's `LogSegments`). There is at least one, and
 * only the last one is appended to.
 */
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

  /** Returns the segments from the one that contains `offset`. */
  from(offset: number): readonly LogSegment[] {
    const index = this.#indexOf(offset)
    return index === 0 ? this.#segments : this.#segments.slice(index)
  }

  /** Returns the segment that contains `offset`, or the first one if the offset is below it. */
  at(offset: number): LogSegment {
    if (offset >= this.active.baseOffset) return this.active
    return this.#segments[this.#indexOf(offset)]!
  }

  /** Returns the segments that begin above `offset`. */
  above(offset: number): readonly LogSegment[] {
    return this.#segments.filter(({ baseOffset }) => baseOffset > offset)
  }

  /** Returns the next segment, or undefined after the active one. */
  after(segment: LogSegment): LogSegment | undefined {
    return this.#segments[this.#indexOf(segment.baseOffset) + 1]
  }

  has(segment: LogSegment): boolean {
    return this.#segments[this.#indexOf(segment.baseOffset)] === segment
  }

  /** Replaces the removed segments, which need not be in the log any more, by others. */
  replace(removed: readonly LogSegment[], added: readonly LogSegment[]): void {
    const kept = this.#segments.filter((segment) => !removed.includes(segment))
    kept.push(...added)
    kept.sort((a, b) => a.baseOffset - b.baseOffset)
    this.#segments.splice(0, this.#segments.length, ...kept)
    this.#check()
  }

  /** Removes segments. At least one must remain. */
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
