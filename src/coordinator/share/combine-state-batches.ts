/** Consecutive records in flight with the same state. */
export interface StateBatch {
  readonly firstOffset: number
  readonly lastOffset: number
  /** 0 available, 1 acquired, 2 acknowledged, 3 archived, as in Kafka's `RecordState`. */
  readonly deliveryState: number
  readonly deliveryCount: number
}

/** In place of a start offset: no batch is removed. */
const NO_START_OFFSET = -1

/**
 * Merges new batches into earlier ones, and removes all below the start offset. Where batches
 * overlap, the higher delivery count wins, then the higher state. Returns batches that do not
 * overlap, in the order of their offsets; equal neighbors are one batch (Kafka's
 * `PersisterStateBatchCombiner`).
 */
export function combineStateBatches(
  earlier: readonly StateBatch[],
  added: readonly StateBatch[],
  startOffset: number,
): readonly StateBatch[] {
  const batches = [...from(earlier, startOffset), ...from(added, startOffset)]
  return batches.length < 2 ? batches : sweep(batches)
}

/** Returns the batches from the start offset on; the first one may be cut. */
function from(batches: readonly StateBatch[], startOffset: number): readonly StateBatch[] {
  if (startOffset === NO_START_OFFSET) return batches
  return batches
    .filter(({ lastOffset }) => lastOffset >= startOffset)
    .map((batch) =>
      batch.firstOffset < startOffset ? { ...batch, firstOffset: startOffset } : batch,
    )
}

/** Moves through the offsets at which a batch begins or ends. */
function sweep(batches: readonly StateBatch[]): readonly StateBatch[] {
  const begins = batches.toSorted((a, b) => a.firstOffset - b.firstOffset)
  const bounds = batches.flatMap(({ firstOffset, lastOffset }) => [firstOffset, lastOffset + 1])
  bounds.sort((a, b) => a - b)
  const combined: StateBatch[] = []
  let active: StateBatch[] = []
  let next = 0
  for (const [index, offset] of bounds.entries()) {
    const end = bounds[index + 1]
    if (end === offset) continue
    active = active.filter(({ lastOffset }) => lastOffset >= offset)
    while (next < begins.length && begins[next]!.firstOffset === offset) {
      active.push(begins[next++]!)
    }
    if (active.length > 0 && end !== undefined) append(combined, offset, end - 1, winner(active))
  }
  return combined
}

function winner(active: readonly StateBatch[]): StateBatch {
  return active.reduce((best, batch) => {
    if (batch.deliveryCount !== best.deliveryCount) {
      return batch.deliveryCount > best.deliveryCount ? batch : best
    }
    return batch.deliveryState > best.deliveryState ? batch : best
  })
}

function append(
  combined: StateBatch[],
  firstOffset: number,
  lastOffset: number,
  { deliveryState, deliveryCount }: StateBatch,
): void {
  const last = combined.at(-1)
  const continues =
    last !== undefined &&
    last.lastOffset + 1 === firstOffset &&
    last.deliveryState === deliveryState &&
    last.deliveryCount === deliveryCount
  if (continues) combined[combined.length - 1] = { ...last, lastOffset }
  else combined.push({ firstOffset, lastOffset, deliveryState, deliveryCount })
}
