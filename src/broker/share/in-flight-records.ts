import type { InFlightBatch } from './in-flight-batch.ts'
import { InFlightBatches } from './in-flight-batches.ts'
import { isTerminal } from './record-state.ts'

/**
 * Offsets that the share coordinator did not store between stored batches, and that must be
 * acquired before anything after them.
 */
export interface ReadGap {
  /** The first offset that may be in a gap. */
  startOffset: number
  /** The end offset when the state was loaded. The gap is irrelevant when the end has moved. */
  readonly endOffset: number
}

/**
 * The records of a share partition that are in flight: acquired, waiting for another delivery, or
 * complete after a record that is not (the cached state of Kafka's `SharePartition`).
 */
export class InFlightRecords {
  readonly batches = new InFlightBatches()
  /** The first offset whose delivery is not complete. */
  startOffset: number
  /** The last offset in flight; without batches, the next offset to acquire. */
  endOffset: number
  gap: ReadGap | undefined
  /** Whether a record before the end offset may be acquirable. */
  mayHaveAcquirable = false
  /** The number of records from the start offset on whose delivery is complete. */
  deliveryCompleteCount = 0

  constructor(startOffset: number) {
    this.startOffset = startOffset
    this.endOffset = startOffset
  }

  /** The number of offsets in flight. */
  get count(): number {
    return this.batches.size === 0 ? 0 : this.endOffset - this.startOffset + 1
  }

  /** The gap, while it is relevant. */
  get activeGap(): ReadGap | undefined {
    return this.gap?.endOffset === this.endOffset ? this.gap : undefined
  }

  /** Returns the offset at which the next fetch reads. */
  nextFetchOffset(): number {
    const { batches, endOffset } = this
    if (batches.size === 0 || this.startOffset > batches.last!.lastOffset) {
      this.mayHaveAcquirable = false
      return endOffset
    }
    if (!this.mayHaveAcquirable) return endOffset + 1
    const found = this.#firstAcquirable()
    if (found !== undefined) return found
    this.mayHaveAcquirable = false
    return endOffset + 1
  }

  /** Whether a member can acquire records, at most `maxInFlightRecords` being in flight. */
  canAcquire(nextFetchOffset: number, maxInFlightRecords: number): boolean {
    return nextFetchOffset !== this.endOffset + 1 || this.count < maxInFlightRecords
  }

  /** Moves the start of the gap after records before it were acquired. */
  moveGap(offset: number): void {
    const { gap } = this
    if (gap === undefined) return
    if (gap.endOffset === this.endOffset && offset <= gap.endOffset) gap.startOffset = offset
    else this.gap = undefined
  }

  /** Returns how many offsets from `first` to `last` are at or after the start offset. */
  countFromStart(first: number, last: number): number {
    return Math.max(0, last - Math.max(this.startOffset, first) + 1)
  }

  /**
   * Moves the start offset over the records whose delivery is complete, and removes their batches.
   * Returns whether it has moved.
   */
  advanceStart(): boolean {
    if (!this.#canAdvance()) return false
    const { lastOffset, count } = this.#completePrefix()
    if (lastOffset === undefined) return false
    const { batches } = this
    const lastCached = batches.last!.lastOffset
    if (lastOffset === lastCached) {
      this.startOffset = lastCached + 1
      this.endOffset = lastCached + 1
      batches.clear()
      this.deliveryCompleteCount = 0
      return true
    }
    this.deliveryCompleteCount -= count
    const batch = batches.floor(lastOffset)!
    if (lastOffset === batch.lastOffset) {
      this.startOffset = Math.max(this.startOffset, batches.higher(lastOffset)!.firstOffset)
      const gap = this.activeGap
      if (gap !== undefined) this.startOffset = Math.min(gap.startOffset, this.startOffset)
      batches.removeThrough(batch.firstOffset)
    } else {
      this.startOffset = Math.max(this.startOffset, lastOffset + 1)
      batches.removeThrough(batch.firstOffset - 1)
    }
    return true
  }

  #firstAcquirable(): number | undefined {
    const gap = this.activeGap
    let gapStart = gap?.startOffset ?? -1
    for (const batch of this.batches) {
      if (gap !== undefined) {
        if (batch.firstOffset > gapStart) return gapStart
        gapStart = Math.max(batch.lastOffset + 1, gapStart)
      }
      const acquirable = firstAcquirableIn(batch)
      if (acquirable !== undefined) return acquirable
    }
    return undefined
  }

  /** Whether the delivery of the record at the start offset is complete, and stored. */
  #canAdvance(): boolean {
    const batch = this.batches.floor(this.startOffset)
    if (batch === undefined) return false
    const state = batch.stateAt(Math.min(this.startOffset, batch.lastOffset))
    return !state.isChanging && isTerminal(state.state)
  }

  /** Returns the last of the first records whose delivery is complete, and their number. */
  #completePrefix(): { lastOffset: number | undefined; count: number } {
    const gap = this.activeGap
    let lastOffset: number | undefined
    let count = 0
    for (const batch of this.batches) {
      if (gap !== undefined && batch.lastOffset >= gap.startOffset) break
      const { state, offsetStates } = batch
      if (state !== undefined) {
        if (state.isChanging || !isTerminal(state.state)) break
        lastOffset = batch.lastOffset
        count += this.countFromStart(batch.firstOffset, batch.lastOffset)
        continue
      }
      const incomplete = offsetStates!.findIndex(
        (offsetState) => offsetState.isChanging || !isTerminal(offsetState.state),
      )
      const end = incomplete === -1 ? batch.lastOffset : batch.firstOffset + incomplete - 1
      if (end >= batch.firstOffset) {
        lastOffset = end
        count += this.countFromStart(batch.firstOffset, end)
      }
      if (incomplete !== -1) break
    }
    return { lastOffset, count }
  }
}

function firstAcquirableIn(batch: InFlightBatch): number | undefined {
  const { state, offsetStates, firstOffset } = batch
  if (state !== undefined) return state.isAcquirable ? firstOffset : undefined
  const index = offsetStates!.findIndex(({ isAcquirable }) => isAcquirable)
  return index === -1 ? undefined : firstOffset + index
}
